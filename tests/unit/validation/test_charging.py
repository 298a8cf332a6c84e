from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from execution.validation.charging import charge
from integrations.llm.shapes import Diagnostic

SPANS = {"a.py": [("head", 1, 3), ("class", 5, 20), ("method", 10, 15), ("tail", 21, 30)]}


def at(line: int, path: str = "a.py") -> Diagnostic:
    return Diagnostic(path=path, line=line, layer="lint", code="X", message="m")


def charged_at(line: int) -> str:
    (atom,) = charge([at(line)], SPANS)
    return atom


def test_the_innermost_atom_of_the_line_is_charged() -> None:
    assert charged_at(1) == "head"
    assert charged_at(3) == "head"
    assert charged_at(5) == "class"
    assert charged_at(10) == "method"
    assert charged_at(15) == "method"
    assert charged_at(16) == "class"
    assert charged_at(21) == "tail"


def test_lines_between_and_beyond_go_to_the_atom_before() -> None:
    assert charged_at(4) == "head"
    assert charged_at(99) == "tail"


def test_a_line_before_every_atom_goes_to_the_first() -> None:
    (atom,) = charge([at(1)], {"a.py": [("late", 5, 6)]})
    assert atom == "late"


def test_a_file_without_atoms_charges_nobody() -> None:
    assert charge([at(1, "b.py")], SPANS) == {}
    assert charge([at(1)], {"a.py": []}) == {}


def test_order_of_diagnostics_is_kept_per_atom() -> None:
    found = [at(12), at(11), at(1)]
    assert charge(found, SPANS) == {"method": found[:2], "head": found[2:]}


@given(
    lines=st.lists(st.integers(1, 200), max_size=30),
    lengths=st.lists(st.integers(1, 12), min_size=1, max_size=20),
)
def test_on_a_tiled_file_every_diagnostic_is_charged_to_the_tile_that_holds_it(
    lines: list[int], lengths: list[int]
) -> None:
    spans, start = [], 1
    for number, length in enumerate(lengths):
        spans.append((number, start, start + length - 1))
        start += length
    charged = charge([at(line) for line in lines], {"a.py": spans})
    assert sum(map(len, charged.values())) == len(lines)
    for number, found in charged.items():
        _, first, last = spans[number]
        assert all(first <= item.line <= last or (item.line > last and number == len(spans) - 1) for item in found)
