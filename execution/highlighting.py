"""Code as HTML with classes only (the policy allows no inline style), one string per line, everything escaped. Pure."""

from __future__ import annotations

import html
import re
from functools import cache
from typing import Final

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

MAX_HIGHLIGHTED_CHARS: Final = 200_000
"""Longer text is shown plain: colouring it would take seconds."""

# Characters that make text read otherwise than it runs (CVE-2021-42574): shown by their number.
_DECEIVING = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0b-\x1f\x7f]")


def highlighted_lines(text: str, language: str) -> list[str]:
    """Each line of ``text`` as safe HTML, without its end; plain escaped text for an unknown language."""
    shown = reveal(text.replace("\r\n", "\n"))
    lexer = _lexer(language)
    if lexer is None or len(shown) > MAX_HIGHLIGHTED_CHARS:
        lines = [html.escape(line) for line in shown.split("\n")]
    else:
        lines = highlight(shown, lexer, HtmlFormatter(nowrap=True)).split("\n")
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


def reveal(text: str) -> str:
    """Makes characters visible that could deceive a reader."""
    return _DECEIVING.sub(lambda match: f"\u27e6U+{ord(match[0]):04X}\u27e7", text)


@cache
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
