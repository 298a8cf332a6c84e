"""What a language module gives; the rest of the pipeline is the same for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from tree_sitter import Node

from execution.atoms.atom import Atom
from execution.atoms.pieces import Grammar, Piece
from execution.atoms.scopes import Usage
from execution.atoms.tiling import Rows


class LanguageModule(Protocol):
    """One language: its parser, its grammar, its names, and how its definitions look from outside."""

    grammar: Grammar
    always_known: frozenset[str]
    """Names that need no explanation: builtins and words of types."""

    def parse(self, data: bytes) -> Node | None:
        """The root of the tree; None when the file does not parse. Parts of it may be errors."""

    def rows(self, data: bytes, root: Node) -> Rows: ...

    def usages(self, root: Node, data: bytes, pieces: Sequence[Piece], starts: Sequence[int]) -> list[Usage]:
        """What each piece binds and reads; ``starts`` are the bytes where they begin."""

    def signature(self, piece: Piece, data: bytes) -> str:
        """The head of a definition on one line; nothing for other pieces."""

    def documentation(self, piece: Piece) -> str:
        """The docstring or doc comment of a definition, without its marks and indentation."""

    def declared(self, data: bytes) -> frozenset[str]:
        """Names that a comment says are brought by others."""

    def bound_by(self, statement: str) -> str:
        """The name that one of an atom's ``imports`` binds."""

    def preconditions(self, atom: Atom) -> Iterator[str]:
        """From the annotations of the signature, guards and asserts."""

    def postconditions(self, atom: Atom) -> Iterator[str]:
        """From the declared result, what is returned and what is raised."""
