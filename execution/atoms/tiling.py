"""Where to cut: rows that may start a tile, and the cheapest choice among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
    excess = lines - MAXIMUM_LINES if lines > MAXIMUM_LINES else 0
    return (lines - ideal) ** 2 + excess * TOO_LONG


SHORT_RUNS = tuple(_run_cost(lines) for lines in range(MAXIMUM_LINES + 1))


def partition(items: Sequence[Item], lines: Rows | None = None) -> list[Sequence[Item]]:
    """Split ``items`` into neighbouring runs near the target length; the cheapest of all ways, always the same.

    With their ``lines`` these have a say too.
    """
    if len(items) == 1 or items[-1].end_row - items[0].code_row < NEVER_CUT:
        return [items]
    rows = [item.code_row for item in items]
    starts = _cheapest_starts(items, rows, [0] * len(rows) if lines is None else lines.likings(rows))
    runs: list[Sequence[Item]] = []
    end = len(items)
    while end:
        runs.append(items[starts[end - 1] : end])
        end = starts[end - 1]
    return runs[::-1]


def _cheapest_starts(items: Sequence[Item], rows: Sequence[int], likings: Sequence[int]) -> list[int]:
    """For each item, where the run begins that ends with it when all up to it is cut in the cheapest way.

    This beginning never moves back from one item to the next, because the cost of a run grows ever faster with its
    lines: what was no good beginning for a shorter run is none for a longer one. So each search goes on at the last.
    """
    starts: list[int] = []
    costs_before: list[int] = []
    """For each item, what all before it costs at least, and the cut before it."""
    cheapest = -items[0].cut_cost - likings[0]  # nothing is cut before the first
    first = 0
    for index, item in enumerate(items):
        costs_before.append(cheapest + item.cut_cost + likings[index])
        below = item.end_row + 1
        while below - rows[first] > MAXIMUM_LINES and first < index:
            first += 1
        lines = below - rows[first]
        cheapest = (SHORT_RUNS[lines] if lines <= MAXIMUM_LINES else _run_cost(lines)) + costs_before[first]
        for start in range(first + 1, index + 1):
            cost = SHORT_RUNS[below - rows[start]] + costs_before[start]
            if cost < cheapest:
                cheapest, first = cost, start
        starts.append(first)
    return starts


class Rows:
    """The lines of a file, split on ``\\n`` only. Comments are the lines that begin with ``marker``."""

    def __init__(self, data: bytes, marker: bytes = b"#") -> None:
        self.lines = data.split(b"\n")
        self._marker = marker

    def offsets(self, rows: Iterable[int]) -> list[int]:
        """The bytes where ``rows`` begin, which are given in order."""
        lines, found = self.lines, []
        offset = above = 0
        for row in rows:
            if row > above:
                offset += len(b"\n".join(lines[above:row])) + 1
                above = row
            found.append(offset)
        return found

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
        start, above = row, row - 1
        while above > previous_end:
            if not self.is_blank(above):
                comment = self.comment_at(above)
                if comment is None or comment[1] > self.indent(row):
                    break
                first, column = max(comment[0], previous_end + 1), comment[1]
                hangs_on_upper = first - 1 == previous_end >= 0 and column >= self.indent(previous_end)
                if hangs_on_upper and self._paragraph_ends_before(first, row):
                    return self._first_after_blank(first, row)
                start = above = first
            above -= 1
        return start

    def _paragraph_ends_before(self, comment: int, row: int) -> bool:
        return any(self.is_blank(between) for between in range(comment + 1, row))

    def _first_after_blank(self, comment: int, row: int) -> int:
        blank = next(between for between in range(comment + 1, row) if self.is_blank(between))
        return next(below for below in range(blank + 1, row + 1) if not self.is_blank(below))
