"""The texts of a project, each parsed once however many questions are asked of them."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping


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


def parse_python(text: str) -> ast.Module:
    """The tree of Python source. Raises SyntaxError (ValueError for null bytes, RecursionError for absurd nesting)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes are the linter's business
        return ast.parse(text, type_comments=False)


def tree_of(text: str) -> ast.Module | None:
    """The tree of Python source; ``None`` when it does not parse, which the syntax layer says."""
    try:
        return parse_python(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
