"""Makes reviews: by the rule when atoms settle, and when somebody asks. Safe to repeat, from several places at once."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from common.actors import SYSTEM, Actor
from common.changes import change
from common.configuration import configuration
from common.errors import Conflict, InvalidInput, NotFound
from execution.failures import passed_but_held
from execution.models import Atom, AtomRevision
from execution.services.runs import switches_of
from execution.states import AtomStatus
from review import dispatch, rules
from review.models import Review
from review.services.claims import expire_claims
from review.services.staleness import make_obsolete, stale_reviews, void_approvals
from review.services.telling import tell

_PRIORITIES = {"high": Review.Priority.HIGH, "normal": Review.Priority.NORMAL, "low": Review.Priority.LOW}
REVIEWABLE = Q(awaiting_decision=True) | Q(status=AtomStatus.ACCEPTED)
ASSISTANT_IS_LATE = timedelta(minutes=10)


class NotReviewable(Conflict):
    """The atom is neither accepted nor waiting for a decision, or this text of it was reviewed already."""

    code = "not_reviewable"
    title = "There is nothing to review here"


def create_reviews(*, atom_ids: Iterable[uuid.UUID]) -> list[Review]:
    """Put before a person those of the atoms that the rule names; answers the reviews made now.

    What was approved and has changed since is approved no longer: its new text is looked at like any other.
    """
    share = configuration().review_sample_share
    with change():
        for reviews in (stale_reviews(), void_approvals()):
            make_obsolete(reviews.filter(atom__in=list(atom_ids)))
        atoms = _reviewed_atoms(atom_ids).select_related("current")
        reasons = [(atom, rules.why_review(_settled(atom), sample_share=share)) for atom in atoms]
        return _insert([_review(atom, why) for atom, why in reasons if why is not None and atom.current is not None])


def _reviewed_atoms(atom_ids: Iterable[uuid.UUID]) -> QuerySet[Atom]:
    """Those of the atoms that may be put before a person. Where reviews are switched off that is none: scores only."""
    atoms = Atom.objects.filter(REVIEWABLE, pk__in=list(atom_ids))
    plans = atoms.order_by().values_list("plan_id", flat=True).distinct()
    return atoms.exclude(plan__in=[plan for plan in plans if not switches_of(plan).human_review])


def ask_for_review(*, atom_id: uuid.UUID, actor: Actor) -> Review:
    """A review of one atom because a person wants it; the open one if there is one. Raises ``NotReviewable``."""
    atom = Atom.objects.select_related("current").filter(pk=atom_id).first()
    if atom is None:
        raise NotFound("There is no such atom.")
    opened = Review.objects.open().filter(atom=atom).first()
    if opened is not None:
        return opened
    if atom.current is None or not (atom.awaiting_decision or atom.status == AtomStatus.ACCEPTED):
        raise NotReviewable(
            f"{atom.label()} is {atom.status}.", hint="Only accepted atoms and those waiting for a decision can be."
        )
    made = _insert([_review(atom, "asked")], actor=actor)
    if not made:
        raise NotReviewable(f"This text of {atom.label()} was reviewed already.", hint="Read its decided review.")
    return made[0]


def ask_for_lowest(*, plan_id: uuid.UUID, actor: Actor, share: float = rules.LOWEST_SHARE) -> list[Review]:
    """Reviews for the ``share`` (0 to 1) of a plan's accepted atoms with the lowest confidence; those made now."""
    if not 0 < share <= 1:
        raise InvalidInput("The share must be above 0 and at most 1.", hint="0.15 asks for the lowest 15 percent.")
    atoms = Atom.objects.filter(plan=plan_id, status=AtomStatus.ACCEPTED, current__isnull=False)
    wanted = math.ceil(atoms.count() * share)
    lowest = atoms.order_by(F("confidence").asc(nulls_first=True), "number").select_related("current")[:wanted]
    return _insert([_review(atom, "asked") for atom in lowest], actor=actor)


def reconcile_reviews(plan_id: uuid.UUID) -> list[Review]:
    """Make what a lost signal did not, free expired claims, retire what is stale, ask a silent assistant again."""
    expire_claims(plan_id=plan_id)
    for reviews in (stale_reviews(), void_approvals()):
        make_obsolete(reviews.filter(plan=plan_id))
    made = create_reviews(atom_ids=_missed(plan_id))
    _ask_assistant_again(plan_id)
    return made


def _missed(plan_id: uuid.UUID) -> list[uuid.UUID]:
    """Atoms that the rule may name and that have no review of what they are now; one narrow query."""
    reviewed = Review.objects.filter(plan=plan_id, revision=F("atom__current"), attempts=F("atom__attempts")).values(
        "atom"
    )
    share = configuration().review_sample_share
    rows = (
        Atom.objects.filter(REVIEWABLE, plan=plan_id)
        .exclude(pk__in=reviewed)
        .values_list("pk", "key", "awaiting_decision", "confidence")
    )
    return [
        pk
        for pk, key, awaits, confidence in rows
        if awaits
        or (confidence is not None and confidence < rules.DOUBTFUL_BELOW)
        or rules.in_sample(_identity(plan_id, key), share)
    ]


def _identity(plan_id: uuid.UUID, key: str) -> str:
    return f"{plan_id}:{key}"


def _settled(atom: Atom) -> rules.Settled:
    return rules.Settled(
        identity=_identity(atom.plan_id, atom.key),
        awaits_decision=atom.awaiting_decision,
        accepted=atom.status == AtomStatus.ACCEPTED,
        written_by_person=atom.current is not None and atom.current.origin == AtomRevision.Origin.EDIT,
        confidence=None if atom.confidence is None else float(atom.confidence),
        passed=passed_but_held(atom),
    )


def _review(atom: Atom, why: rules.Why) -> Review:
    confidence = None if atom.confidence is None else float(atom.confidence)
    return Review(
        atom=atom,
        revision=atom.current,
        plan_id=atom.plan_id,
        attempts=atom.attempts,
        why=why,
        confidence=atom.confidence,
        level=rules.level_for(confidence),
        priority=_PRIORITIES[rules.priority_of(why, confidence)],
        issue_detected=_issue(atom),
    )


def _issue(atom: Atom) -> str:
    """The first thing that is wrong, for the list."""
    errors = [item for item in atom.feedback if isinstance(item, dict) and item.get("severity", "error") == "error"]
    return str(errors[0].get("message", "")) if errors else ""


def _insert(reviews: Sequence[Review], *, actor: Actor = SYSTEM) -> list[Review]:
    """Insert what the constraints allow; another process may be making the same ones."""
    if not reviews:
        return []
    with change():
        Review.objects.bulk_create(reviews, ignore_conflicts=True, batch_size=500)
        there = set(Review.objects.filter(pk__in=[review.pk for review in reviews]).values_list("pk", flat=True))
        made = [review for review in reviews if review.pk in there]
        Review.objects.filter(pk__in=there).update(assistant_asked_at=timezone.now())
        for review in made:
            tell("review_created", review)
        dispatch.assist_reviews(there)
    return made


def _ask_assistant_again(plan_id: uuid.UUID) -> None:
    late = Review.objects.open().filter(
        plan=plan_id,
        suggestions__isnull=True,
        assistant_note="",
        assistant_asked_at__lt=timezone.now() - ASSISTANT_IS_LATE,
    )
    ids = list(late.values_list("pk", flat=True))
    Review.objects.filter(pk__in=ids).update(assistant_asked_at=timezone.now())
    dispatch.assist_reviews(ids)
