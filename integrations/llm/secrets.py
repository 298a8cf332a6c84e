"""Takes keys and passwords out of texts that are kept: those that we know, and those that look like one."""

from __future__ import annotations

import re
from typing import Final

from common.configuration import configuration

REMOVED: Final = "[secret removed]"
SHORTEST_SECRET: Final = 8
"""Characters of one with a digit; without one it has twice as many, or cannot be told from a word."""
_LOOKS_LIKE_ONE: Final = re.compile(
    r"""
    \bsk-[\w-]{16,}                                                     # Anthropic, OpenAI, Stripe and others
    | \bgh[pousr]_\w{20,} | \bgithub_pat_\w{20,} | \bglpat-[\w-]{16,}   # GitHub, GitLab
    | \b(?:AKIA|ASIA)[0-9A-Z]{16}\b                                     # AWS
    | \bxox[abeoprs]-[\w-]{10,}                                         # Slack
    | \bAIza[\w-]{30,}                                                  # Google
    | \beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]+                               # JSON web tokens
    | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*?(?:-----END\ [A-Z ]*PRIVATE\ KEY-----|\Z)
    | (?<=://)[^\s/:@"']+:[^\s/@"']+(?=@)                               # user:password@ in an address
    | (?<=Bearer\ )[\w.~+/-]{16,}=*
    """,
    re.VERBOSE | re.DOTALL,
)


def without_secrets(text: str) -> str:
    """``text`` with every secret of the environment, and everything that looks like a key, replaced."""
    return _LOOKS_LIKE_ONE.sub(REMOVED, without_known_secrets(text))


def without_known_secrets(text: str) -> str:
    """``text`` with every secret of the environment replaced; what only looks like one may be an example, and stays."""
    settings = configuration()
    for secret in filter(is_no_word, (settings.anthropic_api_key, *settings.known_secrets)):
        text = text.replace(secret, REMOVED)
    return text


def is_no_word(value: str) -> bool:
    """A password such as ``postgres``, or the key ``any`` of a local server, is a word of many texts."""
    return len(value) >= 16 or (len(value) >= SHORTEST_SECRET and any(sign.isdigit() for sign in value))
