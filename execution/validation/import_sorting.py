"""Import statements put in order, as the lint layer wants them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from execution.validation.results import NotRun

_RULES = Path(__file__).with_name("generated_code.ruff.toml")


def sorted_imports(text: str, *, first_party: Collection[str]) -> str:
    """``text`` with its import blocks sorted and merged; ``first_party`` are the project's own top-level modules.

    The end of the text is kept; a text that does not parse comes back as it is. Raises NotRun when ruff breaks.
    """
    body = text.rstrip("\n")
    own = json.dumps(sorted(first_party))
    options = ["check", "--config", str(_RULES), "--config", f"lint.isort.known-first-party = {own}", "--select", "I"]
    try:
        done = subprocess.run(
            [str(Path(sys.executable).with_name("ruff")), *options, "--fix", "--no-cache", "--quiet", "-"],
            input=f"{body}\n",
            capture_output=True,
            encoding="utf-8",
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotRun(f"ruff could not run: {error}") from error
    if done.returncode not in (0, 1) or not done.stdout.strip():
        raise NotRun(f"ruff could not sort imports: {done.stderr.strip()[-300:]}")
    return done.stdout.rstrip("\n") + text[len(body) :]
