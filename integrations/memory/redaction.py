"""What is not to be remembered: secrets, and more text than anybody reads. Pure."""

from __future__ import annotations

import re
from typing import Any, Final

MAX_TEXT: Final = 4_000
"""Characters that a document is found by."""
MAX_LESSON: Final = 6_000
"""Characters that a prompt is given of one document."""
MAX_METADATA: Final = 4_000
HIDDEN: Final = "[removed]"
CUT: Final = "\n[...]"

_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_TOKENS = re.compile(
    r"\b(?:sk-[\w-]{16,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}"
    r"|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,}|hf_\w{20,})"
)
_IN_URL = re.compile(r"(?<=://)[^\s/:@]+:[^\s/@]+(?=@)")
_IN_HEADER = re.compile(r"(?i)\b(?:bearer|basic)\s+[\w+/=.~-]{12,}")
# A value given outright; `password: str` and `password = get(...)` are code, and stay.
_ASSIGNED = re.compile(
    r"""(?ix)
    \b([\w-]*(?:password|passwd|contrasena|contraseña|secret|api[_-]?key|access[_-]?key|token|clave)\b["']?
       \s*(?:[:=]|\bis\b|\bes\b)\s*)
    (?: (["'])(?!\2)[^"'\n]{4,}\2
      | (?=[^\s"',;)]*\d)[\w!@\#$%^&*+/.~-]{8,}(?![\w(\[.]) )
    """
)


def without_secrets(text: str) -> str:
    """``text`` with keys, tokens, passwords and credentials in addresses taken out."""
    text = _PRIVATE_KEY.sub(HIDDEN, text.replace("\x00", ""))
    text = _TOKENS.sub(HIDDEN, text)
    text = _IN_URL.sub(HIDDEN, text)
    text = _IN_HEADER.sub(HIDDEN, text)
    return _ASSIGNED.sub(rf"\1{HIDDEN}", text)


def fit(text: str, *, limit: int) -> str:
    """``text`` without secrets, cut where it is longer than ``limit`` characters."""
    clean = without_secrets(text[: 2 * limit]).strip()
    return clean if len(clean) <= limit else clean[: limit - len(CUT)] + CUT


def clean_metadata(values: Any) -> Any:
    """JSON values without secrets, long texts cut."""
    if isinstance(values, str):
        return fit(values, limit=MAX_METADATA // 4)
    if isinstance(values, dict):
        return {str(name)[:60]: clean_metadata(value) for name, value in list(values.items())[:40]}
    if isinstance(values, list):
        return [clean_metadata(value) for value in values[:100]]
    return values
