"""Python: parse with tree-sitter, outline, read names, and put the atoms together."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import tree_sitter_python
from tree_sitter import Language, Node, Parser, Tree

from execution.atoms.atom import Atom
from execution.atoms.criteria import Facts, atomicity, failed_criteria
from execution.atoms.identity import Identities
from execution.atoms.names import NameScan
from execution.atoms.outline import Outline, Piece, definition_of, text_of
from execution.atoms.scopes import Usage
from execution.atoms.tiling import Rows

PYTHON_2 = frozenset({"print_statement", "exec_statement"})


@cache
def _language() -> Language:
    return Language(tree_sitter_python.language())


def parse(data: bytes) -> Tree:
    return Parser(_language()).parse(data)


def cut_python(path: str, data: bytes) -> tuple[Atom, ...] | None:
    """The atoms of a Python file, or None when it does not parse, has no statement, or is nested too deep to walk."""
    try:
        return _cut(path, data)
    except RecursionError:  # hundreds of blocks inside each other: nobody writes them, a fuzzer does
        return None


def _cut(path: str, data: bytes) -> tuple[Atom, ...] | None:
    root = parse(data).root_node
    if root.has_error or _is_python_2(root):
        return None
    rows = Rows(data)
    pieces = Outline(root, rows).pieces
    if not pieces:
        return None
    pieces[0].start_row = 0
    owner = _piece_of_row(pieces, len(rows.lines))
    usages = NameScan(root, owner, len(pieces)).usages
    return _assemble(path, data, rows, pieces, usages)


def _is_python_2(root: Node) -> bool:
    """tree-sitter accepts ``print "x"``; Python 3 does not."""
    return any(node.type in PYTHON_2 for node in root.children)


def _piece_of_row(pieces: Sequence[Piece], count: int) -> list[int]:
    owner: list[int] = []
    ends = [piece.start_row for piece in pieces[1:]] + [count]
    for index, end in enumerate(ends):
        owner.extend([index] * (end - len(owner)))
    return owner


def _assemble(path: str, data: bytes, rows: Rows, pieces: Sequence[Piece], usages: Sequence[Usage]) -> tuple[Atom, ...]:
    identities = Identities(path)
    starts = [rows.offsets[piece.start_row] for piece in pieces] + [len(data)]
    sources = [data[start:end] for start, end in pairwise(starts)]
    ids = [identities.id_of(piece.qualname, piece.kind, source) for piece, source in zip(pieces, sources, strict=True)]
    units = _units(path, pieces, ids)
    atoms: list[Atom] = []
    for index, (piece, usage, source) in enumerate(zip(pieces, usages, sources, strict=True)):
        if index == 0 and _docstring(piece) and piece.kind != "function" and piece.kind != "class_header":
            usage.defines.setdefault("__doc__")
        if piece.kind in ("function", "method"):
            usage.defines = {name: None for name in usage.defines if name == piece.name or name in usage.globals}
        start_line = piece.start_row + 1
        loc = _lines_of_code(source)
        failed = failed_criteria(_facts(index, piece, usage, loc, pieces))
        atoms.append(
            Atom(
                id=ids[index],
                path=path,
                kind=piece.kind,
                name=piece.name,
                qualname=piece.qualname,
                parent=None if piece.parent is None else ids[piece.parent],
                unit=units[index],
                start_byte=starts[index],
                end_byte=starts[index + 1],
                start_line=start_line,
                end_line=start_line + max(0, source.count(b"\n") - source.endswith(b"\n")),
                loc=loc,
                complexity=usage.complexity,
                defines=tuple(usage.defines),
                uses=tuple(sorted(usage.uses)),
                imports=tuple(sorted(usage.imports)),
                types=tuple(sorted(usage.types)),
                signature=_signature(piece),
                docstring=_docstring(piece),
                source=source,
                atomicity=atomicity(failed),
                failed_criteria=failed,
            )
        )
    return tuple(atoms)


def _lines_of_code(source: bytes) -> int:
    return source.strip(b"\r\n\t \f").count(b"\n") + 1


def _units(path: str, pieces: Sequence[Piece], ids: Sequence[str]) -> list[str]:
    """``path::qualname`` for functions, ``#2`` after it for a second one; the first piece's id for long compounds."""
    units: list[str] = []
    taken: dict[str, int] = {}
    for index, piece in enumerate(pieces):
        if piece.unit_of is None:
            units.append(ids[index])
        elif piece.unit_of != index:
            units.append(units[piece.unit_of])
        elif piece.kind in ("function", "method"):
            count = taken[piece.qualname] = taken.get(piece.qualname, 0) + 1
            units.append(f"{path}::{piece.qualname}" + (f"#{count}" if count > 1 else ""))
        else:
            units.append(ids[index])
    return units


def _facts(index: int, piece: Piece, usage: Usage, loc: int, pieces: Sequence[Piece]) -> Facts:
    own_unit = pieces[index].unit_of
    others = {
        other if pieces[other].unit_of is None else pieces[other].unit_of
        for other in usage.needs_pieces
        if pieces[other].kind != "import" and (own_unit is None or pieces[other].unit_of != own_unit)
    }
    return Facts(
        kind=piece.kind,
        loc=loc,
        complexity=usage.complexity,
        definitions=usage.definitions,
        statements=len(piece.nodes),
        uses=tuple(name for name, origin in usage.uses.items() if origin == "builtin"),
        unresolved=tuple(name for name, origin in usage.uses.items() if origin == "unresolved"),
        has_star_import=usage.has_star_import,
        dependencies=len(others),
        defines=tuple(usage.defines),
        redefines=tuple(sorted(usage.redefines)) if piece.kind in ("function", "method", "class_header") else (),
        effects=usage.effects + usage.outcomes,
        conditions=usage.outcomes + usage.annotations + usage.complexity - 1 + (usage.effects > 0),
    )


# -- what a reader sees first ------------------------------------------------------------------------------------------


def _definition(piece: Piece) -> Node | None:
    if piece.kind not in ("function", "method", "class_header"):
        return None
    return next(
        (node for node in map(definition_of, piece.nodes) if node.type in ("function_definition", "class_definition")),
        None,
    )


def _signature(piece: Piece) -> str:
    """``def f(a: int) -> str`` or ``class A(B)`` on one line."""
    node = _definition(piece)
    body = None if node is None else node.child_by_field_name("body")
    if node is None or body is None or node.text is None:
        return ""
    colon = next(child for child in reversed(node.children) if child.type == ":" and child.end_byte <= body.start_byte)
    head = node.text[: colon.start_byte - node.start_byte].decode("utf-8", "surrogateescape")
    return " ".join(head.split())


def _docstring(piece: Piece) -> str:
    """The docstring's value, indentation removed."""
    node = _definition(piece)
    first: Node | None = piece.nodes[0] if piece.nodes and piece.start_row == 0 else None
    if node is not None:
        body = node.child_by_field_name("body")
        first = next((child for child in body.children if child.type != "comment"), None) if body is not None else None
    if (
        first is None
        or first.type != "expression_statement"
        or not first.children
        or first.children[0].type != "string"
    ):
        return ""
    try:
        value = ast.literal_eval(text_of(first.children[0]))
    except (ValueError, SyntaxError):
        return ""
    return _dedented(value) if isinstance(value, str) else ""


def _dedented(text: str) -> str:
    lines = text.strip().split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()), default=0)
    return "\n".join([lines[0], *(line[margin:] for line in lines[1:])]).strip()
