"""The prompts as last reviewed. ``python -m tests.unit.llm.golden_prompts`` writes them anew; read the diff."""

from __future__ import annotations

from pathlib import Path

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
    return written(render(PURPOSES[name], INPUTS[name], attempt=2, schema=SCHEMA))


if __name__ == "__main__":
    for purpose in PURPOSES:
        (FOLDER / f"{purpose}.txt").write_text(present(purpose))
