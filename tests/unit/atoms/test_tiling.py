"""The cheapest runs of statements, and what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from execution.atoms.atom import MAXIMUM_LINES, TARGET_LINES
from execution.atoms.tiling import TOO_LONG, Item, Rows, partition


def items_of(shapes: list[tuple[int, int, int]]) -> list[Item]:
    """Statements of some lines, with some blank or comment lines before each, and what a cut there costs."""
    items, row = [], 0
    for gap, lines, cost in shapes:
        items.append(Item(start_row=row, code_row=row + gap, end_row=row + gap + lines - 1, nodes=[], cut_cost=cost))
        row += gap + lines
    return items


def cost_of(runs: Sequence[Sequence[Item]]) -> int:
    """As documented: squared distance from the ideal, a fine for each line too many, and the cost of each cut."""
    total = 0
    for number, run in enumerate(runs):
        lines = run[-1].end_row - run[0].code_row + 1
        total += (lines - TARGET_LINES + 1) ** 2 + max(0, lines - MAXIMUM_LINES) * TOO_LONG
        total += run[0].cut_cost if number else 0
    return total


def all_ways(items: list[Item]) -> list[list[list[Item]]]:
    ways = []
    for count in range(len(items)):
        for cuts in combinations(range(1, len(items)), count):
            edges = [0, *cuts, len(items)]
            ways.append([items[start:end] for start, end in pairwise(edges)])
    return ways


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9), st.integers(-8, 60)), min_size=1, max_size=8))
def test_no_other_way_is_cheaper(shapes: list[tuple[int, int, int]]) -> None:
    items = items_of(shapes)
    runs = partition(items)
    assert [item for run in runs for item in run] == items
    assert cost_of(runs) == min(cost_of(way) for way in all_ways(items))


def test_a_statement_that_is_too_long_stands_alone() -> None:
    items = items_of([(0, 3, 0), (0, 40, 0), (0, 3, 0)])
    assert partition(items) == [[items[0]], [items[1]], [items[2]]]


def test_rows_are_split_at_newlines_only() -> None:
    rows = Rows("a\r\nb\x0c\u2028c\n".encode())
    assert rows.offsets(range(3)) == [0, 3, 10]
    assert len(rows.lines) == 3


def test_a_row_likes_a_cut_as_much_wherever_it_stands() -> None:
    rows = Rows(b"x = 1\n    x = 1\r\ny = 2\n")
    assert rows.liking(0) == rows.liking(1)
