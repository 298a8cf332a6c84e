"""Choosing where to spoil a project: the same seed, the same places."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from common.python_source import parse_python
from execution.benchmarks.defects.kinds import KINDS
from execution.benchmarks.defects.sources import Sources


@dataclass(frozen=True, slots=True)
class Defect:
    """One spoilt file; ``line`` is where the edit begins."""

    kind: str
    path: str
    line: int
    text: str


def defects_in(files: Mapping[str, str], *, each: int, seed: int) -> Iterator[Defect]:
    """At most ``each`` defects of every kind, at places drawn by ``seed``; a project may have no place for a kind."""
    project = Sources(files)
    chance = random.Random(seed)  # noqa: S311 - a benchmark's
    for kind, places in KINDS.items():
        found = list(places(project))
        chance.shuffle(found)
        taken = 0
        for source, edit in found:
            text = source.edited(edit)
            if taken < each and (kind == "syntax") is not _parses(text):
                taken += 1
                yield Defect(kind, source.path, source.line_of(edit.start), text)


def _parses(text: str) -> bool:
    try:
        parse_python(text)
    except SyntaxError:
        return False
    return True
