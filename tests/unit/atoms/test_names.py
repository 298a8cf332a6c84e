"""What atoms define and use."""

from __future__ import annotations

import textwrap

import pytest

from execution.atoms import Atom, cut


def atoms_by_name(text: str) -> dict[str, Atom]:
    return {atom.qualname: atom for atom in cut("a.py", textwrap.dedent(text).lstrip("\n").encode())}


def free_names(text: str) -> set[str]:
    """What the one function ``f`` uses of the world outside it."""
    return set(atoms_by_name(text)["f"].uses)


def test_locals_and_parameters_are_not_used_names() -> None:
    assert free_names("def f(a, *b, c=D, **e):\n    g = a + b\n    return h(g, c, e)\n") == {"D", "h"}


def test_annotations_are_uses_and_types() -> None:
    atom = atoms_by_name("def f(a: Task, b: 'list[Plan]') -> dict[str, Run]: ...\n")["f"]
    assert atom.uses == ("Run", "Task", "dict", "str")
    assert atom.types == ("Plan", "Run", "Task", "dict", "list", "str")


@pytest.mark.parametrize(
    ("statement", "used"),
    [
        ("return [x for x in xs if x]", {"xs"}),
        ("return {k: v for k, v in pairs}", {"pairs"}),
        ("return (lambda a, b=c: a + b + d)", {"c", "d"}),
        ("return f'{name!r:>{width}}'", {"name", "width"}),
        ("return obj.attribute.other", {"obj"}),
        ("return call(keyword=value)", {"call", "value"}),
        ("for i, (j, *k) in rows: print(i, j, k)", {"rows", "print"}),
        ("with opened() as (a, b): use(a, b)", {"opened", "use"}),
        ("try: run()\n    except Error as e: log(e)", {"run", "Error", "log"}),
        ("import os.path as p; return p.join(sep)", {"sep"}),
        ("if (n := size()) > 1: return n", {"size"}),
        ("counter += 1; return counter", set()),
        ("global total; total = 1; return total", set()),
        ("x: Kind = make()", {"Kind", "make"}),
        ("del table[key]", {"table", "key"}),
        ("class Inner(Base):\n        y = 1\n        z = y", {"Base"}),
    ],
)
def test_free_names_of_a_body(statement: str, used: set[str]) -> None:
    assert free_names(f"def f():\n    {statement}\n") == used


def test_names_bound_by_patterns_are_local() -> None:
    text = """
    def f(x):
        match x:
            case Point(x=0, y=[a, *rest]) | {"k": v, **more} if v:
                return a, rest, v, more
            case Color.RED as colour:
                return colour
            case other:
                return other
    """
    assert free_names(text) == {"Point", "Color"}


def test_names_are_compared_as_python_does() -> None:
    assert free_names("def f(ﬁle):\n    return file\n") == set()


def test_type_parameters_are_local() -> None:
    assert free_names("def f[T: Bound](a: T) -> list[T]: ...\n") == {"Bound", "list"}


def test_class_attributes_are_not_seen_from_methods() -> None:
    atoms = atoms_by_name("class A:\n    limit = 1\n    def m(self):\n        return limit\n")
    assert atoms["A"].defines == ("A", "limit")
    assert atoms["A.m"].uses == ("limit",)
    assert "free_names_resolve" in atoms["A.m"].failed_criteria


def test_imports_that_an_atom_needs_are_named_as_statements() -> None:
    text = "import os.path\nfrom .a import b as c\n\n\ndef f():\n    return os.path.join(c)\n"
    assert atoms_by_name(text)["f"].imports == ("from .a import b as c", "import os.path")


def test_an_import_atom_defines_the_bound_names() -> None:
    atom = atoms_by_name("import os.path\nimport json as j\nfrom .a import b as c, d\n")["import"]
    assert atom.defines == ("os", "j", "c", "d")


def test_names_that_pass_between_pieces_are_defined_and_used() -> None:
    assignments = "".join(f"    v{number} = {number}\n" for number in range(14))
    first, second = cut("a.py", f"def f():\n{assignments}    v0 = v1\n    return v0\n".encode())
    assert first.defines == ("f",)
    assert second.kind == "block"
    assert "v0" in second.defines
    assert "v1" in second.uses


@pytest.mark.parametrize(
    ("body", "complexity"),
    [
        ("pass", 1),
        ("if a: pass", 2),
        ("if a: pass\n    elif b: pass\n    else: pass", 3),
        ("return a and b or c", 3),
        ("return [x for x in y if x]", 3),
        ("try: pass\n    except A: pass\n    except B: pass", 3),
        ("while a: pass", 2),
        ("return a if b else c", 2),
    ],
)
def test_complexity_counts_branches(body: str, complexity: int) -> None:
    assert atoms_by_name(f"def f():\n    {body}\n")["f"].complexity == complexity
