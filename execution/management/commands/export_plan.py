"""``manage.py export_plan PLAN``: the plan with everything in it, as one JSON document."""

from __future__ import annotations

import codecs
import json
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from common.errors import InvalidInput
from execution.console.command import ConsoleCommand, plan_named
from execution.services.carrying import export_plan

PIECE = 1 << 20


class Command(ConsoleCommand):
    help = "Write a plan with everything in it as JSON, to a file or to standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("plan", help="id of the plan, or its beginning")
        parser.add_argument("--out", type=Path, help="file to write; without it the document is standard output")

    def work(self, **options: Any) -> int:
        plan = plan_named(options["plan"])
        with tempfile.TemporaryFile() as target:
            rows = export_plan(plan=plan, target=target)  # whole, or nothing is written
            size = target.tell()
            target.seek(0)
            if options["out"] is None:
                for piece in codecs.iterdecode(iter(partial(target.read, PIECE), b""), "utf-8"):
                    self.stdout.write(piece, ending="")
                return 0
            _store(target, options["out"])
        said = {"plan": str(plan.pk), "file": str(options["out"]), "bytes": size, "rows": rows}
        if options["json"]:
            self.stdout.write(json.dumps(said))
        elif not options["quiet"]:
            self.stdout.write(f"{plan.project_name}: {sum(rows.values()):,} rows, {size:,} bytes in {options['out']}")
        return 0


def _store(source: Any, path: Path) -> None:
    try:
        with path.open("wb") as file:
            while piece := source.read(PIECE):
                file.write(piece)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}.") from None
