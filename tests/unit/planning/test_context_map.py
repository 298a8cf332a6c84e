"""Where bounded contexts stand on a picture."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from integrations.llm.shapes import BoundedContext
from planning.context_map import GAP_Y, MARGIN, WIDTH, ContextBox, context_map


def context(name: str, *, upstream: list[str] | None = None, **fields: object) -> BoundedContext:
    given_ = {"name": name, "responsibilities": [], "entities": [], "upstream": upstream or [], **fields}
    return BoundedContext.model_validate(given_)


def names(boxes: list[ContextBox]) -> list[str]:
    return [box.name for box in boxes]


def test_nothing_needs_no_room() -> None:
    drawn = context_map([])
    assert (drawn.width, drawn.height, drawn.boxes, drawn.lines) == (0, 0, [], [])


def test_one_context_stands_alone() -> None:
    drawn = context_map([context("Tasks", entities=["Task", "Label"], responsibilities=["keep tasks"])])
    assert (drawn.width, drawn.height) == (WIDTH + 2 * MARGIN, 80 + 2 * MARGIN)
    (box,) = drawn.boxes
    assert (box.x, box.y, box.entities, box.more) == (MARGIN, MARGIN, ["Task", "Label"], 0)
    assert box.responsibilities == ["keep tasks"]


def test_suppliers_stand_above_what_they_supply() -> None:
    drawn = context_map(
        [
            context("Billing", upstream=["Orders"], relation="conformist"),
            context("Orders", upstream=["Catalog"]),
            context("Catalog", downstream=["Orders"]),
        ]
    )
    assert names(sorted(drawn.boxes, key=lambda box: box.y)) == ["Catalog", "Orders", "Billing"]
    told = {(line.source, line.target): line.relation for line in drawn.lines}
    assert told == {("Orders", "Billing"): "conformist", ("Catalog", "Orders"): "none"}


def test_the_side_that_is_supplied_names_the_relation() -> None:
    supplied = context("Orders", upstream=["Catalog"], relation="anti_corruption_layer")
    supplier = context("Catalog", downstream=["Orders"], relation="customer_supplier")
    assert [line.relation for line in context_map([supplier, supplied]).lines] == ["anti_corruption_layer"]
    assert [line.relation for line in context_map([supplier, context("Orders")]).lines] == ["customer_supplier"]


def test_contexts_that_supply_each_other_are_drawn_all_the_same() -> None:
    drawn = context_map([context("A", upstream=["B"]), context("B", upstream=["A"])])
    assert [(box.name, box.y > MARGIN) for box in drawn.boxes] == [("A", False), ("B", True)]
    assert {(line.source, line.target) for line in drawn.lines} == {("A", "B"), ("B", "A")}


def test_contexts_that_are_not_there_and_oneself_are_no_relations() -> None:
    assert context_map([context("A", upstream=["Nowhere", "A"], downstream=["Elsewhere"])]).lines == []


def test_of_many_entities_the_first_are_named() -> None:
    (box,) = context_map([context("A", entities=[f"E{number}" for number in range(9)])]).boxes
    assert (box.entities, box.more) == ([f"E{number}" for number in range(6)], 3)


@given(st.lists(st.lists(st.integers(0, 11), max_size=4), max_size=12))
def test_no_box_touches_another_and_all_stand_in_the_picture(needs: list[list[int]]) -> None:
    contexts = [
        context(str(number), upstream=[str(one) for one in upstream], entities=["E"] * (number % 9))
        for number, upstream in enumerate(needs)
    ]
    drawn = context_map(contexts)
    assert sorted(names(drawn.boxes)) == sorted(str(number) for number in range(len(needs)))
    for box in drawn.boxes:
        assert box.x >= MARGIN <= box.y
        assert box.x + box.width <= drawn.width - MARGIN
        assert box.y + box.height <= drawn.height - MARGIN
    rows: dict[int, list[ContextBox]] = {}
    for box in drawn.boxes:
        rows.setdefault(box.y, []).append(box)
    for row in rows.values():
        assert all(left.x + left.width < right.x for left, right in pairwise(row))
    heights = [(y, max(box.height for box in row)) for y, row in sorted(rows.items())]
    assert all(lower - (upper + height) == GAP_Y for (upper, height), (lower, _) in pairwise(heights))
