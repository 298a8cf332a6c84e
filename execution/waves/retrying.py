"""The header of a round, for an atom that needs a model: claim, ask, judge alone, record. Never raises for the atom."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from common import claims
from common.actors import SYSTEM, current_trace_id, set_trace_id
from common.changes import change
from common.errors import DevMatrixError
from common.models import PlanEvent
from common.transitions import move_if_possible
from execution.drafts.checks import module_of, names_in
from execution.lessons import errors_text
from execution.models import Atom, AtomAttempt, AtomRevision, Run
from execution.services.engine import engine_options_of
from execution.services.pausing import pause_for_error
from execution.states import AtomStatus
from execution.validation.syntax import check_syntax
from execution.waves.claiming import claim_atom, give_back
from execution.waves.contracts import broken_promises
from execution.waves.importing import place_imports
from execution.waves.material import Material, material_of
from execution.waves.recommending import Recommendation, changes_between, recommend
from execution.waves.revisions import revision_of
from execution.waves.spans import span_shape
from execution.waves.tree import File, current_text
from integrations.llm.errors import AnswerInvalid, AnswerRefused, AnswerTruncated
from integrations.llm.gateway import About, Reply, ask
from integrations.llm.shapes import (
    AtomCode,
    AtomRetryInputs,
    Diagnostic,
)
from integrations.memory.recalling import recall

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What came of one attempt: a text that may enter the base tree, or the errors that keep it out."""

    text: str
    imports: tuple[str, ...] = ()
    errors: tuple[Diagnostic, ...] = ()
    reply: Reply[AtomCode] | None = None
    feedback: dict[str, object] = field(default_factory=dict)
    seconds: float = 0.0


def retry_atom(round_id: uuid.UUID, atom_id: uuid.UUID) -> str:
    """One attempt at one atom; answers what became of it, for the log only."""
    claim = claim_atom(round_id=round_id, atom_id=atom_id)
    if claim is None:
        return "not ours"
    run, token = claim.run, claim.token
    set_trace_id(run.trace_id)
    with claims.holding(Atom, token):
        material = material_of(atom_id)
        atom = material.atom
        try:
            answer = _attempt(material, run)
        except DevMatrixError as error:
            _put_back(atom, token)
            pause_for_error(run, error)
            return error.code
        if not answer.errors:
            answer = replace(answer, text=place_imports(atom, answer.text, answer.imports))
        return "recorded" if _record(round_id, atom, token, answer) else "late"


def _attempt(material: Material, run: Run) -> Answer:
    """Ask the model, unless the atom is only the sound piece of a function whose other piece failed."""
    atom, file = material.atom, material.file
    errors = [Diagnostic.model_validate(row) for row in atom.feedback]
    if not errors and not atom.hint:
        return Answer(text=current_text(atom), feedback={"kept": "another piece of the same function failed"})
    started = time.monotonic()
    inputs = retry_inputs(material, errors, with_feedback=run.uses.retry_feedback)
    feedback: dict[str, object] = {
        "errors": [error.model_dump() for error in inputs.errors],
        "hint": atom.hint,
        "examples": inputs.examples,
        "diff": inputs.changes,
        "recommended": inputs.recommended,
    }
    try:
        reply = ask(
            "atom_retry",
            inputs,
            about=About(
                conversation=atom.plan.conversation_id,
                plan=atom.plan_id,
                task=atom.task_id,
                atom=atom.pk,
                trace_id=run.trace_id,
            ),
            attempt=atom.attempts + 1,
            complexity=atom.task.complexity,
            options=engine_options_of(atom.plan),
        )
    except (AnswerInvalid, AnswerRefused, AnswerTruncated) as error:
        finding = Diagnostic(
            path=atom.path, line=inputs.atom.start_line, layer="answer", code=error.code, message=error.detail
        )
        return Answer(current_text(atom), errors=(finding,), feedback=feedback, seconds=time.monotonic() - started)
    text = with_same_end(reply.answer.code, current_text(atom))
    return Answer(
        text=text,
        imports=tuple(reply.answer.imports),
        errors=tuple(judge_alone(atom, file, text, errors)),
        reply=reply,
        feedback=feedback,
        seconds=time.monotonic() - started,
    )


def with_same_end(text: str, before: str) -> str:
    """``text`` with the blank lines at its end that ``before`` has: they keep the next atom apart."""
    return text.rstrip() + before[len(before.rstrip()) :] if text.strip() and before.strip() else text


def judge_alone(atom: Atom, file: File, text: str, errors: list[Diagnostic]) -> list[Diagnostic]:
    """Level 1: the file must parse with the new text in place, and what others rely on must be kept."""
    if not text.strip() and current_text(atom).strip():
        return [Diagnostic(path=atom.path, line=1, layer="answer", code="empty", message="The answer is empty.")]
    broken = list(check_syntax(atom.path, file.with_text(atom, text)))
    if broken:
        return broken
    relied_on = [current_text(atom), *([atom.accepted.text] if atom.accepted else [])]
    start = file.span_of(atom).start
    found = [
        broken_promises(path=atom.path, before=before, after=text, start_line=start, errors=errors)
        for before in relied_on
    ]
    return min(found, key=len)  # what was accepted may come back


