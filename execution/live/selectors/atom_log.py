"""What happened to one atom, in order: changes of its state, its attempts and texts, the calls to models about it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from common.models import PlanHistory
from execution.models import AtomAttempt, AtomRevision
from execution.states import AtomStatus
from integrations.models import LLMCall, Reservation

MOST_LINES = 200
"""So many of each kind, the latest ones."""
STATES = {
    AtomStatus.PENDING: "Waits its turn",
    AtomStatus.RUNNING: "Is worked on",
    AtomStatus.VALIDATING: "Is checked",
    AtomStatus.RETRYING: "Is to be tried again",
    AtomStatus.ACCEPTED: "Accepted",
    AtomStatus.FAILED: "Failed",
    AtomStatus.BLOCKED: "Blocked",
    AtomStatus.SKIPPED: "Left out",
}
TEXTS = {
    AtomRevision.Origin.DRAFT: "cut from the draft of its task",
    AtomRevision.Origin.ATTEMPT: "of an attempt",
    AtomRevision.Origin.EDIT: "written by a person",
    AtomRevision.Origin.IMPORT_MERGE: "with its imports merged",
    AtomRevision.Origin.RESTORE: "brought back",
}


@dataclass(frozen=True)
class LogLine:
    """``bad`` is something that did not go well."""

    at: datetime
    what: str
    by: str = ""
    detail: str = ""
    bad: bool = False


def atom_log(atom_id: uuid.UUID, attempts: Sequence[AtomAttempt]) -> list[LogLine]:
    """The oldest first, at most ``MOST_LINES`` of each kind. Three queries, each by an index."""
    lines = [*_changes(atom_id), *_texts(atom_id), *map(_attempt, attempts), *_calls(atom_id)]
    return sorted(lines, key=lambda line: line.at)


def _changes(atom_id: uuid.UUID) -> Iterator[LogLine]:
    for row in PlanHistory.objects.filter(item_id=atom_id).order_by("-id")[:MOST_LINES]:
        status = row.after.get("status", "")
        yield LogLine(
            at=row.created_at,
            what=STATES[status] if status in STATES else row.change_type.replace("_", " ").capitalize(),
            by=row.actor_name or row.actor_kind,
            detail=row.reason or str(row.after.get("action", "")).replace("_", " "),
            bad=status in (AtomStatus.FAILED, AtomStatus.BLOCKED),
        )


def _texts(atom_id: uuid.UUID) -> Iterator[LogLine]:
    columns = ("created_at", "number", "origin", "author")
    for row in AtomRevision.objects.filter(atom_id=atom_id).order_by("-number").values(*columns)[:MOST_LINES]:
        origin = AtomRevision.Origin(row["origin"])
        yield LogLine(at=row["created_at"], what=f"Text {row['number']}, {TEXTS[origin]}", by=row["author"])


def _attempt(row: AtomAttempt) -> LogLine:
    verdict = {None: "not judged yet", True: "passed", False: "failed"}[row.success]
    return LogLine(
        at=row.created_at,
        what=f"Attempt {row.attempt} {verdict}",
        by=row.model,
        detail="; ".join(str(error.get("message", "")) for error in row.errors[:3]),
        bad=row.success is False,
    )


def _calls(atom_id: uuid.UUID) -> Iterator[LogLine]:
    for row in LLMCall.objects.filter(atom_id=atom_id).order_by("-created_at")[:MOST_LINES]:
        yield LogLine(
            at=row.created_at,
            what=f"Asked {row.model}: {row.purpose.replace('_', ' ')}",
            detail=_call_words(row),
            bad=bool(row.error_code),
        )


def _call_words(call: LLMCall) -> str:
    parts = [
        f"attempt {call.attempt}" if call.attempt > 1 else "",
        f"asked {call.ask} times" if call.ask > 1 else "",
        "" if call.duration_ms is None else f"{call.duration_ms / 1000:.1f} s",
        f"{call.tokens_in} + {call.tokens_out} tokens" if call.tokens_in or call.tokens_out else "",
        f"{call.cost.normalize():f} dollars" if call.cost else "",
        call.error_code.replace("_", " "),
        "under way" if call.reservation == Reservation.RESERVED else "",
    ]
    return ", ".join(part for part in parts if part)
