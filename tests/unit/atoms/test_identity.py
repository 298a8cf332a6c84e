"""An atom keeps its id while its text stays the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


FUNCTIONS = {
    "a.py": "def f{0}(a):\n    b = a + {0}\n    return b\n\n\n",
    "a.ts": "export function f{0}(a: number): number {{\n  const b = a + {0};\n  return b;\n}}\n\n",
    "a.js": "const f{0} = (a) => {{\n  const b = a + {0};\n  return b;\n}};\n\n",
}
LINES = {"a.py": "    b += {0}\n", "a.ts": "  use({0});\n", "a.js": "  use({0});\n"}
EDITS = st.lists(st.tuples(st.sampled_from(["change", "remove", "insert", "move"]), st.integers(0, 99)), max_size=8)


def edited(path: str, functions: list[str], edits: list[tuple[str, int]]) -> list[str]:
    """Functions changed, removed, added and moved; those not changed keep their text."""
    texts = list(functions)
    for number, (edit, place) in enumerate(edits):
        at = place % (len(texts) + 1)
        if edit == "insert":
            texts.insert(at, FUNCTIONS[path].format(100 + number))
        elif at < len(texts) and edit == "remove":
            del texts[at]
        elif at < len(texts) and edit == "move":
            texts.append(texts.pop(at))
        elif at < len(texts):
            first, second, rest = texts[at].split("\n", 2)
            texts[at] = f"{first}\n{second}\n{LINES[path].format(number)}{rest}"
    return texts


@pytest.mark.parametrize("path", FUNCTIONS)
@settings(max_examples=30, deadline=None)
@given(edits=EDITS)
def test_atoms_that_an_edit_leaves_alone_keep_their_identity(path: str, edits: list[tuple[str, int]]) -> None:
    functions = [FUNCTIONS[path].format(number) for number in range(10)]
    before = {atom.text.strip(): atom.id for atom in cut(path, "".join(functions).encode())}
    after = {atom.text.strip(): atom.id for atom in cut(path, "".join(edited(path, functions, edits)).encode())}
    kept = before.keys() & after.keys()
    assert {text: before[text] for text in kept} == {text: after[text] for text in kept}
    assert not {before[text] for text in before.keys() - kept} & set(after.values())


@pytest.mark.parametrize("path", FUNCTIONS)
def test_an_edit_in_a_long_function_keeps_the_pieces_far_from_it(path: str) -> None:
    head, *rest = FUNCTIONS[path].format(0).splitlines(keepends=True)
    text = head + "".join(LINES[path].format(number) for number in range(300)) + "".join(rest)
    before = [atom.id for atom in cut(path, text.encode())]
    after = [atom.id for atom in cut(path, text.replace(LINES[path].format(290), "").encode())]
    assert before[:25] == after[:25]
    assert 1 <= len(set(before) - set(after)) <= 3