def retry_inputs(material: Material, errors: list[Diagnostic], *, with_feedback: bool = True) -> AtomRetryInputs:
    """Feedback that grows: errors; on the second attempt examples; on the third the history with what it changed, a
    recommended change, and why.

    Without feedback it is a plain retry: only the hint of a person is told.
    """
    atom, file = material.atom, material.file
    span = file.span_of(atom)
    errors = errors if with_feedback else []
    last = with_feedback and atom.attempts >= 2
    advice = _advice(material, errors) if last else Recommendation("", "")
    return AtomRetryInputs(
        project=material.project,
        task=material.task,
        atom=span_shape(atom, span.start, span.end),
        file_text=file.text,
        interfaces=material.interfaces,
        errors=errors,
        test_output="\n".join(error.message for error in errors if error.layer == "tests"),
        history=material.history if last else [],
        changes=changes_between(material.history) if last else "",
        recommended=advice.diff,
        why=advice.why,
        examples=_examples(atom, errors) if atom.attempts else [],
        hint=atom.hint,
    )


def _advice(material: Material, errors: list[Diagnostic]) -> Recommendation:
    """From the findings, and the names that the files offer which the atom uses."""
    files = [file for file in material.interfaces if file.path.endswith(".py")]
    offered = {module_of(file.path): names_in(file.text) for file in files}
    start = material.file.span_of(material.atom).start
    return recommend(current_text(material.atom), start_line=start, errors=errors, offered=offered)


def _examples(atom: Atom, errors: list[Diagnostic]) -> list[str]:
    """How such errors were solved before; nothing when memory is down."""
    text = errors_text(error.model_dump() for error in errors)
    if not text:
        return []
    found = recall(
        "failed_tasks",
        text=text,
        purpose="atom_retry",
        used_for=atom.pk,
        plan=atom.plan_id,
        where={"found_by": "errors", "solved": True},
    )
    return [item.lesson for item in found]


def _put_back(atom: Atom, token: uuid.UUID) -> None:
    """A call that failed for reasons outside the atom spends no attempt."""
    with change():
        if Atom.objects.filter(pk=atom.pk, claim=token).update(claim=None, claim_expires=None) == 1:
            back = AtomStatus.RETRYING if atom.attempts else AtomStatus.PENDING
            move_if_possible(atom, back, actor=SYSTEM, reason="the call failed")


def _record(round_id: uuid.UUID, atom: Atom, token: uuid.UUID, answer: Answer) -> bool:
    """Store the attempt once, if the claim still stands; a text that passed alone becomes the current revision."""
    number = atom.attempts + 1
    revision = None if answer.errors else revision_of(atom, answer.text, AtomRevision.Origin.ATTEMPT, "model")
    attempt = AtomAttempt(atom=atom, attempt=number, round_id=round_id, revision=revision, **_columns(answer))
    told = {
        "atom_id": str(atom.pk),
        "label": atom.label(),
        "attempt": number,
        "max_attempts": atom.max_attempts,
        "error": answer.errors[0].message if answer.errors else "",
    }
    moved = {
        "item": str(atom.pk),
        "label": atom.label(),
        "from": AtomStatus.RUNNING,
        "to": AtomStatus.VALIDATING,
        "status": AtomStatus.VALIDATING,
        "reason": f"attempt {number}",
        **atom.event_data(),
    }
    events = [_event(atom, "atom_execution_progress", moved), _event(atom, "atom_retry_start", told)]
    if not give_back(atom=atom, token=token, attempt=attempt, revision=revision, events=events):
        logger.warning("A late answer for %s was discarded.", atom.label())
        return False
    return True


def _event(atom: Atom, kind: str, data: Mapping[str, object]) -> PlanEvent:
    return PlanEvent(
        stream_id=atom.plan_id, masterplan_id=atom.plan_id, type=kind, data=data, trace_id=current_trace_id()
    )


def _columns(answer: Answer) -> dict[str, object]:
    columns: dict[str, object] = {
        "code": answer.text,
        "feedback": answer.feedback,
        "seconds": answer.seconds,
        "errors": [error.model_dump() for error in answer.errors],
        "success": False if answer.errors else None,
    }
    if answer.reply is not None:
        columns |= {
            "model": answer.reply.model,
            "tokens_in": answer.reply.tokens.input,
            "tokens_out": answer.reply.tokens.output,
            "tokens_cached": answer.reply.tokens.cache_read,
            "cost": answer.reply.cost,
            "temperature": answer.reply.temperature,
            "effort": answer.reply.effort or "",
        }
    return columns
