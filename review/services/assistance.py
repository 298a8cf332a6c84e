"""The assistant: a model reads the atom beside the reviewer. It helps, and never holds a review up."""

from __future__ import annotations

import uuid
from typing import Any

from pydantic import ValidationError

from common.actors import set_trace_id
from common.changes import change
from common.errors import DevMatrixError
from execution.services.engine import engine_options_of
from execution.waves.standing import standing_of
from integrations.llm.gateway import About, ask
from integrations.llm.purposes import REVIEW_ASSIST
from integrations.llm.shapes import AtomSpan, Diagnostic, ReviewAssistInputs
from planning.selectors.plans import project_context_of
from review.models import Review
from review.services.telling import tell


def ask_assistant(*, review_id: uuid.UUID) -> None:
    """Ask about one open review and keep the answer, or a note of why there is none. Not inside a transaction."""
    reviews = Review.objects.open().filter(suggestions__isnull=True)
    review = reviews.select_related("atom", "revision", "plan").filter(pk=review_id).first()
    if review is None:
        return
    set_trace_id(review.plan.trace_id)
    about = About(
        conversation=review.plan.conversation_id,
        plan=review.plan_id,
        task=review.atom.task_id,
        atom=review.atom_id,
        trace_id=review.plan.trace_id,
    )
    try:
        reply = ask(REVIEW_ASSIST, _inputs(review), about=about, options=engine_options_of(review.plan))
    except DevMatrixError as error:
        _keep(review, assistant_note=str(error))
        return
    _keep(review, suggestions=reply.answer.model_dump(), assistant_note="")


def _inputs(review: Review) -> ReviewAssistInputs:
    file = standing_of(review.atom)
    return ReviewAssistInputs(
        atom=AtomSpan(
            path=review.atom.path,
            qualname=review.atom.qualname,
            kind=review.atom.kind,
            start_line=file.start_line,
            end_line=file.end_line,
            text=review.revision.text,
        ),
        file_text=file.text,
        errors=diagnostics_from(review.atom.feedback),
        attempts=review.attempts,
        confidence=float(review.confidence or 0),
        project=project_context_of(review.plan),
    )


def diagnostics_from(stored: list[Any]) -> list[Diagnostic]:
    """Diagnostics as execution stored them; what does not have the shape is left out."""
    found = []
    for item in stored:
        try:
            found.append(Diagnostic.model_validate(item))
        except ValidationError:
            continue
    return found


def _keep(review: Review, **fields: Any) -> None:
    with change():
        if Review.objects.filter(pk=review.pk, suggestions__isnull=True).update(**fields):
            tell("review_updated", Review.objects.get(pk=review.pk))
