"""An atom keeps its id while its text stays the same."""

from __future__ import annotations

from execution.atoms import cut

BEFORE = (
    b"import os\n\n\ndef f():\n    return 1\n\n\ndef g():\n    return 2\n\n\nclass A:\n    def m(self):\n        pass\n"
)


def ids(data: bytes, path: str = "a.py") -> dict[str, str]:
    return {atom.qualname: atom.id for atom in cut(path, data)}


def test_an_edit_changes_only_the_id_of_the_edited_atom() -> None:
    before, after = ids(BEFORE), ids(BEFORE.replace(b"return 1", b"return 10\n"))
    assert {name for name in before if before[name] != after[name]} == {"f"}


def test_a_new_function_above_changes_no_other_id() -> None:
    after = ids(BEFORE.replace(b"def g", b"def new():\n    pass\n\n\ndef g"))
    assert {name: after[name] for name in ids(BEFORE)} == ids(BEFORE)


def test_line_endings_and_blank_lines_around_do_not_change_an_id() -> None:
    assert ids(BEFORE.replace(b"\n", b"\r\n")) == ids(BEFORE)
    assert ids(BEFORE.replace(b"\n\n\n", b"\n\n\n\n\n")) == ids(BEFORE)


def test_ids_depend_on_the_path() -> None:
    assert not set(ids(BEFORE).values()) & set(ids(BEFORE, "b.py").values())


def test_equal_atoms_have_different_ids() -> None:
    first, second = cut("a.py", b"def f():\n    pass\n\n\ndef f():\n    pass\n")
    assert first.id != second.id
