"""An atom: the smallest piece of a file that is generated, checked and retried."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["import", "constant", "class_header", "method", "function", "block", "statement", "file"]

TARGET_LINES = 10
MAXIMUM_LINES = 15


class Atom(NamedTuple):
    """One tile of a file. Lines count from 1, both ends included; bytes are half open.

    ``unit`` is shared by the pieces of one function (``path::qualname``), otherwise it is the atom's own id.
    ``loc`` counts lines without the comments above and the blank ones at the end. ``uses`` are the free names,
    ``imports`` the import statements that bring some of them, ``types`` the names in annotations and bases.
    """

    id: str
    path: str
    kind: Kind
    name: str
    qualname: str
    parent: str | None
    unit: str
    start_byte: int
    end_byte: int
    start_line: int
    end_line: int
    loc: int
    complexity: int
    defines: tuple[str, ...]
    uses: tuple[str, ...]
    imports: tuple[str, ...]
    types: tuple[str, ...]
    signature: str
    docstring: str
    source: bytes
    atomicity: float
    failed_criteria: tuple[str, ...]

    @property
    def text(self) -> str:
        """The atom as text; bytes that are not UTF-8 survive as surrogates."""
        return self.source.decode("utf-8", "surrogateescape")

    @property
    def is_atomic(self) -> bool:
        return self.atomicity >= 0.9


def join(atoms: tuple[Atom, ...] | list[Atom]) -> bytes:
    """The exact bytes of the file that ``atoms`` were cut from."""
    return b"".join(atom.source for atom in atoms)
