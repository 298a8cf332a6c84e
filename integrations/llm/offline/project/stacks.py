"""The stacks that the engine writes projects for, each behind the same small interface."""

from __future__ import annotations

from integrations.llm.offline.errors import StackNotOffered
from integrations.llm.offline.project.django.stack import DJANGO
from integrations.llm.offline.project.fastapi.stack import FASTAPI
from integrations.llm.offline.project.stack import ProjectStack
from integrations.llm.shapes import Stack

STACKS: dict[Stack, ProjectStack] = {"fastapi": FASTAPI, "django": DJANGO}


def stack_named(name: Stack) -> ProjectStack:
    """The stack of this name; StackNotOffered when the engine has no templates for it."""
    if name not in STACKS:
        raise StackNotOffered(
            f"The offline engine does not write {name} projects yet.",
            hint=f"Choose the stack {' or '.join(STACKS)}, or set ANTHROPIC_API_KEY to write it with a model.",
        )
    return STACKS[name]
