"""Two texts beside each other, line by line, with the words that differ. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from execution.highlighting import reveal
from review.comparing import CONTEXT_LINES, EXACT_UP_TO, MAX_DIFF_LINES

Kind = Literal["same", "changed", "removed", "added", "place"]
ALIKE: Final = 0.4
"""From this likeness on two lines are one line that was changed."""
MOST_TO_PAIR: Final = 1_600
"""Pairs of lines that are compared in one block; longer blocks are paired in order."""
LONGEST_LINE: Final = 2_000
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Segment:
    text: str
    changed: bool = False


@dataclass(frozen=True)
class Cell:
    """A line of one side, in pieces that together are the whole line."""

    number: int
    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments)


@dataclass(frozen=True)
class Row:
    """``place`` rows say in ``note`` where the next lines stand; others have a cell where a side has a line."""

    kind: Kind
    left: Cell | None = None
    right: Cell | None = None
    note: str = ""


def side_by_side(before: str, after: str, *, first_line: int = 1) -> list[Row]:
    """The rows around every change, counted from ``first_line``; none when the texts are equal."""
    old, new = _lines(before), _lines(after)
    if len(old) + len(new) > 2 * MAX_DIFF_LINES:
        return [Row("place", note=f"{len(old)} and {len(new)} lines are too many to compare here")]
    rows: list[Row] = []
    exact = len(old) + len(new) <= EXACT_UP_TO
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=not exact)
    for group in matcher.get_grouped_opcodes(CONTEXT_LINES):
        if group[0][3] > 0 or group[0][1] > 0 or len(rows):
            rows.append(Row("place", note=f"line {group[0][3] + first_line}"))
        for tag, a_from, a_to, b_from, b_to in group:
            if tag == "equal":
                pairs = zip(range(a_from, a_to), range(b_from, b_to), strict=True)
                rows += [Row("same", _whole(a, old[a]), _whole(b, new[b])) for a, b in pairs]
            else:
                rows += _block(old, new, range(a_from, a_to), range(b_from, b_to))
    return [_moved(row, first_line - 1) for row in rows] if first_line > 1 else rows


def _block(old: Sequence[str], new: Sequence[str], left: range, right: range) -> list[Row]:
    """Lines that went and came: those that are alike stand beside each other, in order."""
    rows: list[Row] = []
    a, b = left.start, right.start
    for pair_a, pair_b in [*_pairs(old, new, left, right), (left.stop, right.stop)]:
        rows += [Row("removed", left=_whole(i, old[i])) for i in range(a, pair_a)]
        rows += [Row("added", right=_whole(j, new[j])) for j in range(b, pair_b)]
        if pair_a < left.stop:
            rows.append(_changed(pair_a, old[pair_a], pair_b, new[pair_b]))
        a, b = pair_a + 1, pair_b + 1
    return rows


def _pairs(old: Sequence[str], new: Sequence[str], left: range, right: range) -> list[tuple[int, int]]:
    """The pairs of alike lines, in order on both sides, whose likeness together is greatest."""
    if len(left) * len(right) > MOST_TO_PAIR:
        return [(a, b) for a, b in zip(left, right, strict=False) if _likeness(old[a], new[b]) >= ALIKE]
    best: dict[tuple[int, int], tuple[float, list[tuple[int, int]]]] = {}
    for a in reversed(range(left.start, left.stop + 1)):
        for b in reversed(range(right.start, right.stop + 1)):
            if a == left.stop or b == right.stop:
                best[a, b] = (0.0, [])
                continue
            choices = [best[a + 1, b], best[a, b + 1]]
            likeness = _likeness(old[a], new[b])
            if likeness >= ALIKE:
                score, rest = best[a + 1, b + 1]
                choices.append((score + likeness, [(a, b), *rest]))
            best[a, b] = max(choices, key=lambda choice: choice[0])
    return best[left.start, right.start][1]


def _likeness(one: str, other: str) -> float:
    if not one.strip() or not other.strip() or len(one) + len(other) > LONGEST_LINE:
        return 0.0
    return difflib.SequenceMatcher(None, one.strip(), other.strip(), autojunk=False).ratio()


def _changed(a: int, one: str, b: int, other: str) -> Row:
    """The two lines with the words marked that the other has not."""
    left, right = _WORD.findall(one), _WORD.findall(other)
    cells: tuple[list[Segment], list[Segment]] = ([], [])
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for cell, words in zip(cells, (left[i1:i2], right[j1:j2]), strict=True):
            if words:
                cell.append(Segment("".join(words), changed=tag != "equal"))
    return Row("changed", Cell(a + 1, tuple(cells[0])), Cell(b + 1, tuple(cells[1])))


def _moved(row: Row, by: int) -> Row:
    left, right = (replace(cell, number=cell.number + by) if cell else None for cell in (row.left, row.right))
    return replace(row, left=left, right=right)


def _whole(index: int, text: str) -> Cell:
    return Cell(index + 1, (Segment(text),))


def _lines(text: str) -> list[str]:
    return reveal(text).removesuffix("\n").split("\n")
