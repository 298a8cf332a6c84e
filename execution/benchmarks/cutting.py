"""Cutting files into atoms, as a multiple of raw parsing in the same run, beside what else is installed."""

from __future__ import annotations

import sysconfig
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import tree_sitter_python
from tree_sitter import Language, Parser

from execution.atoms import cut, join, spans
from execution.benchmarks.measuring import Measure, cpu_seconds
from execution.benchmarks.splitters import SPLITTERS, installed

FILES = 150
GROWN = 8


def bench_atomize() -> list[Measure]:
    """A sample of the standard library: CPU of cutting over CPU of parsing alone, growth, memory, other libraries."""
    root = Path(sysconfig.get_paths()["stdlib"])
    files = {path.name: path.read_bytes() for path in sorted(root.glob("*.py"))[:FILES]}
    parser = Parser(Language(tree_sitter_python.language()))
    parsing = cpu_seconds(lambda: [parser.parse(data) for data in files.values()], times=5)
    only = cpu_seconds(lambda: [spans(name, data) for name, data in files.items()], times=5)
    cutting = cpu_seconds(lambda: [cut(name, data) for name, data in files.items()], times=5)
    lines = sum(data.count(b"\n") for data in files.values())
    lossy = sum(1 for name, data in files.items() if join(cut(name, data)) != data)
    return [
        Measure("times raw parsing, with all metadata", cutting / parsing, "ratio", wanted=3.5),
        Measure("times raw parsing, only cutting", only / parsing, "ratio", wanted=1.5),
        Measure("lines a second", lines / cutting / 1000, "kloc/s"),
        Measure("files not given back byte by byte", lossy, "files", wanted=0),
        *_growth(max(files.values(), key=len)),
        *_others(list(files.values()), parsing),
    ]


def _growth(data: bytes) -> Iterator[Measure]:
    """A file repeated until it is much longer: time and memory for each line should stay what they were."""
    long = (data.rstrip(b"\n") + b"\n") * GROWN
    short_time, long_time = (cpu_seconds(lambda text=text: cut("a.py", text), times=3) for text in (data, long))  # type: ignore[misc]  # defaults bind the loop's values
    yield Measure(f"time a line in a file {GROWN} times as long", long_time / short_time / GROWN, "ratio", wanted=1.5)
    tracemalloc.start()
    atoms = cut("a.py", long)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    yield Measure(f"peak memory of {len(atoms):,} atoms", peak / len(long), "bytes a byte")


def _others(files: list[bytes], parsing: float) -> Iterator[Measure]:
    texts = [data.decode("utf-8", "replace") for data in files]
    for name in SPLITTERS:
        split = installed(name)
        if split is None:
            yield Measure(f"{name}: not installed, left out", 0, "skipped")
            continue
        spent = cpu_seconds(lambda split=split: [split(text) for text in texts], times=1)  # type: ignore[misc]  # as above
        lossless = sum("".join(split(text)) == text for text in texts)
        yield Measure(f"{name}: times raw parsing", spent / parsing, "ratio")
        yield Measure(f"{name}: files given back byte by byte", 100 * lossless / len(texts), "%")
