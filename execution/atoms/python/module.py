"""Python as a language module."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from functools import cache

import tree_sitter_python
from tree_sitter import Language, Node

from common.python_source import parse_python
from execution.atoms.atom import Atom
from execution.atoms.pieces import Grammar, Piece
from execution.atoms.python import conditions, describing
from execution.atoms.python.grammar import PythonGrammar
from execution.atoms.python.kinds import BUILTINS, TYPE_WORDS
from execution.atoms.python.names import NameScan
from execution.atoms.scopes import Usage
from execution.atoms.source import Parsing
from execution.atoms.tiling import Rows

PYTHON_2 = frozenset({"print_statement", "exec_statement"})


@cache
def _language() -> Language:
    return Language(tree_sitter_python.language())


@cache
def _parsing() -> Parsing:
    return Parsing(_language())


class PythonModule:
    """Python 3. A file with errors that the interpreter itself accepts is cut around them."""

    grammar: Grammar = PythonGrammar(_language())
    always_known = BUILTINS | TYPE_WORDS | {"self", "cls"}

    def parse(self, data: bytes) -> Node | None:
        root = _parsing()(data).root_node
        if (root.has_error or _is_python_2(root)) and not _compiles(data):
            return None
        return root

    def rows(self, data: bytes, root: Node) -> Rows:
        return Rows(data, marker=b"#")

    def usages(self, root: Node, data: bytes, pieces: Sequence[Piece], starts: Sequence[int]) -> list[Usage]:
        usages = NameScan(root, data, starts, _language()).usages
        for piece, usage in zip(pieces, usages, strict=True):
            if piece.definition is None and piece.nodes and describing.is_text(piece.nodes[0]):
                usage.defines.setdefault("__doc__")
        return usages

    def signature(self, piece: Piece, data: bytes) -> str:
        return describing.signature(piece, data)

    def documentation(self, piece: Piece) -> str:
        return describing.docstring(piece)

    def declared(self, data: bytes) -> frozenset[str]:
        return frozenset()

    def bound_by(self, statement: str) -> str:
        """``c`` for ``from a import b as c``; ``a`` for ``import a.b``."""
        if " as " in statement:
            return statement.rsplit(" as ", 1)[1]
        return statement.split()[-1] if statement.startswith("from ") else statement.split()[1].split(".")[0]

    def preconditions(self, atom: Atom) -> Iterator[str]:
        return conditions.preconditions(atom)

    def postconditions(self, atom: Atom) -> Iterator[str]:
        return conditions.postconditions(atom)


def _is_python_2(root: Node) -> bool:
    """tree-sitter accepts ``print "x"``; Python 3 does not."""
    return not PYTHON_2.isdisjoint([node.type for node in root.children])


def _compiles(data: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parse_python(data)
    except (SyntaxError, ValueError, MemoryError):
        return False
    return True
