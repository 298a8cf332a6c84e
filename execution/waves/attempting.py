"""One attempt at one atom: what the model is told, its answer, and whether that may enter the base tree."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace

from execution.drafts.checks import module_of, names_in
from execution.lessons import errors_text
from execution.models import Atom, Run
from execution.services.engine import engine_options_of
from execution.services.pausing import DEFECTS, WorkBroke
from execution.validation.syntax import check_syntax
from execution.waves.contracts import broken_promises
from execution.waves.importing import place_imports
from execution.waves.material import Material
from execution.waves.recommending import Recommendation, changes_between, recommend
from execution.waves.spans import span_shape
from execution.waves.tree import File, current_text
from integrations.llm.errors import AnswerInvalid, AnswerRefused, AnswerTruncated, PromptTooLarge
from integrations.llm.gateway import About, Reply, ask
from integrations.llm.shapes import AtomCode, AtomRetryInputs, Diagnostic
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


def attempt(material: Material, run: Run) -> Answer:
    """Ask the model, unless the atom is only the sound piece of a function whose other piece failed.

    Raises ``DevMatrixError`` when the call failed for reasons outside the atom. Called while its claim stands. What our
    own code breaks on spends the attempt: else the answer would be paid for again with every claim that is lost.
    """
    atom = material.atom
    try:
        answer = _asked(material, run)
        if answer.errors:
            return answer
        return replace(answer, text=place_imports(atom, answer.text, answer.imports))
    except DEFECTS as defect:
        logger.exception("The attempt at %s broke.", atom.label())
        said = f"The attempt broke a part of DevMatrix: {type(defect).__name__}: {defect}"
        finding = Diagnostic(path=atom.path, line=1, layer="answer", code=WorkBroke.code, message=said)
        return Answer(current_text(atom), errors=(finding,))


def _asked(material: Material, run: Run) -> Answer:
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
    except (AnswerInvalid, AnswerRefused, AnswerTruncated, PromptTooLarge) as error:
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
