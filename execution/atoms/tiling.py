"""Where to cut: rows that may start a tile, and the cheapest choice among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tree_sitter import Node

from execution.atoms.atom import MAXIMUM_LINES, TARGET_LINES

AFTER_HEADER = 40
"""Cost of cutting between ``def f():`` and its body: done only when both together are too long."""
INNER = 3
"""Cost of cutting one level deeper inside a compound statement."""
PARAGRAPH = -8
"""Cutting where the author left a blank line is better."""
TOO_LONG = 400


@dataclass(slots=True)
class Item:
    """A statement, a run of statements on one line, or the head of a compound one. Rows count from 0."""

    start_row: int
    end_row: int
    nodes: list[Node]
    cut_cost: int = 0


def _run_cost(lines: int) -> int:
    ideal = TARGET_LINES - 1
    excess = max(0, lines - MAXIMUM_LINES)
    return (lines - ideal) ** 2 + excess * TOO_LONG


def partition(items: Sequence[Item]) -> list[list[Item]]:
    """Split ``items`` into neighbouring runs near the target length; the cheapest of all ways, always the same."""
    best: list[tuple[int, int]] = [(0, 0)]
    for end in range(1, len(items) + 1):
        choices: list[tuple[int, int]] = []
        for start in range(end - 1, -1, -1):
            lines = items[end - 1].end_row - items[start].start_row + 1
            if lines > MAXIMUM_LINES and start < end - 1:
                break
            cut = items[start].cut_cost if start else 0
            choices.append((best[start][0] + cut + _run_cost(lines), start))
        best.append(min(choices))
    runs: list[list[Item]] = []
    end = len(items)
    while end:
        start = best[end][1]
        runs.append(list(items[start:end]))
        end = start
    return runs[::-1]


class Rows:
    """The lines of a file, split on ``\\n`` only."""

    def __init__(self, data: bytes) -> None:
        self.lines = data.split(b"\n")
        self.offsets = [0]
        for line in self.lines:
            self.offsets.append(self.offsets[-1] + len(line) + 1)

    def indent(self, row: int) -> int:
        line = self.lines[row]
        return len(line) - len(line.lstrip())

    def is_blank(self, row: int) -> bool:
        return not self.lines[row].strip()

    def is_comment(self, row: int, marker: bytes) -> bool:
        return self.lines[row].lstrip().startswith(marker)

    def start_with_comments(self, row: int, previous_end: int, marker: bytes = b"#") -> int:
        """The row where the comments that belong to the statement at ``row`` begin.

        Comments between two statements go down, except those indented deeper than the lower one and those that stand
        right under the upper one with a blank line after. A comment less indented than the upper one leaves it.
        """
        indent = self.indent(row)
        start = row
        for candidate in range(row - 1, previous_end, -1):
            if self.is_blank(candidate):
                continue
            if not self.is_comment(candidate, marker) or self.indent(candidate) > indent:
                break
            hangs_on_upper = candidate - 1 == previous_end and previous_end >= 0
            if hangs_on_upper and self._paragraph_ends_before(candidate, row):
                if self.indent(candidate) >= self.indent(previous_end):
                    return self._first_after_blank(candidate, row)
            start = candidate
        return start

    def _paragraph_ends_before(self, comment: int, row: int) -> bool:
        return any(self.is_blank(between) for between in range(comment + 1, row))

    def _first_after_blank(self, comment: int, row: int) -> int:
        blank = next(between for between in range(comment + 1, row) if self.is_blank(between))
        return next(below for below in range(blank + 1, row + 1) if not self.is_blank(below))
