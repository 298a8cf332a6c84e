"""Claiming atoms for a model, and giving them back judged alone: a statement each, with history and events in it.

Through `common.transitions` the two take some twenty statements, too many for a worker with a hundred atoms in hand
(docs/decisions/0015). What is legal comes from the same machine of states, and what is told is the same.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from contextlib import suppress
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
    FROM (
        SELECT id FROM execution_atom WHERE id = ANY(%s) AND status = ANY(%s) ORDER BY id FOR NO KEY UPDATE
    ) AS wanted, execution_round, execution_run
    WHERE execution_atom.id = wanted.id
        AND execution_round.id = %s AND execution_round.status = '{RoundStatus.OPEN}'
        AND execution_run.plan_id = execution_round.plan_id AND execution_run.status = '{RunStatus.RUNNING}'
        AND execution_run.pause_asked = ''
    RETURNING execution_atom.id, execution_atom.plan_id, jsonb_array_length(execution_round.atom_ids) AS total,
        {_RUN.select("execution_run", prefix="run_")}
"""  # noqa: S608 - names of our own
_GIVE_BACK = f"""
    UPDATE execution_atom SET status = '{AtomStatus.VALIDATING}', claim = NULL, claim_expires = NULL,
        attempts = attempts + 1, current_id = COALESCE(given.revision, current_id),
        actual_lines = COALESCE(given.lines, actual_lines)
    FROM (
        SELECT held.id FROM execution_atom held
        WHERE held.id = ANY(%s) AND held.claim = %s AND held.status = '{AtomStatus.RUNNING}'
        ORDER BY held.id FOR NO KEY UPDATE
    ) AS ours JOIN json_to_recordset(%s) AS given(atom uuid, revision uuid, lines integer) ON given.atom = ours.id
    WHERE execution_atom.id = ours.id
    RETURNING execution_atom.id, execution_atom.plan_id
"""  # noqa: S608 - likewise
_NEXT_REVISION = "(SELECT COALESCE(max(number), 0) + 1 FROM execution_atomrevision WHERE atom_id = given_back.id)"


@dataclass(frozen=True)
class Claim:
    """The atoms are ours for as long as ``token`` stands in their rows. ``run`` is as it was then."""

    token: uuid.UUID
    run: Run
    atoms: list[uuid.UUID]


@dataclass(frozen=True)
class Attempted:
    """An attempt at an atom to be stored, with its text if that may stand, and two events that tell of it."""

    attempt: AtomAttempt
    revision: AtomRevision | None
    events: tuple[PlanEvent, PlanEvent]

    @property
    def atom(self) -> Atom:
        return self.attempt.atom


def claim_atoms(*, round_id: uuid.UUID, atom_ids: Sequence[uuid.UUID]) -> Claim | None:
    """Claim those atoms of an open round that nobody works on; ``None`` if none is to be had.

    The run must be running and not asked to pause.
    """
    token = uuid.uuid4()
    legal = [status for status in WORKABLE if status in ATOM.sources(AtomStatus.RUNNING)]
    statement = Statement()
    lease = timedelta(seconds=configuration().claim_lease)
    statement.with_part("claimed", _CLAIM, token, lease, list(atom_ids), legal, round_id)
    statement.grow_stream(of="claimed", by=1)
    statement.insert(
        [(atom_id, PlanEvent(type="atom_execution_progress")) for atom_id in atom_ids],
        per="claimed, grown",
        computed={
            "stream_id": "grown.id",
            "masterplan_id": "grown.id",
            "seq": seq_of(of="claimed", by=1),
            "trace_id": "claimed.run_trace_id",
            "data": f"jsonb_build_object('atom_id', claimed.id, 'status', '{AtomStatus.RUNNING}', "
            "'current', given.place, 'total', claimed.total)",
        },
    )
    row = statement.run(
        "SELECT plan_id, last_seq, ARRAY(SELECT id FROM claimed), "  # noqa: S608 - likewise
        f"{_RUN.names(prefix='run_')} FROM claimed, grown LIMIT 1"
    )
    if row is None:
        return None
    push.after_commit(row[0], row[1])
    ours = set(row[2])
    return Claim(token, _RUN.read(row[3:]), [atom_id for atom_id in atom_ids if atom_id in ours])


def give_back(*, token: uuid.UUID, attempted: Sequence[Attempted]) -> set[uuid.UUID]:
    """Store attempts at atoms of one plan with text, history and events, where the claim still stands; else nothing.

    Answers the atoms whose claim stood. Revisions get their number here.
    """
    try:
        return _given_back(token, attempted)
    except IntegrityError:
        # Imports were merged into an atom meanwhile: that text has taken the number that was next.
        if len(attempted) > 1:
            return set().union(*(give_back(token=token, attempted=[each]) for each in attempted))
        return _run_again_where_numbers_were_taken(token, attempted)


def _run_again_where_numbers_were_taken(token: uuid.UUID, attempted: Sequence[Attempted]) -> set[uuid.UUID]:
    for _ in range(TRIES - 1):
        with suppress(IntegrityError):
            return _given_back(token, attempted)
    return _given_back(token, attempted)


def _given_back(token: uuid.UUID, attempted: Sequence[Attempted]) -> set[uuid.UUID]:
    statement = Statement()
    rows = [_changed(each) for each in attempted]
    keys = [each.atom.pk for each in attempted]
    statement.with_part("given_back", _GIVE_BACK, keys, token, json.dumps(rows, default=str))
    revisions = [(each.atom.pk, each.revision) for each in attempted if each.revision is not None]
    statement.insert(revisions, per="given_back", computed={"number": _NEXT_REVISION})
    statement.insert([(each.atom.pk, each.attempt) for each in attempted], per="given_back")
    statement.insert([(each.atom.pk, _history(each.atom, each.attempt)) for each in attempted], per="given_back")
    statement.grow_stream(of="given_back", by=2)
    statement.insert(
        [(each.atom.pk, event) for each in attempted for event in each.events],
        per="given_back, grown",
        computed={"seq": seq_of(of="given_back", by=2)},
    )
    row = statement.run("SELECT ARRAY(SELECT id FROM given_back), last_seq FROM grown")
    if row is None:
        return set()
    push.after_commit(attempted[0].atom.plan_id, row[1])
    return set(row[0])


def _changed(each: Attempted) -> dict[str, Any]:
    lines = each.revision.text.count("\n") if each.revision else None
    return {"atom": each.atom.pk, "revision": each.revision.pk if each.revision else None, "lines": lines}


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
