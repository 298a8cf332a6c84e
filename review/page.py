"""Everything the review page shows of one review, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from pydantic import ValidationError

from execution.highlighting import highlighted_lines
from execution.models import Atom, ValidationResult
from execution.waves.standing import AtomInFile, standing_of
from integrations.llm.shapes import Diagnostic, ReviewAssist
from review import selectors
from review.confidence_words import Part, parts_in_words
from review.models import Review, ReviewDecision
from review.permissions import may_decide, visible_reviews
from review.placing import CodeLine, Finding, finding_of, place
from review.services.assistance import diagnostics_from
from review.services.staleness import is_stale
from review.side_by_side import Row, side_by_side
from review.states import ReviewStatus

MOST_NEIGHBOURS = 12
"""Neighbours shown with their code; of the others the names."""


@dataclass(frozen=True)
class Layer:
    name: str
    outcome: str
    reason: str


@dataclass(frozen=True)
class Comparison:
    """Two attempts beside each other; ``left`` and ``right`` are their numbers."""

    left: int
    right: int
    rows: list[Row]


@dataclass(frozen=True)
class Neighbour:
    """An atom that is used by the one under review, or uses it."""

    atom: Atom
    lines: list[CodeLine]


@dataclass(frozen=True)
class ReviewPage:
    review: Review
    atom: Atom
    lines: list[CodeLine]
    elsewhere: list[Finding]
    file: AtomInFile
    file_lines: list[CodeLine]
    parts: list[Part]
    explanation: str
    layers: list[Layer]
    attempts: list[selectors.AttemptShown]
    comparison: Comparison | None
    uses: list[Neighbour]
    used_by: list[Neighbour]
    assistant: ReviewAssist | None
    suggested_changes: list[Row]
    editor_text: str
    editor_findings: list[tuple[int, Finding]]
    decisions: Sequence[ReviewDecision]
    waiting: int
    held_by_other: bool
    can_decide: bool
    void: bool
    """Approved, and the code has changed since: the approval says nothing of what is there now."""

    @property
    def context(self) -> list[tuple[str, list[Neighbour]]]:
        return [("Uses", self.uses), ("Used by", self.used_by)]


def review_page(
    review: Review,
    user: User,
    *,
    typed_code: str | None = None,
    compared: tuple[int | None, int | None] = (None, None),
) -> ReviewPage:
    """``typed_code`` is what the person has just written, so that an error loses nothing of it.

    ``compared`` are the numbers of the attempts to set beside each other; the last two when none are given.
    """
    atom = review.atom
    file = standing_of(atom)
    code = review.revision.text
    results = _latest_results(atom)
    assistant = _assistant(review)
    attempts = selectors.shown_attempts(atom)
    lines, elsewhere = place(
        highlighted_lines(code, atom.language),
        [*_validators(atom, results), *_assistant_findings(assistant, file.start_line)],
        start=file.start_line,
    )
    uses, used_by = selectors.neighbours(atom)
    return ReviewPage(
        review=review,
        atom=atom,
        lines=lines,
        elsewhere=elsewhere,
        file=file,
        file_lines=_marked(file, atom.language),
        parts=parts_in_words(atom),
        explanation=str(atom.confidence_parts.get("explanation", "")),
        layers=[_layer(result) for result in results],
        attempts=attempts,
        comparison=_compare(attempts, file.start_line, *compared),
        uses=_neighbours(uses),
        used_by=_neighbours(used_by),
        assistant=assistant,
        suggested_changes=side_by_side(code, assistant.suggested_code, first_line=file.start_line)
        if assistant and assistant.suggested_code
        else [],
        editor_text=typed_code if typed_code is not None else review.modified_code or code,
        editor_findings=_editor_findings(review, file.start_line),
        decisions=list(review.decisions.all()),
        waiting=visible_reviews(user).free(user.pk).count(),
        held_by_other=review.claimed_by_other(user.pk),
        can_decide=may_decide(user) and review.is_open and not review.claimed_by_other(user.pk),
        void=review.status == ReviewStatus.APPROVED and is_stale(review, atom),
    )


def _compare(
    attempts: Sequence[selectors.AttemptShown], first_line: int, left: int | None, right: int | None
) -> Comparison | None:
    """Two of the attempts; none when there are not two."""
    code = {attempt.attempt: attempt.code for attempt in attempts}
    if len(code) < 2:
        return None
    *_, before, last = sorted(code)
    right = right if right in code else last
    left = left if left in code and left != right else (before if right == last else min(code))
    if left == right:
        left = last
    return Comparison(left, right, side_by_side(code[left], code[right], first_line=first_line))


def _neighbours(atoms: Iterable[Atom]) -> list[Neighbour]:
    shown = []
    for number, atom in enumerate(atoms):
        text = atom.current.text if atom.current is not None and number < MOST_NEIGHBOURS else ""
        lines, _ = place(highlighted_lines(text, atom.language) if text else [], [], start=1)
        shown.append(Neighbour(atom, lines))
    return shown


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


def _marked(file: AtomInFile, language: str) -> list[CodeLine]:
    lines, _ = place(highlighted_lines(file.text, language), [], start=1)
    for line in lines:
        line.marked = file.start_line <= line.number <= file.end_line
    return lines


def _layer(result: ValidationResult) -> Layer:
    outcome = {True: "passed", False: "failed", None: "not run"}[result.passed]
    return Layer(result.layer, outcome, result.reason)


def _editor_findings(review: Review, start: int) -> list[tuple[int, Finding]]:
    """With lines as the editor counts them, from 1; the validators count in the file."""
    found = [Diagnostic.model_validate(item) for item in review.modified_diagnostics]
    return [(max(diagnostic.line - start + 1, 1), finding_of(diagnostic)) for diagnostic in found]
