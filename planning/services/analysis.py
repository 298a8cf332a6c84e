"""What was understood of a request, and the questions that are open."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone

from common.actors import Actor
from common.changes import change, emit
from common.transitions import transition
from integrations.llm.shapes import DiscoveryQuestions, DiscoveryQuestionsInputs
from planning.models import DiscoveryDocument, DiscoveryQuestion
from planning.services.asking import ask_for, spending_fields
from planning.services.claims import claimed
from planning.services.discovery import discovery_with
from planning.services.estimates import estimates_of
from planning.services.patterns import patterns_of
from planning.states import DiscoveryStatus

S = DiscoveryStatus


def analyse_request(discovery_id: uuid.UUID) -> DiscoveryDocument:
    """Say what was understood and which questions are open. A second call changes nothing.

    Raises ``NotFound``, ``StepNotPossible``, ``StepUnderWay``, and the gateway's errors, which are kept on the row.
    """
    discovery = discovery_with(discovery_id)
    if discovery.analysed_at is not None:
        return discovery
    with claimed(discovery_id, status=S.IN_PROGRESS, analysed_at=None) as claim:
        estimates = estimates_of("discovery_questions", "domain_model")
        emit(discovery.event_stream(), "discovery_generation_start", {"discovery_id": str(discovery_id), **estimates})
        reply = ask_for(
            discovery,
            "discovery_questions",
            DiscoveryQuestionsInputs(
                request=discovery.original_request, patterns=patterns_of(discovery, "discovery_questions")
            ),
            event_type="discovery_tokens_progress",
        )
        answer: DiscoveryQuestions = reply.answer
        with change():
            held = claim.held()
            _ask_questions(held, answer)
            values: dict[str, Any] = {
                "understood": answer.understood,
                "not_understood": answer.not_understood,
                "language": answer.language,
                "analysed_at": timezone.now(),
                "claim": None,
                "claim_expires": None,
                **spending_fields(reply),
            }
            if answer.questions:
                transition(held, S.AWAITING_ANSWERS, actor=Actor("llm", reply.model, reply.model), **values)
            else:
                DiscoveryDocument.objects.filter(pk=held.pk).update(**values)
    return discovery_with(discovery_id)


def _ask_questions(discovery: DiscoveryDocument, answer: DiscoveryQuestions) -> None:
    keys = [question.id for question in answer.questions]
    rows = [
        DiscoveryQuestion(
            discovery=discovery,
            key=question.id if keys.count(question.id) == 1 else f"{question.id[:55]}_{position}",
            position=position,
            category=question.category,
            question=question.question,
            why=question.why,
            examples=question.examples,
            options=question.options,
            default=question.default,
        )
        for position, question in enumerate(answer.questions, start=1)
    ]
    DiscoveryQuestion.objects.bulk_create(rows)
    if rows:
        asked = [
            {
                "id": row.key,
                "category": row.category,
                "question": row.question,
                "why": row.why,
                "examples": row.examples,
                "options": row.options,
                "default": row.default,
            }
            for row in rows
        ]
        emit(discovery.event_stream(), "discovery_question", {"discovery_id": str(discovery.pk), "questions": asked})
