"""What must be shown beside an atom when it is written again, and how much of it is known.

The measure of the cut, from its own file alone. A retry is shown more: the whole file, which holds imports, neighbours
and enclosing definitions, and the interfaces of all files that the graph says it uses (``waves/retrying.py``).
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from execution.atoms.atom import Atom
from execution.atoms.languages import module_of

WORD = re.compile(r"(?:[^\W\d]|\$)[\w$]*")
MEMBER = re.compile(rf"\.\s*({WORD.pattern})")


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
    language = module_of(atom.path)
    always_known = frozenset() if language is None else language.always_known
    place = next(index for index, other in enumerate(file_atoms) if other.id == atom.id)
    by_id = {other.id: other for other in file_atoms}
    pieces = [other for other in file_atoms if other.unit == atom.unit and other.id != atom.id]
    enclosing = tuple(_enclosing(atom, by_id))
    imports = tuple(dict.fromkeys(_imports_of([atom, *pieces]) if pieces else atom.imports))
    others = [other for other in (*needed, *file_atoms) if other.unit != atom.unit and other.kind != "import"]
    wanted = [name for name in atom.uses if name not in always_known]
    types = [name for name in atom.types if name.split(".")[0] not in always_known]
    interfaces = tuple(_interfaces([*wanted, *_called_members(atom)], others))
    shown_types = tuple(_interfaces([name.split(".")[-1] for name in types], others))
    before = file_atoms[place - 1] if place else None
    after = file_atoms[place + 1] if place + 1 < len(file_atoms) else None

    known = {interface.name for interface in (*interfaces, *shown_types)}
    if language is not None:
        known.update(language.bound_by(statement) for statement in imports)
    for text in (*enclosing, *(piece.text for piece in pieces)):
        known.update(WORD.findall(text))
    known.update(atom.defines)
    roots = dict.fromkeys([*wanted, *(name.split(".")[0] for name in types)])
    missing = [name for name in roots if name not in known]
    if missing and language is not None:
        declared = {name for other in file_atoms for name in language.declared(other.source)}
        missing = [name for name in missing if name not in declared]
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
        preconditions=tuple(language.preconditions(atom)) if language is not None else (),
        postconditions=tuple(language.postconditions(atom)) if language is not None else (),
        test_cases=tuple(test_cases),
        missing=tuple(missing),
        completeness=round(1 - len(missing) / needs, 3) if needs else 1.0,
    )


def _imports_of(atoms: Sequence[Atom]) -> Iterator[str]:
    for atom in atoms:
        yield from atom.imports


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
    return list(dict.fromkeys(MEMBER.findall(atom.text)))


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
