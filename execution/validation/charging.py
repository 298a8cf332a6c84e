"""Charging: to which atom does a diagnostic belong, by path and line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from integrations.llm.shapes import Diagnostic

Atom = TypeVar("Atom", bound=Hashable)


def charge(
    diagnostics: Iterable[Diagnostic], spans: Mapping[str, Sequence[tuple[Atom, int, int]]]
) -> dict[Atom, list[Diagnostic]]:
    """Diagnostics by atom. ``spans`` holds (atom, first line, last line) by path, lines from 1, ends included.

    Where spans share a line (two atoms on one line, or one inside another) the one that starts last is charged. A line
    beyond every span goes to the nearest atom before it, else to the first; what names no file with atoms is left out.
    """
    charged: dict[Atom, list[Diagnostic]] = {}
    ordered = {path: sorted(items, key=lambda item: (item[1], -item[2])) for path, items in spans.items()}
    starts = {path: [start for _, start, _ in items] for path, items in ordered.items()}
    for diagnostic in diagnostics:
        items = ordered.get(diagnostic.path)
        if items:
            atom = _atom_at(diagnostic.line, items, starts[diagnostic.path])
            charged.setdefault(atom, []).append(diagnostic)
    return charged


def _atom_at(line: int, items: Sequence[tuple[Atom, int, int]], starts: Sequence[int]) -> Atom:
    before = bisect_right(starts, line)
    for atom, _, end in reversed(items[:before]):
        if line <= end:
            return atom
    return items[max(before - 1, 0)][0]
