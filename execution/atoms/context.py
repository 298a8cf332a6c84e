"""What must be shown beside an atom when it is written again, and how much of it is known."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from execution.atoms.atom import Atom
from execution.atoms.names import BUILTINS, TYPE_WORDS, WORD

ALWAYS_KNOWN = BUILTINS | TYPE_WORDS | {"self", "cls"}


@dataclass(frozen=True, slots=True)
class Interface:
    """How a name that the atom uses looks from outside. ``text`` is a signature, or the whole of a short atom."""

    name: str
    path: str
    text: str
    docstring: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """``completeness`` is the share of needs that are present, 0.0 to 1.0; ``missing`` names the others."""

    imports: tuple[str, ...]
    interfaces: tuple[Interface, ...]
    types: tuple[Interface, ...]
    enclosing: tuple[str, ...]
    before: str
    after: str
    preconditions: tuple[str, ...]
    postconditions: tuple[str, ...]
    test_cases: tuple[str, ...]
    missing: tuple[str, ...]
    completeness: float


def context_for(
    atom: Atom, *, file_atoms: Sequence[Atom], needed: Sequence[Atom] = (), test_cases: Sequence[str] = ()
) -> Context:
    """The context of ``atom``: ``file_atoms`` are all atoms of its file in order, ``needed`` those it depends on."""
    place = next(index for index, other in enumerate(file_atoms) if other.id == atom.id)
    by_id = {other.id: other for other in file_atoms}
    pieces = [other for other in file_atoms if other.unit == atom.unit and other.id != atom.id]
    enclosing = tuple(_enclosing(atom, by_id))
    imports = tuple(dict.fromkeys(_imports_of([atom, *pieces]) if pieces else atom.imports))
    others = [other for other in (*needed, *file_atoms) if other.unit != atom.unit and other.kind != "import"]
    wanted = [name for name in atom.uses if name not in ALWAYS_KNOWN]
    types = [name for name in atom.types if name.split(".")[0] not in ALWAYS_KNOWN]
    interfaces = tuple(_interfaces([*wanted, *_called_members(atom)], others))
    shown_types = tuple(_interfaces([name.split(".")[-1] for name in types], others))
    before = file_atoms[place - 1] if place else None
    after = file_atoms[place + 1] if place + 1 < len(file_atoms) else None

    known = {interface.name for interface in (*interfaces, *shown_types)}
    known.update(_bound_by_import(statement) for statement in imports)
    for text in (*enclosing, *(piece.text for piece in pieces)):
        known.update(WORD.findall(text))
    known.update(atom.defines)
    roots = dict.fromkeys([*wanted, *(name.split(".")[0] for name in types)])
    missing = [name for name in roots if name not in known]
    needs = len(roots) + (atom.parent is not None)
    if atom.parent is not None and not enclosing:
        missing.append("the enclosing definition")
    return Context(
        imports=imports,
        interfaces=interfaces,
        types=shown_types,
        enclosing=enclosing,
        before="" if before is None else before.text,
        after="" if after is None else after.text,
        preconditions=tuple(_preconditions(atom)),
        postconditions=tuple(_postconditions(atom)),
        test_cases=tuple(test_cases),
        missing=tuple(missing),
        completeness=round(1 - len(missing) / needs, 3) if needs else 1.0,
    )


def _imports_of(atoms: Sequence[Atom]) -> Iterator[str]:
    for atom in atoms:
        yield from atom.imports


def _bound_by_import(statement: str) -> str:
    """``c`` for ``from a import b as c``; ``a`` for ``import a.b``."""
    if " as " in statement:
        return statement.rsplit(" as ", 1)[1]
    return statement.split()[-1] if statement.startswith("from ") else statement.split()[1].split(".")[0]


def _enclosing(atom: Atom, by_id: dict[str, Atom]) -> Iterator[str]:
    """Signatures of the functions and classes around, the outermost first; a class with its whole header."""
    above: list[str] = []
    parent = by_id.get(atom.parent) if atom.parent is not None else None
    while parent is not None:
        above.append(textwrap.dedent(parent.text).rstrip() if parent.kind == "class_header" else parent.signature)
        parent = by_id.get(parent.parent) if parent.parent is not None else None
    yield from reversed(above)


def _called_members(atom: Atom) -> list[str]:
    """Names after a dot: members whose signatures help when they are known."""
    return list(dict.fromkeys(re.findall(r"\.\s*([^\W\d]\w*)", atom.text)))


def _interfaces(names: Sequence[str], others: Sequence[Atom]) -> Iterator[Interface]:
    defined: dict[str, Atom] = {}
    for other in others:
        for name in (other.name, *other.defines):
            defined.setdefault(name, other)
    for name in dict.fromkeys(names):
        found = defined.get(name)
        if found is not None:
            shown = found.text if found.kind in ("class_header", "constant") else found.signature
            yield Interface(name, found.path, textwrap.dedent(shown or found.text).strip(), found.docstring)


def _preconditions(atom: Atom) -> Iterator[str]:
    """From the annotations of the signature, guards and asserts."""
    inner = re.search(r"\((.*)\)", atom.signature)
    if inner and atom.kind != "class_header":
        for parameter in _split_parameters(inner.group(1)):
            if ":" in parameter:
                yield parameter
    for condition, error in re.findall(r"^\s*if (.+):\s*\n\s*raise ([\w.]+)", atom.text, re.MULTILINE):
        yield f"raises {error} if {condition}"
    for condition in re.findall(r"^\s*assert (.+)$", atom.text, re.MULTILINE):
        yield condition


def _postconditions(atom: Atom) -> Iterator[str]:
    returned = re.search(r"\)\s*->\s*(.+)$", atom.signature)
    if returned:
        yield f"returns {returned.group(1)}"
    for error in dict.fromkeys(re.findall(r"^\s*raise ([\w.]+)", atom.text, re.MULTILINE)):
        yield f"may raise {error}"
    if not returned:
        for value in dict.fromkeys(re.findall(r"^\s*return (.+)$", atom.text, re.MULTILINE)):
            yield f"returns {value}"


def _split_parameters(text: str) -> list[str]:
    """Split at commas that stand outside brackets."""
    parts, depth, current = [], 0, ""
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += character
    return [part for part in [*parts, current.strip()] if part]
