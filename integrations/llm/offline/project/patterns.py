"""Simple patterns of texts (*three letters and four digits*), and texts that match them."""

from __future__ import annotations

import re

PIECE = re.compile(r"\[(?P<kind>0-9|A-Z|a-z|A-Z0-9|A-Za-z)\]\{(?P<times>\d{1,2})\}|(?P<literal>[A-Za-z0-9 /_-])")
ALPHABETS = {
    "0-9": "0123456789",
    "A-Z": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "a-z": "abcdefghijklmnopqrstuvwxyz",
    "A-Z0-9": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "A-Za-z": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
}


def is_simple(pattern: str) -> bool:
    """Whether a pattern is a row of ``[0-9]{4}``, ``[A-Z]{3}`` and plain letters, for which texts can be made."""
    return bool(pattern) and PIECE.sub("", pattern) == ""


def text_matching(pattern: str, number: int) -> str:
    """A text that matches a simple pattern; different numbers give different texts while there is room.

    >>> text_matching("[A-Z]{2}-[0-9]{3}", 27)
    'AA-027'
    """
    letters: list[str] = []
    for piece in reversed(list(PIECE.finditer(pattern))):
        if piece["literal"] is not None:
            letters.append(piece["literal"])
            continue
        alphabet = ALPHABETS[piece["kind"]]
        for _ in range(int(piece["times"])):
            number, rest = divmod(number, len(alphabet))
            letters.append(alphabet[rest])
    return "".join(reversed(letters))
