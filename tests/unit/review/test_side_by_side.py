"""Two texts beside each other. Pure."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from review.side_by_side import Row, side_by_side

WORDS = st.sampled_from(["a = 1", "a = 2", "return a", "", "    b(a, c)", "    b(a, d)"])
TEXTS = st.lists(WORDS, min_size=1, max_size=12).map("\n".join)


def marked(row: Row) -> tuple[list[str], list[str]]:
    sides = (row.left, row.right)
    left, right = ([part.text for part in side.segments if part.changed] if side else [] for side in sides)
    return left, right


@given(TEXTS, TEXTS)
def test_every_line_that_differs_is_shown_whole_and_in_its_place(before: str, after: str) -> None:
    rows = side_by_side(before, after)
    old, new = (text.removesuffix("\n").split("\n") for text in (before, after))
    for lines, cells in (
        (old, [row.left for row in rows if row.left]),
        (new, [row.right for row in rows if row.right]),
    ):
        assert all(lines[cell.number - 1] == cell.text for cell in cells)
        numbers = [cell.number for cell in cells]
        assert numbers == sorted(set(numbers))
    came, went = (sum(1 for row in rows if row.kind == kind) for kind in ("added", "removed"))
    assert len(new) - len(old) == came - went


@given(TEXTS)
def test_equal_texts_have_no_rows(text: str) -> None:
    assert side_by_side(text, text) == []


def test_the_words_that_differ_are_marked_and_nothing_else() -> None:
    (row,) = side_by_side("if discount > 1:\n", "if discount > 1 or discount < 0:\n")
    assert row.kind == "changed"
    assert marked(row) == ([], [" or discount < 0"])
    assert row.left is not None
    assert row.left.text == "if discount > 1:"


def test_a_line_stands_beside_the_one_it_is_like_and_a_new_one_alone() -> None:
    rows = side_by_side("total = price\n", "log(price)\ntotal = price * count\n")
    assert [row.kind for row in rows] == ["added", "changed"]
    assert marked(rows[1]) == ([], [" * count"])


def test_lines_without_likeness_are_not_set_against_each_other() -> None:
    assert [row.kind for row in side_by_side("import os\n", "return 42\n")] == ["removed", "added"]


def test_far_apart_changes_say_where_they_stand() -> None:
    before = "\n".join(f"line {number}" for number in range(40))
    rows = side_by_side(before, before.replace("line 3\n", "line three\n").replace("line 30", "row 30"))
    assert [row.note for row in rows if row.kind == "place"] == ["line 28"]
    assert [row.kind for row in rows].count("changed") == 2


def test_what_is_too_long_to_compare_says_so() -> None:
    (row,) = side_by_side("a\n" * 6_000, "b\n" * 6_000)
    assert (row.kind, "too many" in row.note) == ("place", True)


def test_deceiving_characters_are_shown_by_their_number() -> None:
    (row,) = side_by_side("total = a\n", "total = a\u202eb\n")
    assert row.right is not None
    assert "\u27e6U+202E\u27e7" in row.right.text
