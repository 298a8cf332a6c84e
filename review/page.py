"""Everything the review page shows of one review, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from pydantic import ValidationError

from execution.confidence import PART_WEIGHTS
from execution.highlighting import highlighted_lines
from execution.models import Atom, ValidationResult
from integrations.llm.shapes import Diagnostic, ReviewAssist
from review import selectors
from review.comparing import DiffLine, difference
from review.models import Review, ReviewDecision
from review.permissions import may_decide, visible_reviews
from review.placing import CodeLine, Finding, finding_of, place
from review.services.assistance import diagnostics_from


@dataclass(frozen=True)
class Part:
    """One part of the confidence: ``value`` 0 to 1, ``weight`` in percent."""

    name: str
    value: float
    weight: int


@dataclass(frozen=True)
class Layer:
    name: str
    outcome: str
    reason: str


@dataclass(frozen=True)
class ReviewPage:
    review: Review
    atom: Atom
    lines: list[CodeLine]
    elsewhere: list[Finding]
    file: selectors.AtomInFile
    file_lines: list[CodeLine]
    parts: list[Part]
    explanation: str
    layers: list[Layer]
    attempts: list[selectors.AttemptShown]
    uses: Sequence[Atom]
    used_by: Sequence[Atom]
    assistant: ReviewAssist | None
    suggested_changes: list[DiffLine]
    editor_text: str
    editor_findings: list[tuple[int, Finding]]
    decisions: Sequence[ReviewDecision]
    next: Review | None
    waiting: int
    held_by_other: bool
    can_decide: bool


def review_page(review: Review, user: User, *, typed_code: str | None = None) -> ReviewPage:
    """``typed_code`` is what the person has just written, so that an error loses nothing of it."""
    atom = review.atom
    file = selectors.file_of(atom)
    code = review.revision.text
    results = _latest_results(atom)
    assistant = _assistant(review)
    lines, elsewhere = place(
        highlighted_lines(code, atom.language),
        [*_validators(atom, results), *_assistant_findings(assistant, file.start_line)],
        start=file.start_line,
    )
    uses, used_by = selectors.neighbours(atom)
    visible = visible_reviews(user)
    return ReviewPage(
        review=review,
        atom=atom,
        lines=lines,
        elsewhere=elsewhere,
        file=file,
        file_lines=_marked(file, atom.language),
        parts=_parts(atom),
        explanation=str(atom.confidence_parts.get("explanation", "")),
        layers=[_layer(result) for result in results],
        attempts=selectors.shown_attempts(atom),
        uses=list(uses),
        used_by=list(used_by),
        assistant=assistant,
        suggested_changes=difference(code, assistant.suggested_code) if assistant and assistant.suggested_code else [],
        editor_text=typed_code if typed_code is not None else review.modified_code or code,
        editor_findings=_editor_findings(review, file.start_line),
        decisions=list(review.decisions.all()),
        next=selectors.next_review(visible, user_id=user.pk, after=review),
        waiting=visible.free(user.pk).count(),
        held_by_other=review.claimed_by_other(user.pk),
        can_decide=may_decide(user) and review.is_open and not review.claimed_by_other(user.pk),
    )


def _latest_results(atom: Atom) -> list[ValidationResult]:
    """What each layer said last of this atom."""
    latest: dict[str, ValidationResult] = {}
    for result in ValidationResult.objects.filter(atom=atom).order_by("created_at"):
        latest[result.layer] = result
    return list(latest.values())


def _validators(atom: Atom, results: Sequence[ValidationResult]) -> list[tuple[int, Finding]]:
    stored = [*atom.feedback, *(item for result in results for item in (*result.errors, *result.warnings))]
    unique = {(d.line, d.code, d.message): d for d in diagnostics_from(stored)}
    return [(diagnostic.line, finding_of(diagnostic)) for diagnostic in unique.values()]


def _assistant(review: Review) -> ReviewAssist | None:
    if review.suggestions is None:
        return None
    try:
        return ReviewAssist.model_validate(review.suggestions)
    except ValidationError:
        return None


def _assistant_findings(assistant: ReviewAssist | None, start: int) -> list[tuple[int, Finding]]:
    """The assistant counts in the file, as it was given the atom's lines in it."""
    issues = assistant.issues if assistant else []
    return [(issue.line, Finding(issue.message, issue.severity, "assistant")) for issue in issues]


def _marked(file: selectors.AtomInFile, language: str) -> list[CodeLine]:
    lines, _ = place(highlighted_lines(file.text, language), [], start=1)
    for line in lines:
        line.marked = file.start_line <= line.number <= file.end_line
    return lines


def _parts(atom: Atom) -> list[Part]:
    stored: dict[str, Any] = atom.confidence_parts.get("parts", atom.confidence_parts)
    return [
        Part(name, float(stored[name]), round(weight * 100))
        for name, weight in PART_WEIGHTS.items()
        if isinstance(stored.get(name), (int, float))
    ]


def _layer(result: ValidationResult) -> Layer:
    outcome = {True: "passed", False: "failed", None: "not run"}[result.passed]
    return Layer(result.layer, outcome, result.reason)


def _editor_findings(review: Review, start: int) -> list[tuple[int, Finding]]:
    """With lines as the editor counts them, from 1; the validators count in the file."""
    found = [Diagnostic.model_validate(item) for item in review.modified_diagnostics]
    return [(max(diagnostic.line - start + 1, 1), finding_of(diagnostic)) for diagnostic in found]
