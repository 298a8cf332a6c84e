"""Line breaking as ruff's formatter does it, for lines that became too long through the names in them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from integrations.llm.offline.project.imports import LINE_LENGTH

OPENING, CLOSING = "([{", ")]}"


def call(head: str, arguments: Sequence[str], tail: str = ")", *, indent: int = 4) -> str:
    """``head`` + arguments + ``tail``, broken when that is too long for a line.

    >>> call("id: int = Field(", ["ge=1"], indent=0)
    'id: int = Field(ge=1)'
    """
    return fold_line(f"{' ' * indent}{head}{', '.join(arguments)}{tail}")


def fold_long_lines(text: str) -> str:
    """Break every line of Python that is too long and has a bracket to break at."""
    lines: list[str] = []
    quoted = False
    for line in text.split("\n"):
        quotes = line.count('"""') % 2 == 1
        lines.append(line if quoted or quotes else fold_line(line))
        quoted = quoted != quotes
    return "\n".join(lines)


def fold_line(line: str) -> str:
    """Break one line at its last outermost bracket pair: the content on a line of its own, else one part a line."""
    if len(line) <= LINE_LENGTH:
        return line
    bracket = _last_pair(line)
    if bracket is None:
        return line
    start, end = bracket
    head, body, tail = line[: start + 1], line[start + 1 : end], line[end:]
    pad = " " * (len(line) - len(line.lstrip()))
    inner = f"{pad}    {body}"
    parts = _split(body)
    if _is_loop(body):
        return _fold_loop(head, body, tail, pad)
    if len(inner) <= LINE_LENGTH:
        alone = len(parts) == 1 and line.lstrip().startswith(("def ", "async def "))
        return f"{head}\n{inner}{',' if alone else ''}\n{pad}{tail}"
    folded = "".join(f"{fold_line(f'{pad}    {part},')}\n" for part in parts)
    return f"{head}\n{folded}{pad}{tail}"


def _fold_loop(head: str, body: str, tail: str, pad: str) -> str:
    inner = f"{pad}    {body}"
    if len(inner) <= LINE_LENGTH:
        return f"{head}\n{inner}\n{pad}{tail}"
    element, loop = re.split(r" (?=for )", body, maxsplit=1)
    return f"{head}\n{pad}    {element}\n{pad}    {loop}\n{pad}{tail}"


def _is_loop(body: str) -> bool:
    return re.search(r"\sfor \w+ in ", body) is not None


def _pairs(line: str) -> list[tuple[int, int]]:
    """The outermost bracket pairs outside strings, in order."""
    found: list[tuple[int, int]] = []
    opened: list[int] = []
    quote = ""
    for place, letter in enumerate(line):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in OPENING:
            opened.append(place)
        elif letter in CLOSING and opened:
            start = opened.pop()
            if not opened:
                found.append((start, place))
    return found


def _last_pair(line: str) -> tuple[int, int] | None:
    """The pair to break at: the last one with content, for a signature the parameters."""
    pairs = [(start, end) for start, end in _pairs(line) if end > start + 1]
    if not pairs:
        return None
    return pairs[0] if line.lstrip().startswith(("def ", "async def ")) else pairs[-1]


def _split(body: str) -> list[str]:
    """``body`` at its outermost commas."""
    inside = _pairs(body)
    parts, begin, quote = [], 0, ""
    for place, letter in enumerate(body):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "," and not any(start < place < end for start, end in inside):
            parts.append(body[begin:place].strip())
            begin = place + 1
    return [part for part in [*parts, body[begin:].strip()] if part]
