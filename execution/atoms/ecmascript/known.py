"""Names that the language, browsers, Node and test runners bring, and those that a file says other scripts bring."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("globals.txt")
"""The names that TypeScript's own ``lib.*.d.ts`` declare, with those of Node and of the common test runners."""

DECLARATION = re.compile(rb"/\*\s*globals?\s([^*]+)\*/")
"""``/* global jQuery, gettext: readonly */``, as linters read it."""


@cache
def known_globals() -> frozenset[str]:
    return frozenset(LIST.read_text().split())


def is_global(name: str) -> bool:
    return name in known_globals()


def declared_globals(data: bytes) -> frozenset[str]:
    """What comments of a file declare as global."""
    if b"global" not in data:
        return frozenset()
    names = b",".join(DECLARATION.findall(data)).decode("utf-8", "surrogateescape").split(",")
    return frozenset(name.split(":")[0].strip() for name in names)
