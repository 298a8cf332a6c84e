"""Claiming one atom for a model, and giving it back judged alone: a statement each, with history and events in it.

Through `common.transitions` the two take some twenty statements, too many for a worker with a hundred atoms in hand
(docs/decisions/0015). What is legal comes from the same machine of states, and what is told is the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError

from common import push
from common.actors import SYSTEM, current_trace_id
from common.configuration import configuration
from common.models import PlanEvent, PlanHistory
from common.statements import RowOf, Statement, seq_of
from execution.models import Atom, AtomAttempt, AtomRevision, Run
from execution.states import ATOM, AtomStatus, RoundStatus, RunStatus

WORKABLE = [AtomStatus.PENDING, AtomStatus.RETRYING]
TRIES = 3
_RUN = RowOf(Run)
_CLAIM = f"""
    UPDATE execution_atom SET status = '{AtomStatus.RUNNING}', claim = %s, claims = claims + 1,
        claim_expires = statement_timestamp() + %s
    FROM execution_round, execution_run
    WHERE execution_atom.id = %s AND execution_atom.status = ANY(%s)
        AND execution_round.id = %s AND execution_round.status = '{RoundStatus.OPEN}'
        AND execution_run.plan_id = execution_round.plan_id AND execution_run.status = '{RunStatus.RUNNING}'
        AND execution_run.pause_asked = ''
    RETURNING execution_atom.id, execution_atom.plan_id, jsonb_array_length(execution_round.atom_ids) AS total,
        {_RUN.select("execution_run", prefix="run_")}
"""  # noqa: S608 - names of our own
_GIVE_BACK = f"""
    UPDATE execution_atom SET status = '{AtomStatus.VALIDATING}', claim = NULL, claim_expires = NULL,
        attempts = attempts + 1, current_id = COALESCE(%s, current_id), actual_lines = COALESCE(%s, actual_lines)
    WHERE id = %s AND claim = %s AND status = '{AtomStatus.RUNNING}'
    RETURNING id, plan_id
"""  # noqa: S608 - likewise
_NEXT_REVISION = "(SELECT COALESCE(max(number), 0) + 1 FROM execution_atomrevision WHERE atom_id = given_back.id)"


@dataclass(frozen=True)
class Claim:
    """The atom is ours for as long as ``token`` stands in its row. ``run`` is as it was then."""

    token: uuid.UUID
    run: Run


def claim_atom(*, round_id: uuid.UUID, atom_id: uuid.UUID) -> Claim | None:
    """Claim an atom of an open round, of a run that runs and is not asked to pause; ``None`` if it is not to be had."""
    token = uuid.uuid4()
    legal = [status for status in WORKABLE if status in ATOM.sources(AtomStatus.RUNNING)]
    statement = Statement()
    lease = timedelta(seconds=configuration().claim_lease)
    statement.with_part("claimed", _CLAIM, token, lease, atom_id, legal, round_id)
    statement.grow_stream(of="claimed", by=1)
    statement.insert(
        PlanEvent(type="atom_execution_progress"),
        per="claimed, grown",
        computed={
            "stream_id": "grown.id",
            "masterplan_id": "grown.id",
            "seq": seq_of(1, of=1),
            "trace_id": "claimed.run_trace_id",
            "data": f"jsonb_build_object('atom_id', claimed.id, 'status', '{AtomStatus.RUNNING}', "
            "'current', 1, 'total', claimed.total)",
        },
    )
    row = statement.run(f"SELECT plan_id, last_seq, {_RUN.names(prefix='run_')} FROM claimed, grown")  # noqa: S608 - likewise
    if row is None:
        return None
    push.after_commit(row[0], row[1])
    return Claim(token, _RUN.read(row[2:]))


def give_back(
    *, atom: Atom, token: uuid.UUID, attempt: AtomAttempt, revision: AtomRevision | None, events: Sequence[PlanEvent]
) -> bool:
    """Store an attempt, its text if that may stand, history and events, if the claim still stands; else nothing.

    ``revision`` gets its number here; ``events`` are of the atom's plan.
    """
    statement = Statement()
    new: tuple[Any, ...] = (revision.pk, revision.text.count("\n")) if revision else (None, None)
    statement.with_part("given_back", _GIVE_BACK, *new, atom.pk, token)
    if revision is not None:
        statement.insert(revision, per="given_back", computed={"number": _NEXT_REVISION})
    statement.insert(attempt, per="given_back")
    statement.insert(_history(atom, attempt), per="given_back")
    statement.grow_stream(of="given_back", by=len(events))
    for place, event in enumerate(events, start=1):
        statement.insert(event, per="grown", computed={"seq": seq_of(place, of=len(events))})
    row = _run_again_where_numbers_were_taken(statement)
    if row is None:
        return False
    push.after_commit(atom.plan_id, row[0])
    return True


def _run_again_where_numbers_were_taken(statement: Statement) -> tuple[Any, ...] | None:
    """Imports may be merged into the atom meanwhile: that text has taken the number that was next."""
    for left in reversed(range(TRIES)):
        try:
            return statement.run("SELECT last_seq FROM grown")
        except IntegrityError:
            if not left:
                raise
    return None


def _history(atom: Atom, attempt: AtomAttempt) -> PlanHistory:
    return PlanHistory(
        plan_id=atom.plan_id,
        change_type="status",
        actor_kind=SYSTEM.kind,
        actor_id=SYSTEM.id,
        actor_name=SYSTEM.name,
        item_type=ATOM.name,
        item_id=atom.pk,
        item_label=atom.label()[:300],
        before={"status": AtomStatus.RUNNING},
        after={"status": AtomStatus.VALIDATING},
        reason=f"attempt {attempt.attempt}",
        trace_id=current_trace_id(),
    )
