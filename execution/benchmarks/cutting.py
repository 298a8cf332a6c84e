"""Cutting files into atoms, as a multiple of raw parsing in the same run, beside what else is installed."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import django
import tree_sitter_javascript
import tree_sitter_python
import tree_sitter_typescript
from django.conf import settings
from tree_sitter import Language, Parser

from execution.atoms import cut, join, spans
from execution.benchmarks.cut_quality import bench_cut_quality
from execution.benchmarks.measuring import Measure, cpu_seconds, cpu_side_by_side
from execution.benchmarks.splitters import LEFT_OUT, SPLITTERS, installed

GROWN = 8
MEBIBYTE = 1 << 20
FEW = 8
"""So many files are timed together."""
ROUNDS = 9
"""So often each of them, all works in turns: the more, the likelier that each was left alone once."""
EACH = 8
"""One file of so many is enough to compare others by."""


def bench_atomize() -> list[Measure]:
    """CPU of cutting over CPU of parsing alone, growth, memory, how good the cuts are, and other libraries."""
    folder, pages = Path(django.__file__).parent, Path(settings.BASE_DIR) / "frontend" / "src"
    python = _files(folder, "*.py")
    parsing, only, cutting = _times(python, tree_sitter_python.language())
    lines = sum(data.count(b"\n") for data in python.values())
    lossy = sum(1 for name, data in python.items() if join(cut(name, data)) != data)
    return [
        Measure("times raw parsing, with all metadata", cutting / parsing, "ratio", wanted=3.5),
        Measure("times raw parsing, only cutting", only / parsing, "ratio", wanted=1.5),
        Measure("lines a second", lines / cutting / 1000, "kloc/s"),
        Measure("files not given back byte by byte", lossy, "files", wanted=0),
        *_language("TypeScript", _files(pages, "*.ts"), tree_sitter_typescript.language_typescript()),
        *_language("JavaScript", _files(folder, "*.js"), tree_sitter_javascript.language()),
        *_growth(max(python.values(), key=len)),
        *bench_cut_quality(),
        *_others(list(python.values())[::EACH]),
    ]


def _files(folder: Path, pattern: str) -> dict[str, bytes]:
    """Minified files left out: nobody edits them."""
    paths = (path for path in sorted(folder.rglob(pattern)) if ".min." not in path.name)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path.is_file()}


def _times(files: dict[str, bytes], grammar: object) -> tuple[float, ...]:
    """CPU seconds of parsing alone, of cutting alone, and of cutting with all metadata.

    The sum of the least for each few files: on a busy machine nothing longer is ever left alone.
    """
    parser, names = Parser(Language(grammar)), list(files)
    few = [{name: files[name] for name in names[place : place + FEW]} for place in range(0, len(names), FEW)]
    return tuple(map(sum, zip(*(_least(some, parser) for some in few), strict=True)))


def _least(files: dict[str, bytes], parser: Parser) -> tuple[float, ...]:
    return cpu_side_by_side(
        lambda: [parser.parse(data) for data in files.values()],
        lambda: [spans(name, data) for name, data in files.items()],
        lambda: [cut(name, data) for name, data in files.items()],
        times=ROUNDS,
    )


def _language(name: str, files: dict[str, bytes], grammar: object) -> Iterator[Measure]:
    if files:
        parsing, only, cutting = _times(files, grammar)
        yield Measure(f"{name}: times raw parsing, with all metadata", cutting / parsing, "ratio", wanted=3.5)
        yield Measure(f"{name}: times raw parsing, only cutting", only / parsing, "ratio", wanted=1.5)


def _growth(data: bytes) -> Iterator[Measure]:
    """A file repeated until it is much longer: time and memory for each line should stay what they were."""
    long = (data.rstrip(b"\n") + b"\n") * GROWN
    short_time, long_time = (cpu_seconds(lambda text=text: cut("a.py", text), times=3) for text in (data, long))  # type: ignore[misc]  # defaults bind the loop's values
    yield Measure(f"time a line in a file {GROWN} times as long", long_time / short_time / GROWN, "ratio", wanted=1.5)
    short_peak, long_peak = (_peak_memory(text) for text in (data, long))
    yield Measure(f"peak memory of {len(long):,} bytes in one file", long_peak / MEBIBYTE, "MiB")
    yield Measure(f"memory a line in a file {GROWN} times as long", long_peak / short_peak / GROWN, "ratio", wanted=1.5)


def _peak_memory(data: bytes) -> int:
    """What Python allocates to cut a file, its atoms included; the tree is tree-sitter's own and not among it."""
    tracemalloc.start()
    cut("a.py", data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def _others(files: list[bytes]) -> Iterator[Measure]:
    texts = [data.decode("utf-8", "replace") for data in files]
    parser = Parser(Language(tree_sitter_python.language()))
    for name, reason in LEFT_OUT.items():
        yield Measure(f"{name}: {reason}, left out", 0, "skipped")
    for name in SPLITTERS:
        split = installed(name)
        if split is None:
            yield Measure(f"{name}: not installed, left out", 0, "skipped")
            continue
        parsing, spent = cpu_side_by_side(
            lambda: [parser.parse(data) for data in files],
            lambda split=split: [split(text) for text in texts],  # type: ignore[misc]  # as above
            times=3,
        )
        lossless = sum("".join(split(text)) == text for text in texts)
        yield Measure(f"{name}: times raw parsing", spent / parsing, "ratio")
        yield Measure(f"{name}: files given back byte by byte", 100 * lossless / len(texts), "%")
