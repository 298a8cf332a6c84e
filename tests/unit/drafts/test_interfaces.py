from __future__ import annotations

import ast

from execution.drafts.interfaces import SMALL, interface_of
from integrations.llm.shapes import ProjectFile

LONG = f'''
import os

LIMIT: int = 3


@cached(size=3)
async def load(name: str, *, strict: bool = False) -> "Thing":
    """Load a thing.

    And more about it.
    """
    return Thing({"1," * SMALL})


class Thing(Base, metaclass=Meta):
    """A thing."""

    size: int = 0

    def grow(self) -> None:
        self.size += 1
'''


def shown(text: str, path: str = "a.py") -> str:
    return interface_of(ProjectFile(path=path, text=text)).text


def test_a_small_file_is_shown_whole() -> None:
    assert shown("x = (\n") == "x = (\n"
    assert shown("#" * SMALL) == "#" * SMALL


def test_a_long_file_is_shown_by_what_others_use_of_it() -> None:
    text = shown(LONG)
    assert len(text) < 500
    ast.parse(text)
    for line in [
        "import os",
        "LIMIT: int = 3",
        "@cached(size=3)",
        "async def load(name: str, *, strict: bool=False) -> 'Thing':",
        '    """Load a thing."""',
        '    """A thing."""',
        "    size: int = 0",
        "    def grow(self) -> None:",
    ]:
        assert line in text.splitlines(), line
    assert "self.size" not in text


def test_plain_values_and_empty_classes_stay_readable() -> None:
    text = shown(
        "MANY: str = '"
        + "m" * SMALL
        + "'\nNAMES = ['a']\n\n\nclass Wrong(Exception):\n    pass\n\n\nclass Other:\n    pass\n"
        + "#" * SMALL
    )
    ast.parse(text)
    assert text.startswith("MANY: str = ...\nNAMES = ['a']\n")
    assert "class Wrong(Exception):" in text


def test_a_long_file_that_does_not_parse_is_shown_by_its_beginning() -> None:
    assert shown("def (" + "#" * SMALL) == ("def (" + "#" * SMALL)[:SMALL]
    assert shown("x" * (SMALL + 9), "README.md") == "x" * SMALL
