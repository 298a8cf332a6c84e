"""Answers to the questions of a discovery: by a person, or by default."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from common.actors import SYSTEM, Actor
from common.changes import change
from common.errors import InvalidInput
from common.transitions import transition
from planning import dispatch
from planning.models import DiscoveryDocument, DiscoveryQuestion
from planning.services.discovery import locked_discovery, remember_discovery, require_status
from planning.states import DiscoveryStatus
from planning.steps import Step
from planning.texts import MAX_ANSWER_CHARS, clean_text

S = DiscoveryStatus


def answer_questions(
    *, discovery_id: uuid.UUID, answers: Mapping[str, str], actor: Actor, dispatched: bool = True
) -> DiscoveryDocument:
    """Store answers by question key; when none is open any more, a worker models the domain.

    Raises ``NotFound``, ``InvalidInput``, ``StepNotPossible``. An answer may be given again while others are open.
    """
    cleaned = {key: _clean_answer(key, answer) for key, answer in answers.items()}
    if not cleaned:
        raise InvalidInput("There is no answer.", hint="Send answers as an object of question ids and texts.")
    with change():
        discovery = locked_discovery(discovery_id)
        require_status(discovery, S.AWAITING_ANSWERS, "answered")
        questions = {question.key: question for question in discovery.questions.all()}
        if unknown := sorted(set(cleaned) - set(questions)):
            raise InvalidInput(
                f"There is no question {unknown[0][:60]!r}.", hint="Questions: " + ", ".join(questions) + "."
            )
        for key, answer in cleaned.items():
            questions[key].answer = answer
            questions[key].answered_by = "user"
        _store_answers([questions[key] for key in cleaned])
        remember_discovery(discovery, "questions_answered", actor, after=cleaned)
        if all(question.answer for question in questions.values()):
            transition(discovery, S.IN_PROGRESS, actor=actor)
            if dispatched:
                dispatch.discovery_step(discovery.pk, Step.MODEL)
    return discovery


def answer_by_defaults(
    *, discovery_id: uuid.UUID, actor: Actor = SYSTEM, dispatched: bool = False
) -> DiscoveryDocument:
    """Take the default answer for every question still open. Raises ``NotFound``, ``StepNotPossible``."""
    with change():
        discovery = locked_discovery(discovery_id)
        require_status(discovery, S.AWAITING_ANSWERS, "answered")
        still_open = [question for question in discovery.questions.all() if not question.answer]
        for question in still_open:
            question.answer, question.answered_by = question.default or "-", "default"
        _store_answers(still_open)
        taken = {question.key: question.answer for question in still_open}
        remember_discovery(discovery, "questions_answered", actor, after=taken, reason="defaults")
        transition(discovery, S.IN_PROGRESS, actor=actor)
        if dispatched:
            dispatch.discovery_step(discovery.pk, Step.MODEL)
    return discovery


def _clean_answer(key: str, answer: str) -> str:
    cleaned = clean_text(answer, name=f"The answer to {key[:60]}", max_chars=MAX_ANSWER_CHARS)
    if not cleaned:
        raise InvalidInput(f"The answer to {key[:60]} is empty.", hint="Leave the question out to answer it later.")
    return cleaned


def _store_answers(questions: list[DiscoveryQuestion]) -> None:
    DiscoveryQuestion.objects.bulk_update(questions, ["answer", "answered_by"])
