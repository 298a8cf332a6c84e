"""Checks the texts that people send, before anything is stored. Pure."""

from __future__ import annotations

import unicodedata

from common.errors import InvalidInput, TooLarge
from planning.errors import RequestNotUsable

MAX_ANSWER_CHARS = 4_000
_ALLOWED_CONTROLS = frozenset("\n\r\t")


def clean_request(text: str, *, max_chars: int) -> str:
    """The request without outer blanks. Raises ``TooLarge``, ``InvalidInput``, ``RequestNotUsable``."""
    cleaned = clean_text(text, name="The request", max_chars=max_chars)
    if not any(unicodedata.category(letter)[0] in "LN" for letter in cleaned):
        raise RequestNotUsable(
            "The request has no words." if cleaned else "The request is empty.",
            hint="Say in a sentence what to build, for example: Create a REST API for tasks with users and comments.",
        )
    return cleaned


def clean_text(text: str, *, name: str, max_chars: int) -> str:
    """``text`` without outer blanks, when it is short enough and has no control characters but line ends and tabs."""
    if len(text) > max_chars:
        raise TooLarge(
            f"{name} has {len(text)} characters; at most {max_chars} are read.",
            hint="Shorten it to what matters; details can be given as answers later.",
            limit=max_chars,
            length=len(text),
        )
    for position, letter in enumerate(text):
        if letter in _ALLOWED_CONTROLS:
            continue
        if unicodedata.category(letter) in {"Cc", "Cs"}:
            raise InvalidInput(
                f"{name} has a control character (U+{ord(letter):04X}) at position {position + 1}.",
                hint="Send plain text.",
            )
    return text.strip()
