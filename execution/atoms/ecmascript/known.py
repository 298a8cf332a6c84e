"""Names that the language, browsers, Node and test runners bring."""

from __future__ import annotations

from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("globals.txt")
"""The names that TypeScript's own ``lib.*.d.ts`` declare, with those of Node and of the common test runners."""


@cache
def known_globals() -> frozenset[str]:
    return frozenset(LIST.read_text().split())


def is_global(name: str) -> bool:
    return name in known_globals()
