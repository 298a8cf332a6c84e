from __future__ import annotations

import ast

import pytest

from execution.output.inspection import (
    complexities,
    debug_output,
    defined_names,
    placeholders,
    public_definitions,
    unannotated,
    undocumented,
)


def test_names_of_a_module_are_found_wherever_it_binds_them() -> None:
    tree = ast.parse(
        "import os.path\nfrom a import b as c\nX, (Y, Z) = 1, (2, 3)\nW: int = 1\n"
        "try:\n    import fast\nexcept ImportError:\n    fast = None\n    def slow(): ...\n"
        "if True:\n    class K:\n        inside = 1\n"
    )

    assert defined_names(tree) == {"os", "c", "X", "Y", "Z", "W", "fast", "slow", "K"}


def test_public_definitions_are_functions_classes_and_their_methods() -> None:
    tree = ast.parse("class A:\n  def b(self): ...\n  def _c(self): ...\nclass _D:\n  def e(self): ...\ndef f(): ...\n")

    assert [name for name, _ in public_definitions(tree)] == ["A", "A.b", "f"]


def test_what_lacks_documentation_is_named_with_its_line() -> None:
    tree = ast.parse('class A:\n    """Doc."""\n    def b(self): ...\n\n    @override\n    def c(self): ...\n')

    assert [(place.name, place.line) for place in undocumented(tree)] == [("A.b", 3)]


@pytest.mark.parametrize(
    ("signature", "complete"),
    [
        ("def f() -> None", True),
        ("def f()", False),
        ("def f(a) -> None", False),
        ("def f(a: int, *rest: int, b: str, **more: int) -> None", True),
        ("def f(*rest) -> None", False),
        ("def f(*, b) -> None", False),
        ("def f(self, a: int) -> None", True),
        ("async def f(cls) -> None", True),
    ],
)
def test_a_function_is_annotated_when_every_parameter_and_the_result_are(signature: str, complete: bool) -> None:
    assert (unannotated(ast.parse(f"{signature}: ...")) == []) is complete


def test_debug_output_is_found() -> None:
    tree = ast.parse("import pdb\nfrom icecream import ic\nprint(1)\nlogger.info(1)\nbreakpoint()\n")

    assert [(place.name, place.line) for place in debug_output(tree)] == [
        ("pdb", 1), ("icecream", 2), ("print", 3), ("breakpoint", 5),
    ]  # fmt: skip


def test_functions_that_do_nothing_are_placeholders_unless_they_may() -> None:
    tree = ast.parse(
        'def a():\n    """Doc."""\ndef b(): pass\ndef c(): raise NotImplementedError("later")\ndef d(): return None\n'
        "class P(Protocol):\n    def e(self): ...\nclass Q:\n    @abstractmethod\n    def f(self): ...\n"
    )

    assert [place.name for place in placeholders(tree)] == ["a", "b", "c"]


def test_every_function_has_its_complexity() -> None:
    tree = ast.parse("def f():\n    return 1\nclass A:\n    async def g(self):\n        if a and b: return 2\n")

    assert [(place.name, place.line, size) for place, size in complexities(tree)] == [("f", 1, 1), ("g", 4, 3)]
