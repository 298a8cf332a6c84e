"""Where Python is cut, and what each atom is called."""

from __future__ import annotations

import ast
import textwrap

from hypothesis import given, settings

from execution.atoms import MAXIMUM_LINES, Atom, cut
from tests.unit.atoms.strategies import python_files


def cut_text(text: str) -> tuple[Atom, ...]:
    return cut("a.py", textwrap.dedent(text).lstrip("\n").encode())


def outline(text: str) -> list[tuple[str, str, int, int]]:
    return [(atom.kind, atom.qualname, atom.start_line, atom.end_line) for atom in cut_text(text)]


def body(count: int, indent: str = "    ") -> str:
    return "".join(f"{indent}value_{number} = {number}\n" for number in range(count))


def test_consecutive_imports_are_one_atom() -> None:
    text = "import os\n\nfrom a import b\n# why\nimport c\n\nX = 1\n"
    assert outline(text) == [("import", "import", 1, 6), ("constant", "X", 7, 7)]


def test_comments_and_decorators_stay_with_the_definition_below() -> None:
    text = "X = 1\n\n# what f is for\n@decorated\n# between\ndef f():\n    pass\n"
    assert outline(text) == [("constant", "X", 1, 2), ("function", "f", 3, 7)]


def test_a_comment_right_below_a_statement_stays_with_it() -> None:
    text = "X = 1\n# about X\n\ndef f():\n    pass\n"
    assert outline(text) == [("constant", "X", 1, 3), ("function", "f", 4, 5)]


def test_a_comment_at_the_end_of_a_body_stays_in_the_body() -> None:
    text = "def f():\n    pass\n    # done\n\ndef g():\n    pass\n"
    assert outline(text) == [("function", "f", 1, 4), ("function", "g", 5, 6)]


def test_a_less_indented_comment_leaves_the_body() -> None:
    text = "def f():\n    pass\n# -- next\n\ndef g():\n    pass\n"
    assert outline(text) == [("function", "f", 1, 2), ("function", "g", 3, 6)]


def test_a_class_is_a_header_and_an_atom_for_each_method() -> None:
    text = '''
    @dataclass
    class Task(Base):
        """A task."""

        title: str = ""

        def rename(self, title: str) -> None:
            self.title = title

        @property
        def short(self) -> str:
            return self.title[:10]
    '''
    atoms = cut_text(text)
    assert [(atom.kind, atom.qualname) for atom in atoms] == [
        ("class_header", "Task"),
        ("method", "Task.rename"),
        ("method", "Task.short"),
    ]
    header, rename, short = atoms
    assert header.parent is None
    assert (rename.parent, short.parent) == (header.id, header.id)
    assert header.signature == "class Task(Base)"
    assert header.docstring == "A task."
    assert rename.signature == "def rename(self, title: str) -> None"
    assert short.text.startswith("    @property\n")


def test_a_nested_class_hangs_below_its_class() -> None:
    atoms = cut_text("class A:\n    class Meta:\n        x = 1\n\n        def f(self):\n            pass\n")
    assert [(atom.kind, atom.qualname) for atom in atoms] == [
        ("class_header", "A"),
        ("class_header", "A.Meta"),
        ("method", "A.Meta.f"),
    ]
    assert [atom.parent for atom in atoms] == [None, atoms[0].id, atoms[1].id]


def test_fifteen_lines_stay_whole_and_sixteen_are_cut() -> None:
    assert len(cut_text("def f():\n" + body(14))) == 1
    assert len(cut_text("def f():\n" + body(15))) == 2


def test_pieces_of_a_function_share_a_unit() -> None:
    atoms = cut_text("def f():\n" + body(40) + "\n\ndef g():\n    pass\n")
    *pieces, other = atoms
    assert [piece.kind for piece in pieces] == ["function", "block", "block", "block", "block"]
    assert {piece.unit for piece in pieces} == {"a.py::f"}
    assert {piece.parent for piece in pieces[1:]} == {pieces[0].id}
    assert other.unit == "a.py::g"
    assert all(piece.loc <= MAXIMUM_LINES for piece in pieces)


def test_two_definitions_of_one_name_are_two_units() -> None:
    atoms = cut_text("@overload\ndef f(a: int) -> int: ...\ndef f(a):\n    return a\n")
    assert [atom.unit for atom in atoms] == ["a.py::f", "a.py::f#2"]


def test_a_long_compound_statement_is_cut_between_its_inner_statements() -> None:
    text = "def f(x):\n    for y in x:\n" + body(12, "        ") + "    else:\n" + body(12, "        ")
    atoms = cut_text(text)
    assert all(atom.loc <= MAXIMUM_LINES for atom in atoms)
    assert any(atom.text.startswith("    else:\n") or "\n    else:\n        value" in atom.text for atom in atoms)


def test_a_long_statement_stays_whole_and_is_marked() -> None:
    text = "TABLE = {\n" + "".join(f"    {number}: {number},\n" for number in range(30)) + "}\n"
    (atom,) = cut_text(text)
    assert atom.loc == 32
    assert "lines_within_limit" in atom.failed_criteria


def test_small_neighbours_are_merged_but_never_two_definitions() -> None:
    text = "A = 1\nB = 2\nC = 3\n\n\ndef f(): pass\ndef g(): pass\n"
    assert outline(text) == [("constant", "A", 1, 5), ("function", "f", 6, 6), ("function", "g", 7, 7)]


def test_statements_on_one_line_are_never_separated() -> None:
    text = "def f(): pass\nx = 1; import os; y = 2\n"
    assert outline(text) == [("function", "f", 1, 1), ("statement", "x", 2, 2)]


def test_definitions_under_a_long_condition_are_atoms() -> None:
    text = "if WINDOWS:\n    def f():\n" + body(10, "        ") + "else:\n    def f():\n" + body(10, "        ")
    assert [(atom.kind, atom.name) for atom in cut_text(text)] == [
        ("statement", "statement"),
        ("function", "f"),
        ("statement", "statement"),
        ("function", "f"),
    ]


@settings(max_examples=40, deadline=None)
@given(python_files)
def test_every_cut_lies_between_statements(data: bytes) -> None:
    """No statement that is not compound is cut: each lies in one atom, decorators with their definition."""
    atoms = cut("a.py", data)
    try:
        tree = ast.parse(data)
    except SyntaxError:
        return
    starts = {atom.start_line for atom in atoms}
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt):
            continue
        is_compound = hasattr(node, "body")
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        last = node.lineno if is_compound else (node.end_lineno or node.lineno)
        assert not starts.intersection(range(first + 1, last + 1))
