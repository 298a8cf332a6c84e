"""The prompts as last reviewed. ``python -m tests.unit.llm.golden_prompts`` writes them anew; read the diff."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from integrations.llm.prompt_versions import prompt_version
from integrations.llm.prompting import Prompt, render
from integrations.llm.purposes import PURPOSES
from tests.unit.llm.prompt_inputs import INPUTS, SCHEMA

FOLDER = Path(__file__).parent / "golden"


def written(prompt: Prompt) -> str:
    """A prompt as people read it, with its blocks and what of it is cached."""
    parts = [("system", block) for block in prompt.system]
    parts += [(turn.role, block) for turn in prompt.turns for block in turn.blocks]
    return "\n".join(f"=== {role}{' (cached)' if block.cached else ''} ===\n{block.text}\n" for role, block in parts)


def present(name: str) -> str:
    prompt = written(render(PURPOSES[name], INPUTS[name], attempt=2, schema=SCHEMA))
    return f"version {prompt_version(PURPOSES[name].template)}\n{prompt}"


def is_renamed(before: str, after: str) -> bool:
    """Whether a prompt file that changed has a new number in its head, so that the ledger can be read by people."""
    (number, text), (new_number, new_text) = (head.split()[1].split("-") for head in (before, after))
    return text == new_text or number != new_number


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "devmatrix_project.settings")
    for purpose in PURPOSES:
        golden, made = FOLDER / f"{purpose}.txt", present(purpose)
        if golden.is_file() and golden.read_text().startswith("version") and not is_renamed(golden.read_text(), made):
            sys.exit(f"{purpose}.j2, or what it includes, has changed: give it the next number in its first line.")
        golden.write_text(made)
