"""The only place that sends work to the queues: after commit, ids only.

Tasks are named, not imported: tasks call services, services dispatch, and neither needs to know the other's module.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from itertools import groupby

from celery import Signature, chord, current_app
from django.db.models.functions import Now

from common.actors import current_trace_id
from common.configuration import configuration
from common.messages import after_commit
from execution.models import Atom, Round

TASKS = "execution.tasks"
URGENCIES = 10
"""Levels of a queue, the most urgent is taken first (Redis; another broker takes messages as they come)."""
LEAST_URGENT = URGENCIES - 1
AT_ONCE_URGENT = 8
MOST_TOGETHER = 16
"""Atoms in a message to ``llm``; a message costs as much as the claim and the result of an atom."""


def advance_run(run_id: uuid.UUID) -> None:
    _send("advance_run", run_id, current_trace_id())


def draft_task(run_id: uuid.UUID, task_id: uuid.UUID) -> None:
    _send("draft_task", run_id, task_id)


def perform_stage(run_id: uuid.UUID, stage: str) -> None:
    _send("perform_stage", run_id, stage)


def close_round(round_id: uuid.UUID) -> None:
    _send("close_round", round_id)


def analyse_failure(atom_id: uuid.UUID) -> None:
    _send("analyse_failure", atom_id)


def apply_choices(plan_id: uuid.UUID) -> None:
    _send("apply_choices", plan_id)


def write_acceptance(plan_id: uuid.UUID) -> None:
    """If the message is lost, the end of the plan writes them."""
    _send("write_acceptance", plan_id)


def run_acceptance(plan_id: uuid.UUID, wave_id: uuid.UUID | None) -> None:
    _send("run_acceptance", plan_id, str(wave_id or ""))


def validate_level(plan_id: uuid.UUID, level: str, item_id: uuid.UUID) -> None:
    _send("validate_level", plan_id, level, item_id)


def learn(plan_id: uuid.UUID) -> None:
    _send("learn", plan_id)


def analyse_modification(proposal_id: uuid.UUID) -> None:
    _send("analyse_modification", proposal_id)


def send_notice(event_id: int) -> None:
    """If the message is lost, the notice is; what waits stays on the page."""
    after_commit(lambda: current_app.send_task(f"{TASKS}.send_notice", args=[event_id]))


def learn_modification(proposal_id: uuid.UUID) -> None:
    """If the message is lost, the end of the plan teaches it."""
    _send("learn_modification", proposal_id)


def run_round(round_: Round, atoms: Sequence[Atom]) -> None:
    """Fan the open atoms of a round out as one chord; its callback (or errback) asks for the round to be closed.

    Texts that stand are judged in batches on ``cpu``; atoms that need a model go to ``llm``, as many in a message as
    are equally urgent. ``atoms`` come critical path first, and what comes first is the most urgent: the broker gives
    it out first, and of the messages that a worker holds it is the first to get hands.
    """
    drafts = [str(atom.pk) for atom in atoms if not atom.feedback and not atom.hint]
    others = [str(atom.pk) for atom in atoms if atom.feedback or atom.hint]
    size = configuration().atom_batch_size
    header = [
        _signature("judge_drafts", round_.pk, drafts[start : start + size], urgency=urgency_at(start))
        for start in range(0, len(drafts), size)
    ]
    header += [
        _signature("retry_atoms", round_.pk, together, urgency, urgency=urgency)
        for urgency, together in _equally_urgent(others)
    ]
    for call in header:
        call.options["ignore_result"] = False  # a chord counts results
    Round.objects.filter(pk=round_.pk).update(dispatched_at=Now(), dispatches=round_.dispatches + 1)
    body = _signature("close_round", round_.pk)
    body.on_error(_signature("close_round", round_.pk))
    if header:
        after_commit(lambda: chord(header)(body))
    else:
        after_commit(body.apply_async)


def _equally_urgent(atom_ids: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    for urgency, slice_ in groupby(range(len(atom_ids)), key=urgency_at):
        places = list(slice_)
        for first in places[::MOST_TOGETHER]:
            last = min(first + MOST_TOGETHER, places[-1] + 1)
            yield urgency, list(atom_ids[first:last])


def urgency_at(place: int) -> int:
    """How urgent a round's message at ``place`` is, from 0 (most): fairness between plans without a scheduler.

    The first eight of every round are as urgent as a callback, then as many, twice as many and so on are ever less: a
    round of ten waits behind eight of one of ten thousand.
    """
    return min((place // AT_ONCE_URGENT).bit_length(), LEAST_URGENT)


def _send(name: str, *arguments: object) -> None:
    after_commit(_signature(name, *arguments).apply_async)


def _signature(name: str, *arguments: object, urgency: int = 0) -> Signature[object]:
    """An immutable call of one of our tasks; its queue is in the settings (``CELERY_TASK_ROUTES``)."""
    plain = [str(argument) if isinstance(argument, uuid.UUID) else argument for argument in arguments]
    return current_app.signature(f"{TASKS}.{name}", args=plain, immutable=True, options={"priority": urgency})
