"""Threads that parse at the same time get their trees."""

from __future__ import annotations

import ast
import gc
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from common.python_source import compile_python, parse_expression, parse_python, tree_of

SOURCE = "\n".join(f"def f{number}(a, b):\n    return [a, (b, {{a: b}})]" for number in range(20))


@pytest.fixture
def _interrupted() -> Iterator[None]:
    """Garbage is collected all the time, and each collection lets another thread go on, as in a busy worker."""

    def let_go(phase: str, info: dict[str, int]) -> None:
        time.sleep(0)

    before = gc.get_threshold()
    gc.callbacks.append(let_go)
    gc.set_threshold(5)
    yield
    gc.set_threshold(*before)
    gc.callbacks.remove(let_go)


@pytest.mark.usefixtures("_interrupted")
def test_threads_do_not_spoil_each_others_trees() -> None:
    with ThreadPoolExecutor(4) as threads:
        trees = list(threads.map(parse_python, [SOURCE] * 60))
    assert {len(tree.body) for tree in trees} == {20}


NESTED = {
    "operators": "x = " + "not " * 100_000 + "1\n",
    "calls": "x = f" + "()" * 100_000 + "\n",
    "a sum": "x = " + "+".join(["1"] * 100_000) + "\n",
    "branches": "if x:\n    pass\n" + "elif x:\n    pass\n" * 30_000,
    "functions": "x = " + "lambda: " * 100_000 + "1\n",
}


@pytest.mark.parametrize("kind", NESTED)
def test_absurd_nesting_does_not_parse_and_is_no_defect_of_ours(kind: str) -> None:
    with pytest.raises(SyntaxError, match="nested too deeply"):
        parse_python(NESTED[kind])
    with pytest.raises(SyntaxError, match="nested too deeply"):
        compile_python(NESTED[kind])
    assert tree_of(NESTED[kind]) is None


def test_an_expression_is_parsed_too_and_what_does_not_parse_is_none() -> None:
    assert ast.unparse(parse_expression("a  + 1")) == "a + 1"
    assert tree_of("def (") is None
    assert tree_of("x = '\\d'") is not None
    with pytest.raises(SyntaxError):
        parse_python("def (")


def test_what_parses_but_would_not_load_does_not_compile() -> None:
    parse_python("return 1")
    with pytest.raises(SyntaxError, match="outside function"):
        compile_python("return 1")
    with pytest.raises((SyntaxError, ValueError), match="null bytes"):
        compile_python("x = '\0'")
    compile_python("x = '\\d'")
