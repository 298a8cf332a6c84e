"""Which stack a project is made with, when nobody has named it outright. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import get_args

from integrations.llm.shapes import AnsweredQuestion, Stack

STACKS: tuple[Stack, ...] = get_args(Stack)
DEFAULT: Stack = "fastapi"
_NAMES: dict[Stack, re.Pattern[str]] = {
    "fastapi": re.compile(r"\bfast\s?api\b", re.IGNORECASE),
    "django": re.compile(r"\b(django|drf)\b", re.IGNORECASE),
}


def named_stack(*, asked: str, request: str, answers: Iterable[AnsweredQuestion]) -> Stack | None:
    """The stack asked for, else the one that the answers or the request name first; ``None`` when nobody named one."""
    for stack in STACKS:
        if asked == stack:
            return stack
    for text in [*(answer.answer for answer in answers), request]:
        found = [(match.start(), stack) for stack, name in _NAMES.items() if (match := name.search(text))]
        if found:
            return min(found)[1]
    return None


def stack_of(*, asked: str, request: str, answers: Iterable[AnsweredQuestion], recommended: str = "") -> Stack:
    """The stack that was named, else the one that memory recommends, else FastAPI."""
    known = next((stack for stack in STACKS if stack == recommended), DEFAULT)
    return named_stack(asked=asked, request=request, answers=answers) or known
