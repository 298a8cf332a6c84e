"""Names of packages that look like a well-known one: how people are led to install what an attacker uploaded."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

_KNOWN = Path(__file__).with_name("well_known_packages.txt")
_AFFIXES = re.compile(r"^(?:python3?-?|py-?)|(?:-?python3?|-?py3?|-?lib|-?[234])$")
_LOOKALIKES = str.maketrans("01", "ol", "-")
_SHORTEST, _LONG = 5, 9
"""Below so many letters every name is near to some other; from so many on two slips count."""


def normalised_name(name: str) -> str:
    """As registries compare them (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def name_in(requirement: str) -> str:
    """The normalised name in one plain requirement."""
    return normalised_name(re.split(r"[^A-Za-z0-9._-]", requirement.strip(), maxsplit=1)[0])


def suspicious(requirements: Iterable[str], *, trusted: Collection[str] = ()) -> dict[str, str]:
    """The well-known name that each suspicious one looks like; ``trusted`` names are never suspicious."""
    allowed = {normalised_name(name) for name in trusted}
    found = {}
    for name in dict.fromkeys(map(name_in, requirements)):
        like = None if name in allowed else _like(name.removeprefix("types-"))
        if like:
            found[name] = like
    return found


@cache
def well_known() -> frozenset[str]:
    return frozenset(_KNOWN.read_text(encoding="utf-8").split())


@cache
def _like(name: str) -> str | None:
    if name in well_known():
        return None
    for known in sorted(well_known()):
        if name.translate(_LOOKALIKES) == known.translate(_LOOKALIKES) or _is_slip(name, known):
            return known
    bare = _AFFIXES.sub("", name)
    return bare if bare != name and bare in well_known() else None


def _is_slip(name: str, known: str) -> bool:
    """Whether one word of the name, and only one, is a slip of the same word in the other."""
    words, theirs = name.split("-"), known.split("-")
    if len(words) != len(theirs):
        return False
    different = [(word, other) for word, other in zip(words, theirs, strict=True) if word != other]
    if len(different) != 1 or len(different[0][1]) < _SHORTEST:
        return False
    word, other = different[0]
    allowed = 2 if len(other) >= _LONG else 1
    return abs(len(word) - len(other)) <= allowed and distance(word, other) <= allowed


def distance(one: str, other: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        now = [row]
        for column, theirs in enumerate(other, start=1):
            best = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != theirs))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == theirs:
                best = min(best, before[column - 2] + 1)
            now.append(best)
        before, last = last, now
    return last[-1]
