"""The texts of a project, each parsed once however many questions are asked of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from common.python_source import tree_of


class Sources(Mapping[str, str]):
    """Texts by path, which do not change any more, and the trees of those that are Python."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._trees: dict[str, ast.Module | None] = {}

    @classmethod
    def of(cls, files: Mapping[str, str]) -> Sources:
        """The same, when they are parsed already."""
        return files if isinstance(files, cls) else cls(files)

    def __getitem__(self, path: str) -> str:
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def tree(self, path: str) -> ast.Module | None:
        """The tree of a Python file, to be read only; ``None`` for one of another language or that does not parse."""
        if path not in self._trees:
            self._trees[path] = tree_of(self[path]) if path.endswith(".py") else None
        return self._trees[path]
