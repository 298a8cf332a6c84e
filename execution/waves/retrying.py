"""The header of a round, for atoms that need a model: claim, ask side by side, judge alone, record.

Never raises for an atom. A message brings several atoms, so that claims, what prompts are made of, and results are a
statement for all of them; their calls run beside each other, as many in a process as `configuration` allows.
"""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import cache

from django.db import Error, connection

from common import claims
from common.actors import SYSTEM, current_trace_id, set_trace_id
from common.changes import change
from common.configuration import configuration
from common.connections import give_connection_back
from common.errors import DevMatrixError
from common.models import PlanEvent
from common.transitions import move_if_possible
from execution.models import Atom, AtomAttempt, AtomRevision, Run
from execution.services.pausing import pause_for_error
from execution.states import AtomStatus
from execution.waves.attempting import Answer, attempt
from execution.waves.claiming import Attempted, Claim, claim_atoms, give_back
from execution.waves.hands import KEPT, Taken, hands
from execution.waves.material import Material, materials_of
from execution.waves.revisions import revision_of

logger = logging.getLogger(__name__)

TOGETHER = 0.1
"""Seconds that a result waits for others of its message: they are stored in one statement."""


def retry_atoms(round_id: uuid.UUID, atom_ids: Sequence[uuid.UUID], *, urgency: int = 0) -> dict[str, int]:
    """One attempt at each of some atoms of a round; answers how many became what, for the log only.

    An atom is claimed when the process has a hand free for it; the lowest ``urgency`` that waits comes first.
    """
    became: Counter[str] = Counter()
    left = list(atom_ids)
    while left:
        give_connection_back()
        with hands().taken(len(left), urgency=urgency) as taken:
            now, left = left[: taken.count], left[taken.count :]
            claim = claim_atoms(round_id=round_id, atom_ids=now)
            became["not ours"] += len(now) - (len(claim.atoms) if claim else 0)
            if claim is not None:
                became += _attempt_all(round_id, claim, taken)
    return dict(+became)


def _attempt_all(round_id: uuid.UUID, claim: Claim, taken: Taken) -> Counter[str]:
    """Raises what nobody expected of an attempt once the others are stored; its atom is free when its claim ends."""
    became: Counter[str] = Counter()
    broken: list[BaseException] = []
    set_trace_id(claim.run.trace_id)
    with claims.holding(Atom, claim.token):
        materials = materials_of(claim.atoms, plan_id=claim.run.plan_id)
        for ended in _side_by_side(materials, claim.run):
            taken.give(len(ended))  # a slow call beside them keeps none but its own
            errors = [error for _, future in ended if (error := future.exception()) is not None]
            broken += [error for error in errors if not isinstance(error, DevMatrixError)]
            try:
                became += _keep(round_id, claim, ended)
            except Error as refused:  # the answers that are still to come may find the database again
                broken.append(refused)
    for error in broken:
        logger.error("An attempt of %s broke.", claim.run, exc_info=error)
    if broken:
        raise broken[0]
    return became


def _keep(round_id: uuid.UUID, claim: Claim, ended: Ended) -> Counter[str]:
    """Store what was answered; what failed for reasons outside its atom goes back, and the run waits."""
    answers = {material.atom: future.result() for material, future in ended if future.exception() is None}
    became = _record(round_id, claim.token, answers)
    for material, future in ended:
        error = future.exception()
        if isinstance(error, DevMatrixError):
            _put_back(material.atom, claim.token)
            pause_for_error(claim.run, error)
            became[error.code] += 1
    return became


# -- calls beside each other -------------------------------------------------------------------------------------------

Ended = list[tuple[Material, Future[Answer]]]


def _side_by_side(materials: Sequence[Material], run: Run) -> Iterator[Ended]:
    """Attempts as they end, those that end at about the same time together. One alone runs in this thread."""
    if len(materials) == 1:
        yield [(materials[0], _done(materials[0], run))]
        return
    started = {_pool().submit(copy_context().run, _attempt_apart, each, run): each for each in materials}
    waiting = set(started)
    while waiting:
        give_connection_back()
        ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        soon, waiting = wait(waiting, timeout=TOGETHER)
        yield [(started[future], future) for future in (*ended, *soon)]


def _done(material: Material, run: Run) -> Future[Answer]:
    future: Future[Answer] = Future()
    try:
        future.set_result(attempt(material, run))
    except DevMatrixError as error:
        future.set_exception(error)
    return future


def _attempt_apart(material: Material, run: Run) -> Answer:
    """In a thread of its own, whose connection goes back to where it came from."""
    try:
        return attempt(material, run)
    finally:
        connection.close()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(configuration().atoms_at_once + KEPT, thread_name_prefix="atom")


# -- what is kept ------------------------------------------------------------------------------------------------------


def _put_back(atom: Atom, token: uuid.UUID) -> None:
    """A call that failed for reasons outside the atom spends no attempt."""
    with change():
        if Atom.objects.filter(pk=atom.pk, claim=token).update(claim=None, claim_expires=None) == 1:
            back = AtomStatus.RETRYING if atom.attempts else AtomStatus.PENDING
            move_if_possible(atom, back, actor=SYSTEM, reason="the call failed")


def _record(round_id: uuid.UUID, token: uuid.UUID, answers: Mapping[Atom, Answer]) -> Counter[str]:
    """Store each attempt once, if the claim still stands; a text that passed alone becomes the current revision."""
    if not answers:
        return Counter()
    attempted = [_attempted(round_id, atom, answer) for atom, answer in answers.items()]
    stored = give_back(token=token, attempted=attempted)
    for atom in answers:
        if atom.pk not in stored:
            logger.warning("A late answer for %s was discarded.", atom.label())
    return Counter("recorded" if atom.pk in stored else "late" for atom in answers)


def _attempted(round_id: uuid.UUID, atom: Atom, answer: Answer) -> Attempted:
    number = atom.attempts + 1
    revision = None if answer.errors else revision_of(atom, answer.text, AtomRevision.Origin.ATTEMPT, "model")
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
    return Attempted(
        AtomAttempt(atom=atom, attempt=number, round_id=round_id, revision=revision, **_columns(answer)),
        revision,
        (_event(atom, "atom_execution_progress", moved), _event(atom, "atom_retry_start", told)),
    )


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
