"""The states of a run and of its parts, and the changes that are legal among them."""

from __future__ import annotations

from django.db import models

from common.states import Machine


class RunStatus(models.TextChoices):
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Stage(models.TextChoices):
    """Where a run stands in the walk; each stage can be entered again without harm."""

    CODE_GENERATION = "code_generation"
    ATOMIZATION = "atomization"
    ORDERING = "ordering"
    WAVES = "waves"
    GATE = "gate"
    INFRASTRUCTURE = "infrastructure"
    TESTING = "testing"
    CLOSING = "closing"
    FINISHED = "finished"


class AtomStatus(models.TextChoices):
    PENDING = "pending"
    RUNNING = "running"
    VALIDATING = "validating"
    RETRYING = "retrying"
    ACCEPTED = "accepted"
    FAILED = "failed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"


class WaveStatus(models.TextChoices):
    PENDING = "pending"
    RUNNING = "running"
    VALIDATING = "validating"
    COMPLETED = "completed"
    FAILED = "failed"


class RoundStatus(models.TextChoices):
    OPEN = "open"
    CLOSED = "closed"


R, A, W = RunStatus, AtomStatus, WaveStatus

RUN = Machine(
    name="run",
    states=R,
    initial=R.RUNNING,
    transitions=Machine.table(
        {
            R.RUNNING: [R.PAUSED, R.COMPLETED, R.FAILED, R.CANCELLED],
            R.PAUSED: [R.RUNNING, R.FAILED, R.CANCELLED],
        }
    ),
    timestamps=dict.fromkeys([R.COMPLETED, R.FAILED, R.CANCELLED], "finished_at"),
)

ATOM = Machine(
    name="atom",
    states=A,
    initial=A.PENDING,
    transitions=Machine.table(
        {
            A.PENDING: [A.RUNNING, A.BLOCKED, A.SKIPPED],
            # Back to where it came from when the holder of the claim died.
            A.RUNNING: [A.VALIDATING, A.PENDING, A.RETRYING, A.SKIPPED],
            A.VALIDATING: [A.ACCEPTED, A.RETRYING, A.FAILED, A.SKIPPED],
            # To what it was, when a reviewer takes a decision back before anything came of it.
            A.RETRYING: [A.RUNNING, A.BLOCKED, A.SKIPPED, A.VALIDATING, A.ACCEPTED],
            A.FAILED: [A.RETRYING, A.ACCEPTED, A.SKIPPED, A.VALIDATING],
            A.BLOCKED: [A.PENDING, A.RETRYING, A.SKIPPED],
            # A red test, a reviewer, a modification or the skip of its task takes an acceptance back.
            A.ACCEPTED: [A.RETRYING, A.VALIDATING, A.FAILED, A.SKIPPED],
        }
    ),
    event="atom_execution_progress",
)

WAVE = Machine(
    name="wave",
    states=W,
    initial=W.PENDING,
    transitions=Machine.table(
        {
            W.PENDING: [W.RUNNING, W.COMPLETED],
            W.RUNNING: [W.VALIDATING, W.COMPLETED, W.FAILED],
            W.VALIDATING: [W.RUNNING, W.COMPLETED, W.FAILED],
            # Opened again when a blocked or accepted atom of it has to run (again).
            W.COMPLETED: [W.RUNNING],
            W.FAILED: [W.RUNNING],
        }
    ),
    timestamps={W.COMPLETED: "finished_at", W.FAILED: "finished_at"},
)

ROUND = Machine(
    name="round",
    states=RoundStatus,
    initial=RoundStatus.OPEN,
    transitions=Machine.table({RoundStatus.OPEN: [RoundStatus.CLOSED]}),
    timestamps={RoundStatus.CLOSED: "closed_at"},
)
