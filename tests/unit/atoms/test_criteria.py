"""Each of the ten criteria, at its limit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from execution.atoms import CRITERIA, Facts, atomicity, cut, failed_criteria

GOOD = Facts(kind="function", loc=10, complexity=2, definitions=1, defines=("f",), effects=1, conditions=1)


def test_there_are_ten_and_a_good_atom_passes_all() -> None:
    assert len(CRITERIA) == 10
    assert failed_criteria(GOOD) == ()
    assert atomicity(()) == 1.0


@pytest.mark.parametrize(
    ("criterion", "change"),
    [
        ("lines_within_limit", {"loc": 16}),
        ("complexity_is_low", {"complexity": 3}),
        ("has_one_responsibility", {"kind": "statement", "definitions": 2}),
        ("is_cut_on_a_node", {"on_boundary": False}),
        ("free_names_resolve", {"unresolved": ("x",)}),
        ("inputs_are_explicit", {"uses": ("eval",)}),
        ("inputs_are_explicit", {"has_star_import": True}),
        ("effect_is_explicit", {"kind": "statement", "defines": (), "effects": 0}),
        ("has_few_dependencies", {"dependencies": 5}),
        ("is_defined_once", {"redefines": ("f",)}),
        ("can_be_validated_alone", {"conditions": 0, "defines": ()}),
    ],
)
def test_only_the_broken_criterion_fails(criterion: str, change: dict[str, object]) -> None:
    facts = replace(GOOD, **change)  # type: ignore[arg-type]  # the table mixes fields of several types
    assert failed_criteria(facts) == (criterion,)
    assert atomicity(failed_criteria(facts)) == 0.9


@pytest.mark.parametrize(
    "change",
    [
        {"loc": 15},
        {"loc": 20, "complexity": 5},
        {"dependencies": 4},
        {"conditions": 0, "test_cases": 1, "defines": ()},
    ],
)
def test_the_limits_themselves_pass(change: dict[str, object]) -> None:
    failed = failed_criteria(replace(GOOD, **change))  # type: ignore[arg-type]  # as above
    assert set(failed) <= {"lines_within_limit"}
    assert ("lines_within_limit" in failed) == (change.get("loc") == 20)


def test_a_whole_file_with_two_definitions_has_two_responsibilities() -> None:
    assert failed_criteria(replace(GOOD, kind="file", definitions=2)) == ("has_one_responsibility",)


@pytest.mark.parametrize(
    ("text", "criterion"),
    [
        ("def f():\n    return unknown_name\n", "free_names_resolve"),
        ("from a import *\n", "inputs_are_explicit"),
        ("def f():\n    pass\n\n\ndef f():\n    pass\n", "is_defined_once"),
        ("pass\n", "effect_is_explicit"),
    ],
)
def test_cutting_finds_what_the_file_shows(text: str, criterion: str) -> None:
    assert criterion in cut("a.py", text.encode())[-1].failed_criteria


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        ("function f() { return unknownName; }", {"free_names_resolve"}),
        ("function f() { return eval('1'); }", {"inputs_are_explicit"}),
        ("function f(a) { return a && (a || a) && (a ? a : 1); }", {"complexity_is_low"}),
        ("const t = [\n" + "  1,\n" * 15 + "];", {"lines_within_limit"}),
        ("setTimeout(() => { function a() {} function b() {} });", {"has_one_responsibility"}),
        ("{}", {"effect_is_explicit", "can_be_validated_alone"}),
        ("function f() { return 1; }", set()),
    ],
)
def test_cutting_finds_what_a_file_of_javascript_shows(text: str, failed: set[str]) -> None:
    (atom,) = cut("a.js", text.encode())
    assert set(atom.failed_criteria) == failed


def test_dependencies_are_counted_in_javascript_too() -> None:
    text = "".join(f"function f{n}() {{\n  return {n};\n}}\n" for n in range(6))
    last = cut("a.js", f"{text}function all() {{\n  return f0(f1(f2(f3(f4()))));\n}}\n".encode())[-1]
    assert last.failed_criteria == ("has_few_dependencies",)


def test_a_second_definition_is_found_in_javascript_too() -> None:
    assert cut("a.js", b"function f() { return 1; }\nfunction f() { return 2; }\n")[1].failed_criteria == (
        "is_defined_once",
    )
