"""TypeScript, TSX and JavaScript (with JSX) as language modules: three grammars, one way to cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node

from execution.atoms.atom import Atom
from execution.atoms.ecmascript import conditions, describing, imports
from execution.atoms.ecmascript.grammar import EcmaScriptGrammar
from execution.atoms.ecmascript.known import declared_globals, known_globals
from execution.atoms.ecmascript.names import NameScan
from execution.atoms.ecmascript.nodes import NAMED_MEMBERS, member_name
from execution.atoms.ecmascript.rows import CommentedRows
from execution.atoms.pieces import Grammar, Piece
from execution.atoms.scopes import Usage
from execution.atoms.source import Parsing, numbers_of
from execution.atoms.tiling import Rows

GRAMMARS = {
    "typescript": tree_sitter_typescript.language_typescript,
    "tsx": tree_sitter_typescript.language_tsx,
    "javascript": tree_sitter_javascript.language,
}
MOST_IN_ERROR = 0.5
"""Share of a file's bytes in errors from which it counts as not parsing; below, the rest is cut."""


@cache
def _language(name: str) -> Language:
    return Language(GRAMMARS[name]())


class EcmaScriptModule:
    def __init__(self, name: str) -> None:
        self._language = _language(name)
        self._parsing = Parsing(self._language)
        self.grammar: Grammar = EcmaScriptGrammar(self._language)
        self._named_members = numbers_of(self._language, NAMED_MEMBERS)
        self.always_known = known_globals() | {"this", "super"}

    def parse(self, data: bytes) -> Node | None:
        root = self._parsing(data).root_node
        if root.has_error and (root.type == "ERROR" or _bytes_in_error(root) > MOST_IN_ERROR * len(data)):
            return None
        return root

    def rows(self, data: bytes, root: Node) -> Rows:
        return CommentedRows(data)

    def usages(self, root: Node, data: bytes, pieces: Sequence[Piece], starts: Sequence[int]) -> list[Usage]:
        usages = NameScan(root, data, starts, self._language).usages
        for piece, usage in zip(pieces, usages, strict=True):
            for node in piece.nodes:
                if node.kind_id in self._named_members and (name := member_name(node)):
                    usage.defines.setdefault(name)
        return usages

    def signature(self, piece: Piece, data: bytes) -> str:
        return describing.signature(piece, data)

    def documentation(self, piece: Piece) -> str:
        return describing.documentation(piece)

    def declared(self, data: bytes) -> frozenset[str]:
        return declared_globals(data)

    def bound_by(self, statement: str) -> str:
        return imports.bound_by(statement)

    def preconditions(self, atom: Atom) -> Iterator[str]:
        return conditions.preconditions(atom)

    def postconditions(self, atom: Atom) -> Iterator[str]:
        return conditions.postconditions(atom)


def _bytes_in_error(node: Node) -> int:
    """Bytes below the outermost error nodes; only branches with an error are entered."""
    total, todo = 0, [node]
    while todo:
        for child in todo.pop().children:
            if child.is_error:
                total += child.end_byte - child.start_byte
            elif child.has_error:
                todo.append(child)
    return total
