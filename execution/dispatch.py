"""The only place that sends work to the queues: after commit, ids only."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from celery import chord
from django.db import transaction
from django.utils import timezone

from common.actors import current_trace_id
from common.configuration import configuration
from execution.models import Atom, Round


def advance_run(run_id: uuid.UUID) -> None:
    from execution.tasks import advance_run as task  # noqa: PLC0415 - tasks import services, which import this

    _send(task, str(run_id), current_trace_id())


def draft_task(run_id: uuid.UUID, task_id: uuid.UUID) -> None:
    from execution.tasks import draft_task as task  # noqa: PLC0415

    _send(task, str(run_id), str(task_id))


def perform_stage(run_id: uuid.UUID, stage: str) -> None:
    from execution.tasks import perform_stage as task  # noqa: PLC0415

    _send(task, str(run_id), stage)


def close_round(round_id: uuid.UUID) -> None:
    from execution.tasks import close_round as task  # noqa: PLC0415

    _send(task, str(round_id))


def analyse_failure(atom_id: uuid.UUID) -> None:
    from execution.tasks import analyse_failure as task  # noqa: PLC0415

    _send(task, str(atom_id))


def run_round(round_: Round, atoms: Sequence[Atom]) -> None:
    """Fan the open atoms of a round out as one chord; its callback (or errback) asks for the round to be closed.

    Drafts are judged in batches on ``cpu``; atoms that need a model go one by one to ``llm``.
    """
    from execution.tasks import close_round, judge_drafts, retry_atom  # noqa: PLC0415

    round_id = str(round_.pk)
    drafts = [str(atom.pk) for atom in atoms if atom.attempts == 0 and not atom.feedback and not atom.hint]
    others = [str(atom.pk) for atom in atoms if str(atom.pk) not in set(drafts)]
    size = configuration().atom_batch_size
    header: list[Any] = [
        judge_drafts.s(round_id, drafts[start : start + size]) for start in range(0, len(drafts), size)
    ]
    header += [retry_atom.s(round_id, atom_id) for atom_id in others]
    Round.objects.filter(pk=round_.pk).update(dispatched_at=timezone.now(), dispatches=round_.dispatches + 1)
    body = close_round.si(round_id)
    body.on_error(close_round.si(round_id))
    if header:
        transaction.on_commit(lambda: chord(header)(body))
    else:
        transaction.on_commit(body.apply_async)


def _send(task: object, *arguments: str) -> None:
    transaction.on_commit(lambda: task.apply_async(args=arguments))  # type: ignore[attr-defined]  # a Celery task
