from __future__ import annotations

import pytest

from execution.waves.contracts import broken_promises
from integrations.llm.shapes import Diagnostic

BEFORE = "@cache\ndef total(prices: list[int], *, tax: int = 0) -> int:\n    return ''\n"


def broken(before: str, after: str, *errors: Diagnostic, path: str = "a.py", start: int = 10) -> list[str]:
    found = broken_promises(path=path, before=before, after=after, start_line=start, errors=errors)
    assert all(item.layer == "contract" and item.line == start for item in found)
    return [item.message for item in found]


def error(line: int, layer: str = "types") -> Diagnostic:
    return Diagnostic(path="a.py", line=line, layer=layer, code="x", message="wrong")


def test_a_new_body_breaks_nothing() -> None:
    assert broken(BEFORE, BEFORE.replace("''", "sum(prices)"), error(12)) == []


@pytest.mark.parametrize(
    "after",
    [
        BEFORE.replace("total", "sums"),
        BEFORE.replace("tax: int = 0", "tax: int = 1"),
        BEFORE.replace("*, ", ""),
        BEFORE.replace("-> int", "-> str"),
        BEFORE.replace("def", "async def"),
        "total = sum\n",
        "class total:\n    pass\n",
        "# nothing\n",
    ],
)
def test_a_name_or_signature_that_others_rely_on_must_be_kept(after: str) -> None:
    assert broken(BEFORE, after, error(12)) == [
        "total must keep its signature: def total(prices: list[int], *, tax: int=0) -> int"
    ]


def test_more_names_may_come() -> None:
    assert broken(BEFORE, "def helper():\n    pass\n\n\n" + BEFORE, error(12)) == []


@pytest.mark.parametrize("line", [10, 11])
def test_a_signature_or_decorator_that_is_at_fault_may_change(line: int) -> None:
    assert broken(BEFORE, BEFORE.replace("-> int", "-> str"), error(line)) == []


def test_what_is_returned_and_does_not_fit_frees_the_signature_and_a_test_that_fails_does_not() -> None:
    after = BEFORE.replace("-> int", "-> str")
    returned = Diagnostic(path="a.py", line=12, layer="types", code="return-value", message="wrong")
    assert broken(BEFORE, after, returned) == []
    assert broken(BEFORE, after, error(10, "tests")) != []


@pytest.mark.parametrize("before", [BEFORE, "class total(Base):\n    price: int\n"])
def test_a_signature_that_is_at_fault_keeps_its_name(before: str) -> None:
    """Who uses it was judged with that name, or will be: it would be charged with what it did not do."""
    assert broken(before, before.replace("total", "sums"), error(10)) == ["total must keep its name."]


@pytest.mark.parametrize("code", ["F811", "no-redef"])
def test_a_name_that_is_taken_already_may_change(code: str) -> None:
    taken = Diagnostic(path="a.py", line=11, layer="lint", code=code, message="redefinition of total")
    assert broken(BEFORE, BEFORE.replace("total", "sums"), taken) == []


@pytest.mark.parametrize("layer", ["contract", "postconditions", "syntax"])
def test_what_breaks_the_plans_own_contract_may_change(layer: str) -> None:
    assert broken(BEFORE, BEFORE.replace("total", "sums"), error(12, layer)) == []


def test_bases_of_a_class_are_promised() -> None:
    before = "class Task(Base):\n    title: str\n"
    assert broken(before, "class Task:\n    title: str\n", error(11)) == [
        "Task must keep its signature: class Task(Base)"
    ]
    assert broken(before, "class Task(Base):\n    title: int\n", error(11)) == []


@pytest.mark.parametrize(
    ("before", "after"), [("    x = 1\n", "x = 1\n"), ("x = 1\n", "  x = 1\n"), ("\t\tx = 1\n", "    x = 1\n")]
)
def test_the_place_is_kept_by_the_indentation(before: str, after: str) -> None:
    assert broken(before, after) == ["The atom must keep its indentation."]


def test_a_method_is_judged_where_it_stands() -> None:
    before = "    def name(self) -> str:\n        return 1\n"
    assert broken(before, before.replace("1", "self.text"), error(11)) == []
    assert broken(before, before.replace("self", "self, more"), error(11)) == [
        "name must keep its signature: def name(self) -> str"
    ]


def test_comments_and_other_files_promise_nothing() -> None:
    assert broken("# a comment\n    x = 1\n", "    x = 2\n") == []
    assert broken("# title\n", "    changed\n", path="README.md") == []
    assert broken("", "x = 1\n") == []


def test_a_header_without_its_body_still_promises_its_signature() -> None:
    before = "def total(prices):\n"
    assert broken(before, "def total(price):\n", error(99)) == ["total must keep its signature: def total(prices)"]


SCRIPT = "/** All of them. */\nexport function total(\n  prices: number[],\n): number {\n  return 0;\n}\n"
METHOD = "  name(long: boolean): string {\n    return this.text;\n  }\n"


@pytest.mark.parametrize("path", ["a.ts", "a.tsx"])
@pytest.mark.parametrize(
    "after",
    [
        SCRIPT.replace("total", "sums"),
        SCRIPT.replace("export ", ""),
        SCRIPT.replace("): number", "): string"),
        SCRIPT.replace("prices: number[]", "prices: number[], tax: number"),
        "export const total = 3;\n",
    ],
)
def test_scripts_keep_names_signatures_and_exports(path: str, after: str) -> None:
    assert broken(SCRIPT, after, error(14), path=path) == [
        "total must keep its signature: export function total( prices: number[], ): number"
    ]


def test_a_new_body_of_a_script_breaks_nothing() -> None:
    assert broken(SCRIPT, SCRIPT.replace("0", "prices.length"), error(14), path="a.ts") == []


@pytest.mark.parametrize(("line", "may_change"), [(11, True), (13, True), (14, False)])
def test_a_signature_of_a_script_that_is_at_fault_may_change(line: int, may_change: bool) -> None:
    after = SCRIPT.replace("): number", "): string")
    assert (broken(SCRIPT, after, error(line), path="a.ts") == []) is may_change


def test_a_method_of_a_script_is_judged_apart_from_its_class() -> None:
    assert broken(METHOD, METHOD.replace("this.text", "this.words"), error(11), path="a.ts") == []
    assert broken(METHOD, METHOD.replace("long", "short"), error(11), path="a.ts") == [
        "name must keep its signature: name(long: boolean): string"
    ]
    assert broken(METHOD, METHOD.replace("long: boolean", ""), error(10), path="a.ts") == []


@pytest.mark.parametrize(
    "opened", ["function total(a, b) {\n  const c = a;\n", "class Total extends Base {\n  a = 1;\n"]
)
def test_a_header_of_a_script_without_its_end_still_promises(opened: str) -> None:
    name = "function total(a, b)" if "function" in opened else "class Total extends Base"
    changed = opened.replace("(a, b)", "(a)").replace(" extends Base", "")
    assert [message.split(": ")[1] for message in broken(opened, changed, error(99), path="a.js")] == [name]


def test_a_piece_of_a_script_that_is_no_definition_promises_nothing() -> None:
    assert broken("  if (a) {\n    b();\n", "  c();\n", path="a.ts") == []
    assert broken("const a = 1;\n", "    const a = 2;\n", path="a.js") == []
