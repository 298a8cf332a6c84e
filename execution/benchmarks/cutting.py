"""Cutting files into atoms, as a multiple of raw parsing in the same run."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import tree_sitter_python
from tree_sitter import Language, Parser

from execution.atoms import cut, join
from execution.benchmarks.measuring import Measure, cpu_seconds

FILES = 150


def bench_atomize() -> list[Measure]:
    """A sample of the standard library: CPU of cutting with all metadata over CPU of parsing alone."""
    root = Path(sysconfig.get_paths()["stdlib"])
    files = {path.name: path.read_bytes() for path in sorted(root.glob("*.py"))[:FILES]}
    parser = Parser(Language(tree_sitter_python.language()))
    parsing = cpu_seconds(lambda: [parser.parse(data) for data in files.values()], times=3)
    cutting = cpu_seconds(lambda: [cut(name, data) for name, data in files.items()], times=3)
    lines = sum(data.count(b"\n") for data in files.values())
    lossy = sum(1 for name, data in files.items() if join(cut(name, data)) != data)
    return [
        Measure("times raw parsing", cutting / parsing, "ratio", wanted=3.5),
        Measure("lines a second", lines / cutting / 1000, "kloc/s"),
        Measure("files not given back byte by byte", lossy, "files", wanted=0),
    ]
