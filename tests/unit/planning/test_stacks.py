from __future__ import annotations

import pytest

from integrations.llm.shapes import AnsweredQuestion
from planning.stacks import stack_of


def answer(text: str) -> AnsweredQuestion:
    return AnsweredQuestion(id="stack", category="integrations", question="Which stack?", answer=text)


@pytest.mark.parametrize(
    ("asked", "request_text", "answers", "stack"),
    [
        ("", "An API for tasks", [], "fastapi"),
        ("django", "An API with FastAPI", [], "django"),
        ("", "Una API con Django y tareas", [], "django"),
        ("", "An API in DRF", [], "django"),
        ("", "FastAPI, not Django", [], "fastapi"),
        ("", "Django, not FastAPI", [], "django"),
        ("", "An API with Fast API", [answer("Django please")], "django"),
        ("", "An API in Django", [answer("small")], "django"),
        ("", "djangology and fastapis", [], "fastapi"),
    ],
)
def test_the_stack_is_the_asked_then_the_answered_then_the_named_one(
    asked: str, request_text: str, answers: list[AnsweredQuestion], stack: str
) -> None:
    assert stack_of(asked=asked, request=request_text, answers=answers) == stack
