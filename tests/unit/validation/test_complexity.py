from __future__ import annotations

import ast

from execution.validation.complexity import complexity_of, most_complex


def test_decisions_are_counted_after_mccabe() -> None:
    assert complexity_of(ast.parse("x = 1")) == 1
    assert complexity_of(ast.parse("if a:\n    pass\nelif b:\n    pass\nelse:\n    pass")) == 3
    assert complexity_of(ast.parse("x = a and b or c")) == 3
    assert complexity_of(ast.parse("[x for x in y if x]")) == 2
    assert complexity_of(ast.parse("try:\n    pass\nexcept A:\n    pass\nexcept B:\n    pass")) == 3
    assert complexity_of(ast.parse("match x:\n    case 1:\n        pass\n    case _:\n        pass")) == 3


def test_the_most_complex_function_is_named() -> None:
    tree = ast.parse("def plain(): ...\n\ndef branching(x):\n    if x:\n        return 1\n")
    assert most_complex(tree) == (2, 3, "branching")
    assert most_complex(ast.parse("x = 1")) == (1, 1, "")
