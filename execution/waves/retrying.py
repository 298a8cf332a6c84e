"""The header of a round, for an atom that needs a model: claim, ask, judge alone, record. Never raises for the atom."""

from __future__ import annotations

import difflib
import logging
import time
import uuid
from dataclasses import dataclass, field, replace

from django.db.models import F

from common import claims
from common.actors import SYSTEM, set_trace_id
from common.changes import change, emit
from common.errors import DevMatrixError
from common.transitions import move_if_possible
from execution.drafts.interfaces import interface_of
from execution.lessons import errors_text
from execution.models import Atom, AtomAttempt, AtomDependency, AtomRevision, Round, Run
from execution.services.engine import engine_options_of
from execution.services.pausing import pause_for_error
from execution.services.runs import open_run
from execution.states import AtomStatus, RoundStatus
from execution.validation.syntax import check_syntax
from execution.waves.contracts import broken_promises
from execution.waves.importing import place_imports
from execution.waves.judging import claim_atoms, may_start
from execution.waves.revisions import new_revision
from execution.waves.spans import span_shape
from execution.waves.tree import Tree, base_tree, current_text
from integrations.llm.errors import AnswerInvalid, AnswerRefused, AnswerTruncated
from integrations.llm.gateway import About, Reply, ask
from integrations.llm.shapes import (
    AtomCode,
    AtomRetryInputs,
    Diagnostic,
    PastAttempt,
    ProjectFile,
)
from integrations.memory.recalling import recall
from planning.selectors.plans import project_context_of, task_spec_of

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
    round_ = Round.objects.filter(pk=round_id, status=RoundStatus.OPEN).first()
    run = open_run(round_.plan_id) if round_ else None
    if round_ is None or run is None or not may_start(run):
        return "not now"
    set_trace_id(run.trace_id)
    token = uuid.uuid4()
    if not claim_atoms(round_, [atom_id], token):
        return "not ours"
    atom = Atom.objects.select_related("current", "task", "plan").get(pk=atom_id)
    with claims.holding(Atom, token):
        try:
            answer = _attempt(atom, run)
        except DevMatrixError as error:
            _put_back(atom, token)
            pause_for_error(run, error)
            return error.code
        if not answer.errors:
            answer = replace(answer, text=place_imports(atom, answer.text, answer.imports))
        return "recorded" if _record(round_, atom, token, answer) else "late"


def _attempt(atom: Atom, run: Run) -> Answer:
    """Ask the model, unless the atom is only the sound piece of a function whose other piece failed."""
    errors = [Diagnostic.model_validate(row) for row in atom.feedback]
    if not errors and not atom.hint:
        return Answer(text=current_text(atom), feedback={"kept": "another piece of the same function failed"})
    tree = base_tree(atom.plan_id, path=atom.path)
    started = time.monotonic()
    inputs = retry_inputs(atom, tree, errors, with_feedback=run.uses.retry_feedback)
    feedback: dict[str, object] = {
        "errors": [error.model_dump() for error in inputs.errors],
        "hint": atom.hint,
        "examples": inputs.examples,
        "diff": _diff_between(inputs.history),
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
        errors=tuple(judge_alone(atom, tree, text, errors)),
        reply=reply,
        feedback=feedback,
        seconds=time.monotonic() - started,
    )


def with_same_end(text: str, before: str) -> str:
    """``text`` with the blank lines at its end that ``before`` has: they keep the next atom apart."""
    return text.rstrip() + before[len(before.rstrip()) :] if text.strip() and before.strip() else text


def judge_alone(atom: Atom, tree: Tree, text: str, errors: list[Diagnostic]) -> list[Diagnostic]:
    """Level 1: the file must parse with the new text in place, and what others rely on must be kept."""
    if not text.strip() and current_text(atom).strip():
        return [Diagnostic(path=atom.path, line=1, layer="answer", code="empty", message="The answer is empty.")]
    broken = list(check_syntax(atom.path, tree.with_text(atom, text)))
    if broken:
        return broken
    return broken_promises(
        path=atom.path,
        before=current_text(atom),
        after=text,
        start_line=tree.span_of(atom).start,
        errors=errors,
    )


