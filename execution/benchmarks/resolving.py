"""Dependency graphs of installed packages, each in a process of its own so that its peak of memory is its own."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import django
import rich

from execution.atoms import cut
from execution.benchmarks.measuring import Measure, cpu_seconds
from execution.graph import Builder, build, waves

JEDI_FILES = 4
"""Enough of the package to compare with: all of it takes more than a minute."""
LINES = (10_000, 40_000, 100_000)
"""Of one package, its files in the order of their paths, none twice."""
MEBIBYTE = 1 << 10
"""In kibibytes."""


@dataclass(frozen=True)
class Resolved:
    """What cutting, resolving and ordering the files of a package took: CPU seconds, and peak memory besides Python."""

    files: int
    lines: int
    atoms: int
    edges: int
    waves: int
    seconds: float
    mebibytes: float


def bench_resolving() -> Iterator[Measure]:
    """A package of 100 files beside jedi, and the first 10,000, 40,000 and 100,000 lines of a large one."""
    yield from _again_and_with_jedi(Path(rich.__file__).parent)
    yield from _growth(Path(django.__file__).parent)


def resolved(root: Path, most_lines: int) -> Resolved:
    """The files of a package, tests and templates left out, until they have so many lines."""
    texts = files_of(root, most_lines)
    before = _peak()
    started = time.process_time()
    atoms = {path: cut(path, text) for path, text in texts.items()}
    graph = build(atoms, root_package=root.name)
    order = waves(graph)
    spent = time.process_time() - started
    lines = sum(text.count(b"\n") for text in texts.values())
    return Resolved(len(texts), lines, len(graph.nodes), len(graph.edges), len(order), spent, _peak() - before)


def files_of(root: Path, most_lines: int) -> dict[str, bytes]:
    """By path below the root, in order; the last one makes the lines full."""
    found: dict[str, bytes] = {}
    lines = 0
    for path in sorted(root.rglob("*.py")):
        if lines >= most_lines:
            break
        text = path.read_bytes()
        lines += text.count(b"\n")
        found[path.relative_to(root).as_posix()] = text
    return found


def _peak() -> float:
    """``ru_maxrss`` would begin with the memory of the process that started this one; ``VmHWM`` is its own."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / MEBIBYTE


def _growth(root: Path) -> Iterator[Measure]:
    """Time for what is found, and memory a line, should stay what they were. The first files have few edges a line."""
    found = [_in_a_process_of_its_own(root, lines) for lines in LINES]
    for one in found:
        name = f"depgraph of {one.files} files of {root.name}, {one.lines:,} lines"
        yield Measure(name, one.seconds, "s")
        yield Measure(
            f"  its {one.atoms:,} atoms, {one.edges:,} edges, {one.waves} waves: peak memory", one.mebibytes, "MiB"
        )
    first = found[0]
    for one in found[1:]:
        times = f"{one.lines / first.lines:.0f} times the lines"
        seconds = one.seconds / first.seconds
        memory = one.mebibytes / one.lines / (first.mebibytes / first.lines)
        yield Measure(f"  time an edge with {times}", seconds / (one.edges / first.edges), "ratio", wanted=1.5)
        yield Measure(f"  time a line with {times}", seconds / (one.lines / first.lines), "ratio")
        yield Measure(f"  memory a line with {times}", memory, "ratio", wanted=1.5)


def _in_a_process_of_its_own(root: Path, lines: int) -> Resolved:
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(resolved, root, lines).result()


def _again_and_with_jedi(root: Path) -> Iterator[Measure]:
    texts = files_of(root, most_lines=1_000_000)
    lines = sum(text.count(b"\n") for text in texts.values())
    atoms = {path: cut(path, text) for path, text in texts.items()}
    cutting = cpu_seconds(lambda: [cut(path, text) for path, text in texts.items()], times=1)
    building = cpu_seconds(lambda: build(atoms, root_package=root.name), times=1)
    builder = Builder(root.name)
    builder.build(atoms)
    again = cpu_seconds(lambda: builder.build(atoms), times=3)
    yield from _with_jedi(root, sorted(texts.items(), key=lambda item: len(item[1]))[len(texts) // 2 :][:JEDI_FILES])
    yield Measure(f"depgraph of {len(texts)} files, {lines:,} lines", cutting + building, "s", wanted=3.0)
    yield Measure("the same graph again, nothing changed", again, "s")


def _with_jedi(root: Path, files: list[tuple[str, bytes]]) -> Iterator[Measure]:
    """Every name in some of the files asked for its definition; skipped where jedi is not installed."""
    try:
        jedi = importlib.import_module("jedi")
    except ImportError:
        yield Measure("jedi: not installed, left out", 0, "skipped")
        return
    project = jedi.Project(root.parent)

    def look() -> None:
        for path, text in files:
            script = jedi.Script(text.decode(), path=root / path, project=project)
            for name in script.get_names(all_scopes=True, definitions=False, references=True):
                script.goto(name.line, name.column, follow_imports=True)

    lines = sum(text.count(b"\n") for _, text in files)
    yield Measure(
        f"jedi: go to definition in {len(files)} of the files, {lines:,} lines", cpu_seconds(look, times=1), "s"
    )
