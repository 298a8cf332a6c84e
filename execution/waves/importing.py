"""The import statements that a new text of an atom needs: merged deterministically into its file.

Python only: in other files the answer's text must bring what it imports, and separate statements are left out.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from common.changes import change
from common.python_source import parse_python
from execution.models import Atom, AtomRevision
from execution.states import AtomStatus
from execution.validation.import_sorting import sorted_imports
from execution.validation.results import NotRun
from execution.validation.syntax import check_syntax
from execution.waves.revisions import new_revision
from execution.waves.tree import Tree, base_tree, current_text

TRIES = 5
"""Retries of atoms in one file may merge beside each other; each looks again when another was faster."""


def place_imports(atom: Atom, text: str, imports: Sequence[str]) -> str:
    """The atom's new ``text`` as it may be recorded, once its file imports what it needs.

    They go into the file's import atom, else to the top of the file, which may be in the atom itself; statements that
    cannot be read are left out. Called while the atom's claim keeps the round open, and outside any transaction.
    """
    for _ in range(TRIES if imports and atom.path.endswith(".py") else 0):
        tree = base_tree(atom.plan_id, path=atom.path)
        home = _home_of_imports(atom, tree)
        if home.pk == atom.pk:
            return _with_imports(atom, text, imports) or text
        if _merge(home, tree, imports):
            break
    return text


def _home_of_imports(atom: Atom, tree: Tree) -> Atom:
    """The last other import atom of the file; else its first atom, below whose docstring they stand."""
    rows = list(tree.atoms.values())
    imports = [row for row in rows if row.kind == "import"]
    others = [row for row in imports if row.pk != atom.pk]
    return (others or imports or rows[:1])[-1]


def _merge(home: Atom, tree: Tree, imports: Sequence[str]) -> bool:
    """``False`` when somebody else changed the text meanwhile; ``True`` when merged, or nothing is to be merged."""
    merged = _with_imports(home, current_text(home), imports)
    if merged is None or check_syntax(home.path, tree.with_text(home, merged)):
        return True
    with change():
        held = Atom.objects.select_for_update(no_key=True).get(pk=home.pk)
        if held.current_id != home.current_id:
            return False
        revision = new_revision(held, merged, AtomRevision.Origin.IMPORT_MERGE, "system")
        accepted = {"accepted_id": revision.pk} if held.status == AtomStatus.ACCEPTED else {}
        Atom.objects.filter(pk=held.pk).update(current_id=revision.pk, **accepted)
    return True


def _with_imports(home: Atom, text: str, imports: Sequence[str]) -> str | None:
    """``text`` with the statements in place; ``None`` when it has them all, or they are no code."""
    present = {line.strip() for line in text.splitlines()}
    missing = [line.strip() for line in dict.fromkeys(imports) if line.strip() and line.strip() not in present]
    if not missing or check_syntax(home.path, "\n".join([*missing, ""])):
        return None
    if home.kind != "import":
        return _at_the_top(text, _sorted(home, "\n".join([*missing, ""])))
    body = text.rstrip("\n")
    return _sorted(home, "\n".join([body, *missing]) + text[len(body) :])


def _sorted(home: Atom, text: str) -> str:
    """In the order that the linter wants; as it is when the linter cannot say."""
    paths = Atom.objects.filter(plan_id=home.plan_id, path__endswith=".py").values_list("path", flat=True).distinct()
    try:
        return sorted_imports(text, first_party={path.split("/")[0].removesuffix(".py") for path in paths})
    except NotRun:
        return text


def _at_the_top(text: str, imports: str) -> str:
    """Above all code, below comments and the docstring that a file begins with."""
    lines = text.splitlines(keepends=True)
    first = _lines_before_code(text)
    head, rest = "".join(lines[:first]).rstrip("\n"), "".join(lines[first:])
    above = f"{head}\n\n" if head else ""
    if not rest.strip():
        return f"{above}{imports.rstrip()}{text[len(text.rstrip()) :]}"
    return f"{above}{imports.rstrip()}\n\n\n{rest.lstrip(chr(10))}"


def _lines_before_code(text: str) -> int:
    """Lines of the docstring and what is above it; else of a comment that stands by itself, or a ``#!`` line."""
    try:
        body = parse_python(text).body
    except (SyntaxError, ValueError):  # the first piece of something longer
        body = []
    if body and isinstance(body[0], ast.Expr) and isinstance(getattr(body[0].value, "value", None), str):
        return body[0].end_lineno or 0
    lines = text.splitlines()
    comments = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    apart = comments == len(lines) or not lines[comments].strip()
    return comments if apart else int(text.startswith("#!"))
