"""Simple patterns of texts (*three letters and four digits*), and texts that match them."""

from __future__ import annotations

import re

PIECE = re.compile(r"\[(?P<kind>0-9|A-Z|a-z|A-Z0-9|A-Za-z)\]\{(?P<times>\d{1,2})\}|(?P<literal>[A-Za-z0-9 /_-])")
ROOM = 3
"""So many digits are enough to tell the records of a test apart."""
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


def numbered(pattern: str) -> str | None:
    """The inside of an f-string that gives another matching text for each ``number``; None without room for it.

    >>> numbered("[A-Z]{2}-[0-9]{4}")
    'AA-{number:04}'
    """
    texts: list[str] = []
    counted = False
    for piece in PIECE.finditer(pattern):
        if not counted and piece["kind"] == "0-9" and int(piece["times"]) >= ROOM:
            texts.append(f"{{number:0{piece['times']}}}")
            counted = True
        else:
            texts.append(text_matching(piece.group(), 0))
    return "".join(texts) if counted else None


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
