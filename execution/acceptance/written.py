"""Tests that a model or a person wrote: what must be true of them before they may prove anything."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from common.python_source import parse_python
from integrations.llm.shapes import AcceptanceTests, WantedTest

MAX_CODE = 40_000
_RAISING = frozenset({"raises", "fail", "warns", "approx_raises"})


def module_of(answer: AcceptanceTests, criterion: str) -> str:
    """The text of a module that proves one criterion and stands alone: imports, helpers, its tests."""
    tests = [test.code.strip() for test in answer.tests if test.criterion == criterion]
    parts = ["\n".join(answer.imports), answer.helpers.strip(), *tests]
    return "\n\n\n".join(part for part in parts if part) + "\n"


def problems_of_answer(answer: AcceptanceTests, wanted: Sequence[WantedTest]) -> list[str]:
    """Why an answer is not taken: criteria that are left out or unknown, tests that cannot fail."""
    known = {one.id for one in wanted}
    tested = {test.criterion for test in answer.tests}
    problems = [f"{name}: there is no such criterion" for name in sorted((tested | answer.untestable.keys()) - known)]
    problems += [f"{name}: neither a test nor a reason" for name in sorted(known - tested - answer.untestable.keys())]
    for test in answer.tests:
        if test.criterion in known:
            problems += [f"{test.criterion}: {why}" for why in problems_of_code(module_of(answer, test.criterion))]
    return list(dict.fromkeys(problems))


def problems_of_code(code: str) -> list[str]:
    """Why a module of tests proves nothing: it does not parse, has no test, or one that cannot fail."""
    if len(code) > MAX_CODE:
        return [f"it is longer than {MAX_CODE} characters"]
    try:
        tree = parse_python(code)
    except (SyntaxError, ValueError, RecursionError) as error:
        return [f"it does not parse: {error}"]
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    tests = [node for name, node in functions.items() if name.startswith("test")]
    if not tests:
        return ["it has no test function"]
    asserting = _asserting(functions)
    return [f"{node.name} asserts nothing, so it cannot fail" for node in tests if node.name not in asserting]


def _asserting(functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef]) -> set[str]:
    """Functions that can fail: by themselves, or because they call one of the others that can."""
    found = {name for name, node in functions.items() if any(_can_fail(part) for part in ast.walk(node))}
    while True:
        more = {name for name, node in functions.items() if name not in found and _calls(node) & found}
        if not more:
            return found
        found |= more


def _can_fail(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return not isinstance(node.test, ast.Constant)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _RAISING


def _calls(node: ast.AST) -> set[str]:
    return {part.func.id for part in ast.walk(node) if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)}
