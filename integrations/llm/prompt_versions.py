"""Which text a prompt was made from: the version in its file's head, and a digest of the file with all it includes."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Final

PROMPTS_DIR: Final = Path(__file__).parent / "prompts"
_HEAD = re.compile(r"\{#-? version (\d+): .+? -?#\}\n")
_INCLUDED = re.compile(r'\{%-? include "([^"]+)" -?%\}')


@cache
def prompt_version(template: str) -> str:
    """``3-1f0c9a2b``: the ledger keeps it with each call. Raises ``ValueError`` for a file without a head."""
    head = _HEAD.match((PROMPTS_DIR / template).read_text(encoding="utf-8"))
    if head is None:
        raise ValueError(f"{template} does not begin with {{# version N: what changed #}}")
    text = "".join(_sources(template))
    return f"{head[1]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _sources(template: str) -> list[str]:
    text = (PROMPTS_DIR / template).read_text(encoding="utf-8")
    return [text, *(source for name in _INCLUDED.findall(text) for source in _sources(name))]
