"""One pipeline for all languages: parse, outline, read names, and put the atoms together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from execution.atoms.atom import Atom, Kind
from execution.atoms.criteria import Facts, atomicity, failed_criteria
from execution.atoms.identity import Identities
from execution.atoms.language import LanguageModule
from execution.atoms.outline import Outline
from execution.atoms.pieces import Piece
from execution.atoms.scopes import Usage
from execution.atoms.tiling import Rows

DEFINITIONS = frozenset({"function", "method", "class_header"})


class Span(NamedTuple):
    """A tile without metadata: half open bytes, kind, qualified name."""

    start_byte: int
    end_byte: int
    kind: Kind
    qualname: str


def spans_of(data: bytes, language: LanguageModule) -> tuple[Span, ...] | None:
    """Only where to cut, for those who need no names; None as in ``atoms_of``."""
    root = language.parse(data)
    if root is None:
        return None
    rows = language.rows(data, root)
    pieces = _pieces(rows, Outline(root, rows, language.grammar).pieces)
    if not pieces:
        return None
    starts = _starts(rows, pieces)
    kinds, names = [piece.kind for piece in pieces], [piece.qualname for piece in pieces]
    return tuple(map(Span._make, zip(starts, [*starts[1:], len(data)], kinds, names, strict=True)))


def atoms_of(path: str, data: bytes, language: LanguageModule) -> tuple[Atom, ...] | None:
    """The atoms of a file; None when it does not parse or has no statement. Raises RecursionError on absurd nesting."""
    root = language.parse(data)
    if root is None:
        return None
    rows = language.rows(data, root)
    pieces = _pieces(rows, Outline(root, rows, language.grammar).pieces)
    if not pieces:
        return None
    starts = _starts(rows, pieces)
    usages = language.usages(root, data, pieces, starts)
    for piece, usage in zip(pieces, usages, strict=True):
        if piece.kind in ("function", "method"):
            usage.defines = {name: None for name in usage.defines if name == piece.name or name in usage.globals}
    return _assemble(path, data, starts, pieces, usages, language)


def _pieces(rows: Rows, pieces: list[Piece]) -> list[Piece]:
    """The first piece begins where the file does."""
    if pieces:
        pieces[0].start_row = 0
    return pieces


def _starts(rows: Rows, pieces: Sequence[Piece]) -> list[int]:
    return rows.offsets([piece.start_row for piece in pieces])


def _assemble(
    path: str,
    data: bytes,
    starts: Sequence[int],
    pieces: Sequence[Piece],
    usages: Sequence[Usage],
    language: LanguageModule,
) -> tuple[Atom, ...]:
    identities = Identities(path)
    ends = [*starts[1:], len(data)]
    sources = [data[start:end] for start, end in zip(starts, ends, strict=True)]
    names = [piece.qualname for piece in pieces]
    ids = [
        identities.id_of(name, piece.kind, source) for name, piece, source in zip(names, pieces, sources, strict=True)
    ]
    units = _units(path, pieces, names, ids)
    last_lines = [piece.start_row for piece in pieces[1:]]
    last_lines.append(data.count(b"\n") + (not data.endswith(b"\n")))
    atoms: list[Atom] = []
    for index, (piece, usage, source) in enumerate(zip(pieces, usages, sources, strict=True)):
        loc = _lines_of_code(source, piece.code_row - piece.start_row)
        failed = failed_criteria(_facts(index, usage, loc, pieces))
        atoms.append(
            Atom(  # by position, in the order of its fields: to name so many takes three times as long
                ids[index],
                path,
                piece.kind,
                piece.name,
                piece.qualname,
                None if piece.parent is None else ids[piece.parent],
                units[index],
                starts[index],
                ends[index],
                piece.start_row + 1,
                last_lines[index],
                loc,
                usage.complexity,
                tuple(usage.defines),
                tuple(sorted(usage.uses)),
                tuple(sorted(usage.imports)),
                tuple(sorted(usage.types)),
                language.signature(piece, data),
                language.documentation(piece),
                source,
                atomicity(failed),
                failed,
            )
        )
    return tuple(atoms)


def _lines_of_code(source: bytes, comments: int) -> int:
    """Without so many lines of comments above, and the blank ones at the end."""
    code = source.split(b"\n", comments)[comments] if comments else source
    return code.strip(b"\r\n\t \f").count(b"\n") + 1


def _units(path: str, pieces: Sequence[Piece], names: Sequence[str], ids: Sequence[str]) -> list[str]:
    """``path::qualname`` for functions, ``#2`` after it for a second one; the first piece's id for long compounds."""
    units: list[str] = []
    taken: dict[str, int] = {}
    for index, piece in enumerate(pieces):
        if piece.unit_of is None:
            units.append(ids[index])
        elif piece.unit_of != index:
            units.append(units[piece.unit_of])
        elif piece.kind in ("function", "method"):
            name = names[index]
            count = taken[name] = taken.get(name, 0) + 1
            units.append(f"{path}::{name}" + (f"#{count}" if count > 1 else ""))
        else:
            units.append(ids[index])
    return units


def _facts(index: int, usage: Usage, loc: int, pieces: Sequence[Piece]) -> Facts:
    piece = pieces[index]
    kind, complexity, effects, outcomes = piece.kind, usage.complexity, usage.effects, usage.outcomes
    origins = usage.uses
    return Facts(  # by position, as atoms are
        kind,
        loc,
        complexity,
        usage.definitions,
        len(piece.nodes),
        True,  # it begins and ends where a statement or a member does
        tuple([name for name, origin in origins.items() if origin == "builtin"]) if origins else (),
        tuple([name for name, origin in origins.items() if origin == "unresolved"]) if origins else (),
        usage.has_star_import,
        _dependencies(piece, usage, pieces) if usage.needs_pieces else 0,
        tuple(usage.defines),
        tuple(sorted(usage.redefines)) if usage.redefines and kind in DEFINITIONS else (),
        effects + outcomes,
        outcomes + usage.annotations + complexity - 1 + (effects > 0),
    )


def _dependencies(piece: Piece, usage: Usage, pieces: Sequence[Piece]) -> int:
    """How many units it needs, imports and its own left out."""
    own_unit = piece.unit_of
    units = set()
    for index in usage.needs_pieces:
        other = pieces[index]
        unit = other.unit_of
        if other.kind != "import" and (own_unit is None or unit != own_unit):
            units.add(index if unit is None else unit)
    return len(units)
