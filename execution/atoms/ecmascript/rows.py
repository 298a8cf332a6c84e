"""Comments of TypeScript and JavaScript span lines; the tree says where they are."""

from __future__ import annotations

from tree_sitter import Node

from execution.atoms.tiling import Rows


class CommentedRows(Rows):
    """Rows whose comments are noted as the tree shows them. A comment behind code belongs to that code."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._comments: dict[int, int] = {}

    def note_comment(self, node: Node) -> None:
        row, column = node.start_point
        if not column or not self.lines[row][:column].strip():
            self._comments.update(dict.fromkeys(range(row, node.end_point[0] + 1), column))

    def is_blank(self, row: int) -> bool:
        return row not in self._comments and not self.lines[row].strip()

    def comment_indent(self, row: int) -> int | None:
        return self._comments.get(row)
