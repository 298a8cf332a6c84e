"""Where to cut: rows that may start a tile, and the cheapest choice among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from zlib import crc32

from tree_sitter import Node

from execution.atoms.atom import MAXIMUM_LINES, TARGET_LINES

AFTER_HEADER = 40
"""Cost of cutting between ``def f():`` and its body: done only when both together are too long."""
INNER = 3
"""Cost of cutting one level deeper inside a compound statement."""
NOT_A_NODE = 60
"""Cost of a tile that would begin with a closing bracket, as ``} else {`` does."""
PARAGRAPH = -8
"""Cutting where the author left a blank line is better."""
TOO_LONG = 400
LIKING = 8
"""The most that a line's own text says for or against cutting before it. It draws cuts to the same places again after
an edit elsewhere; else all cuts of a long function would move with one line."""


NEVER_CUT = 12
"""A run of at most so many lines is cheapest whole, wherever it could be cut."""


@dataclass(slots=True)
class Item:
    """A statement, a run of statements on one line, or the head of a compound one. Rows count from 0.

    A run is measured from the ``code_row`` of its first item: comments above do not make it long.
    """

    start_row: int
    code_row: int
    end_row: int
    nodes: list[Node]
    cut_cost: int = 0


def _run_cost(lines: int) -> int:
    ideal = TARGET_LINES - 1
    excess = max(0, lines - MAXIMUM_LINES)
    return (lines - ideal) ** 2 + excess * TOO_LONG


SHORT_RUNS = tuple(_run_cost(lines) for lines in range(MAXIMUM_LINES + 1))


def partition(items: Sequence[Item], lines: Rows | None = None) -> list[list[Item]]:
    """Split ``items`` into neighbouring runs near the target length; the cheapest of all ways, always the same.

    With their ``lines`` these have a say too.
    """
    if len(items) == 1 or items[-1].end_row - items[0].code_row < NEVER_CUT:
        return [list(items)]
    rows = [item.code_row for item in items]
    likings = [0] * len(rows) if lines is None else lines.likings(rows)
    costs_before: list[int] = []
    """For each item, what all before it costs at least, and the cut before it."""
    cheapest = first = 0
    starts = [0]
    for index, last in enumerate(items):
        below = last.end_row + 1
        costs_before.append(cheapest + last.cut_cost + likings[index] if index else 0)
        while below - rows[first] > MAXIMUM_LINES and first < index:
            first += 1
        if first == index:
            cheapest = _run_cost(below - rows[index]) + costs_before[index]
            starts.append(first)
        else:
            pairs = zip(rows[first : index + 1], costs_before[first:], strict=True)
            costs = [SHORT_RUNS[below - row] + cost for row, cost in pairs]
            cheapest = min(costs)
            starts.append(first + costs.index(cheapest))
    runs: list[list[Item]] = []
    end = len(items)
    while end:
        runs.append(list(items[starts[end] : end]))
        end = starts[end]
    return runs[::-1]


class Rows:
    """The lines of a file, split on ``\\n`` only. Comments are the lines that begin with ``marker``."""

    def __init__(self, data: bytes, marker: bytes = b"#") -> None:
        self.lines = data.split(b"\n")
        self._lengths = [0, *accumulate(map(len, self.lines))]
        self._marker = marker

    def offset(self, row: int) -> int:
        """The byte where a row begins."""
        return self._lengths[row] + row

    def liking(self, row: int) -> int:
        """What the text of a row, indentation apart, says about a cut before it: the same wherever it moves."""
        return crc32(self.lines[row].strip()) % LIKING

    def likings(self, rows: Sequence[int]) -> list[int]:
        lines = self.lines
        return [crc32(lines[row].strip()) % LIKING for row in rows]

    def note_comment(self, node: Node) -> None:
        """For languages whose comments span lines: the tree says where they are."""

    def indent(self, row: int) -> int:
        line = self.lines[row]
        return len(line) - len(line.lstrip())

    def is_blank(self, row: int) -> bool:
        return not self.lines[row].strip()

    def comment_at(self, row: int) -> tuple[int, int] | None:
        """The row where the comment on this row begins, and how far it is indented; None when the row is no comment."""
        line = self.lines[row]
        text = line.lstrip()
        return (row, len(line) - len(text)) if text.startswith(self._marker) else None

    def start_with_comments(self, row: int, previous_end: int) -> int:
        """The row where the comments that belong to the statement at ``row`` begin.

        Comments between two statements go down, except those indented deeper than the lower one and those that stand
        right under the upper one with a blank line after. A comment less indented than the upper one leaves it.
        """
        if row - 1 <= previous_end:
            return row
        indent = self.indent(row)
        start, above = row, row - 1
        while above > previous_end:
            comment = self.comment_at(above)
            if comment is not None:
                first, column = max(comment[0], previous_end + 1), comment[1]
                if column > indent:
                    break
                hangs_on_upper = first - 1 == previous_end >= 0 and column >= self.indent(previous_end)
                if hangs_on_upper and self._paragraph_ends_before(first, row):
                    return self._first_after_blank(first, row)
                start = above = first
            elif self.lines[above].strip():
                break
            above -= 1
        return start

    def _paragraph_ends_before(self, comment: int, row: int) -> bool:
        return any(self.is_blank(between) for between in range(comment + 1, row))

    def _first_after_blank(self, comment: int, row: int) -> int:
        blank = next(between for between in range(comment + 1, row) if self.is_blank(between))
        return next(below for below in range(blank + 1, row + 1) if not self.is_blank(below))
