"""``manage.py bench NAME``: benchmarks; ``bench list`` names them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from execution.benchmarks.building import bench_requests
from execution.benchmarks.calling import bench_gateway
from execution.benchmarks.carrying import bench_carrying
from execution.benchmarks.cutting import bench_atomize
from execution.benchmarks.defects.benching import bench_defects
from execution.benchmarks.engine import bench_engine, bench_fairness, bench_growth
from execution.benchmarks.isolating import bench_sandbox
from execution.benchmarks.measuring import Measure
from execution.benchmarks.ordering import bench_graph
from execution.benchmarks.reading import bench_reading
from execution.benchmarks.remembering import bench_memory
from execution.benchmarks.storing import bench_storing
from execution.benchmarks.validating import bench_validation
from execution.benchmarks.watching import bench_watching

BENCHMARKS: dict[str, Callable[[], list[Measure]]] = {
    "atomize": bench_atomize,
    "carrying": bench_carrying,
    "defects": bench_defects,
    "engine": bench_engine,
    "fairness": bench_fairness,
    "growth": bench_growth,
    "gateway": bench_gateway,
    "graph": bench_graph,
    "memory": bench_memory,
    "reading": bench_reading,
    "requests": bench_requests,
    "sandbox": bench_sandbox,
    "storing": bench_storing,
    "validation": bench_validation,
    "watching": bench_watching,
}


class Command(BaseCommand):
    help = "Run a benchmark, `all` of them, or `list` their names."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=["list", "all", *BENCHMARKS])
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        if name == "list":
            for known, bench in BENCHMARKS.items():
                self.stdout.write(f"{known:<10} {(bench.__doc__ or '').splitlines()[0]}")
            return
        chosen = BENCHMARKS if name == "all" else {name: BENCHMARKS[name]}
        found = {known: bench() for known, bench in chosen.items()}
        if options["json"]:
            self.stdout.write(json.dumps({known: [asdict(row) for row in rows] for known, rows in found.items()}))
        else:
            for known, rows in found.items():
                for row in rows:
                    self.stdout.write(line(known, row))
        if any(row.met is False for rows in found.values() for row in rows):
            sys.exit(1)


def line(name: str, row: Measure) -> str:
    bounds = [f"at least {row.least:g}"] if row.least is not None else []
    bounds += [f"at most {row.wanted:g}"] if row.wanted is not None else []
    wanted = f"   wanted {' and '.join(bounds)}{'' if row.met else ', NOT MET'}" if bounds else ""
    return f"{name:<10} {row.name:<48} {row.value:>10.2f} {row.unit}{wanted}"
