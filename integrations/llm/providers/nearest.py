"""Says how a question that is not in a recording differs from the nearest one that is."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from integrations.llm.errors import RecordingDamaged
from integrations.llm.recordings import files_of, purpose_of, read
from integrations.llm.secrets import without_secrets

SHOWN = 80
"""Characters of each side that are shown where they differ."""


@dataclass(frozen=True)
class _Near:
    path: Path
    text: str
    alike: int


def describe_nearest(folder: Path, purpose: str, texts: list[str]) -> str:
    """One or two sentences; nothing in them is a secret."""
    files = list(files_of(folder))
    if not files:
        return "There is no recorded call in that folder." if folder.is_dir() else "There is no such folder."
    asked = without_secrets("\n".join(texts))
    near = _nearest([path for path in files if purpose_of(path) == purpose], asked)
    if near is None:
        counts = sorted(Counter(map(purpose_of, files)).items())
        return "It has calls of " + ", ".join(f"{name} ({number})" for name, number in counts) + "."
    start = _alike(near.text, asked)
    if start == len(asked) == len(near.text):
        return f"The nearest one, {near.path.name}, differs in nothing but a secret that was taken out of it."
    line = asked.count("\n", 0, start) + 1
    return (
        f"The nearest one is {near.path.name}; the first difference is in line {line}: "
        f"recorded {_piece(near.text, start)}, asked {_piece(asked, start)}."
    )


def _nearest(paths: list[Path], asked: str) -> _Near | None:
    """The one with the longest beginning and end in common."""
    found: list[_Near] = []
    for path in paths:
        try:
            text = "\n".join(block.text for block in read(path).prompt)
        except RecordingDamaged:
            continue
        start = _alike(text, asked)
        end = _alike(text[start:][::-1], asked[start:][::-1])
        found.append(_Near(path, text, 2 * (start + end) - len(text)))
    return max(found, key=lambda near: near.alike, default=None)


def _alike(one: str, two: str) -> int:
    """How many characters both begin with."""
    return len(os.path.commonprefix([one, two]))  # noqa: RUF071 - characters are what is compared


def _piece(text: str, start: int) -> str:
    """From the beginning of the word that differs."""
    begin = max(text.rfind(" ", max(0, start - 30), start), text.rfind("\n", max(0, start - 30), start)) + 1
    piece = text[begin or start : (begin or start) + SHOWN]
    return repr(piece) if piece else "its end"
