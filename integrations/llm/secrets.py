"""Takes keys and passwords out of texts that are kept: those that we know, and those that look like one."""

from __future__ import annotations

import re
from typing import Final

from common.configuration import configuration

REMOVED: Final = "[secret removed]"
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
    for secret in (settings.anthropic_api_key, *settings.known_secrets):
        if secret:
            text = text.replace(secret, REMOVED)
    return text