def retry_inputs(atom: Atom, tree: Tree, errors: list[Diagnostic], *, with_feedback: bool = True) -> AtomRetryInputs:
    """Feedback that grows: errors; on the second attempt examples; on the third the whole history.

    Without feedback it is a plain retry: only the hint of a person is told.
    """
    span = tree.span_of(atom)
    errors = errors if with_feedback else []
    history = [
        PastAttempt(
            attempt=row.attempt, text=row.code, errors=[Diagnostic.model_validate(error) for error in row.errors]
        )
        for row in atom.attempt_rows.all()
    ]
    return AtomRetryInputs(
        project=project_context_of(atom.plan),
        task=task_spec_of(atom.task),
        atom=span_shape(atom, span.start, span.end),
        file_text=tree.files[atom.path],
        interfaces=_interfaces(atom),
        errors=errors,
        test_output="\n".join(error.message for error in errors if error.layer == "tests"),
        history=history if with_feedback and atom.attempts >= 2 else [],
        examples=_examples(atom, errors) if atom.attempts else [],
        hint=atom.hint,
    )


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


def _interfaces(atom: Atom) -> list[ProjectFile]:
    """The files that the atom uses, as others see them."""
    paths = (
        AtomDependency.objects.filter(target=atom, broken=False)
        .exclude(source__path=atom.path)
        .values_list("source__path", flat=True)
        .distinct()[:8]
    )
    tree = base_tree(atom.plan_id)
    return [interface_of(ProjectFile(path=path, text=tree.files[path])) for path in sorted(paths) if path in tree.files]


def _diff_between(history: list[PastAttempt]) -> str:
    if len(history) < 2:
        return ""
    before, after = history[-2], history[-1]
    lines = difflib.unified_diff(
        before.text.splitlines(),
        after.text.splitlines(),
        f"attempt {before.attempt}",
        f"attempt {after.attempt}",
        lineterm="",
    )
    return "\n".join(lines)


def _put_back(atom: Atom, token: uuid.UUID) -> None:
    """A call that failed for reasons outside the atom spends no attempt."""
    with change():
        if Atom.objects.filter(pk=atom.pk, claim=token).update(claim=None, claim_expires=None) == 1:
            back = AtomStatus.RETRYING if atom.attempts else AtomStatus.PENDING
            move_if_possible(atom, back, actor=SYSTEM, reason="the call failed")


def _record(round_: Round, atom: Atom, token: uuid.UUID, answer: Answer) -> bool:
    """Store the attempt once, if the claim still stands; a text that passed alone becomes the current revision."""
    number = atom.attempts + 1
    with change():
        held = Atom.objects.select_for_update(no_key=True).filter(pk=atom.pk, claim=token, status=AtomStatus.RUNNING)
        if held.first() is None:
            logger.warning("A late answer for %s was discarded.", atom.label())
            return False
        revision = None if answer.errors else new_revision(atom, answer.text, AtomRevision.Origin.ATTEMPT, "model")
        fields = {"current_id": revision.pk, "actual_lines": answer.text.count("\n")} if revision else {}
        move_if_possible(
            atom,
            AtomStatus.VALIDATING,
            actor=SYSTEM,
            reason=f"attempt {number}",
            claim=None,
            claim_expires=None,
            attempts=F("attempts") + 1,
            **fields,
        )
        AtomAttempt.objects.create(atom=atom, attempt=number, round=round_, revision=revision, **_columns(answer))
        emit(
            ("plan", atom.plan_id),
            "atom_retry_start",
            {
                "atom_id": str(atom.pk),
                "label": atom.label(),
                "attempt": number,
                "max_attempts": atom.max_attempts,
                "error": answer.errors[0].message if answer.errors else "",
            },
        )
    return True


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
