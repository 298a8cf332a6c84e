"""Comments of TypeScript and JavaScript span lines; the tree says where they are."""

from __future__ import annotations

from tree_sitter import Node

from execution.atoms.tiling import Rows


class CommentedRows(Rows):
    """Rows whose comments are noted as the tree shows them. A comment behind code belongs to that code."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._comments: list[tuple[int, int] | None] = [None] * len(self.lines)
        """For each row of a comment where the comment begins."""

    def note_comment(self, node: Node) -> None:
        row, column = place = node.start_point
        if column and self.lines[row][:column].strip():
            return
        below = node.end_point[0] + 1
        self._comments[row:below] = [place] * (below - row)

    def is_blank(self, row: int) -> bool:
        return not self.lines[row].strip() and self._comments[row] is None

    def comment_at(self, row: int) -> tuple[int, int] | None:
        return self._comments[row]
