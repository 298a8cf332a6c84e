from __future__ import annotations

import uuid

from django.db import models

from common.models import StatefulModel, UUIDModel
from execution.states import ATOM, AtomStatus
from planning.models import MasterPlan, Task
from planning.states import TaskStatus

ANALYSED = frozenset({"defines", "uses", "imports", "types", "context", "confidence_parts"})
"""Columns of an atom that are large, and of no use to whoever moves it on."""


class Atom(StatefulModel):
    """A span of a file that is validated, retried, scored and reviewed by itself.

    Order inside the file and text are stored; lines and bytes are computed from them. ``unit`` is shared by the pieces
    of one function. A claim is counted apart from an attempt: only a judged answer spends an attempt.
    """

    machine = ATOM

    # indexed by the constraints that begin with it
    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="atoms", db_index=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="atoms")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=64)
    """Identity of the atom inside its project, kept while its text is unchanged."""
    path = models.CharField(max_length=1024)
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=200, blank=True)
    qualname = models.CharField(max_length=400, blank=True)
    description = models.TextField(blank=True)
    language = models.CharField(max_length=20)
    kind = models.CharField(max_length=16)
    parent_key = models.CharField(max_length=64, blank=True)
    unit = models.CharField(max_length=500)
    signature = models.TextField(blank=True)
    docstring = models.TextField(blank=True)
    estimated_lines = models.PositiveIntegerField(default=0)
    actual_lines = models.PositiveIntegerField(default=0)
    complexity = models.PositiveIntegerField(default=1)
    defines = models.JSONField(default=list, blank=True)
    uses = models.JSONField(default=list, blank=True)
    imports = models.JSONField(default=list, blank=True)
    types = models.JSONField(default=list, blank=True)
    context = models.JSONField(default=dict, blank=True)
    preconditions = models.JSONField(default=list, blank=True)
    postconditions = models.JSONField(default=list, blank=True)
    test_cases = models.JSONField(default=list, blank=True)
    atomicity = models.DecimalField(max_digits=4, decimal_places=3, default=0)
    failed_criteria = models.JSONField(default=list, blank=True)

    status = models.CharField(max_length=12, choices=AtomStatus.choices, default=AtomStatus.PENDING)
    current = models.ForeignKey(
        "AtomRevision", on_delete=models.RESTRICT, null=True, blank=True, related_name="+", db_index=False
    )
    """The text in the base tree: the draft until something better has passed."""
    accepted = models.ForeignKey(
        "AtomRevision", on_delete=models.RESTRICT, null=True, blank=True, related_name="+", db_index=False
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    awaiting_decision = models.BooleanField(default=False)
    """Its attempts are spent; a person, or the policy of an unattended run, decides."""
    changed_by_person = models.BooleanField(default=False)
    hint = models.TextField(blank=True)
    feedback = models.JSONField(default=list, blank=True)
    """Diagnostics to be answered by the next attempt."""
    confidence = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    confidence_parts = models.JSONField(default=dict, blank=True)

    claim = models.UUIDField(null=True, blank=True)
    claim_expires = models.DateTimeField(null=True, blank=True)
    claims = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["plan_id", "number"]
        indexes = [
            models.Index(fields=["plan", "status"], name="atom_by_plan_and_status"),
            models.Index(fields=["plan", "path", "position"], name="atom_by_place"),
            models.Index(fields=["claim"], name="atom_by_claim", condition=models.Q(claim__isnull=False)),
            models.Index(fields=["claim_expires"], name="atom_claims", condition=models.Q(claim_expires__isnull=False)),
        ]
        constraints = [
            ATOM.constraint(),
            models.UniqueConstraint(fields=["plan", "number"], name="atom_number_unique_in_plan"),
            models.UniqueConstraint(
                fields=["plan", "key"], condition=~models.Q(status="skipped"), name="atom_key_unique_in_plan"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="accepted") | models.Q(accepted__isnull=False),
                name="accepted_atom_has_accepted_revision",
            ),
            models.CheckConstraint(
                condition=models.Q(confidence__isnull=True) | models.Q(confidence__range=(0, 1)),
                name="atom_confidence_0_to_1",
            ),
        ]

    def __str__(self) -> str:
        return self.label()

    def label(self) -> str:
        return f"{self.path}:{self.qualname or self.kind}"

    def event_data(self) -> dict[str, str]:
        return {"atom_id": str(self.pk)}

    def event_stream(self) -> tuple[str, uuid.UUID]:
        return ("plan", self.plan_id)

    def history_plan(self) -> uuid.UUID:
        return self.plan_id


def replaced_atoms() -> models.Q:
    """Atoms that a later version of the plan has no more: of tasks that left it, or were written anew.

    What a person skipped is no such atom: it was wanted.
    """
    return models.Q(status=AtomStatus.SKIPPED) & (
        models.Q(task__left_in__isnull=False) | ~models.Q(task__status=TaskStatus.SKIPPED)
    )


class AtomRevision(UUIDModel):
    """One text of an atom. Immutable; every change makes a new one."""

    class Origin(models.TextChoices):
        DRAFT = "draft"
        ATTEMPT = "attempt"
        EDIT = "edit"
        IMPORT_MERGE = "import_merge"
        RESTORE = "restore"

    # indexed by the constraints that begin with it
    atom = models.ForeignKey(Atom, on_delete=models.CASCADE, related_name="revisions", db_index=False)
    number = models.PositiveIntegerField()
    text = models.TextField()
    origin = models.CharField(max_length=14, choices=Origin.choices)
    author = models.CharField(max_length=150)
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["atom_id", "number"]
        constraints = [models.UniqueConstraint(fields=["atom", "number"], name="revision_number_unique_in_atom")]

    def __str__(self) -> str:
        return f"revision {self.number} ({self.origin})"


class AtomAttempt(UUIDModel):
    """One try at an atom. ``success`` is empty until the round that judged it closed; the rest is never rewritten."""

    # indexed by the constraints that begin with it
    atom = models.ForeignKey(Atom, on_delete=models.CASCADE, related_name="attempt_rows", db_index=False)
    attempt = models.PositiveSmallIntegerField()
    round = models.ForeignKey("Round", on_delete=models.SET_NULL, null=True, blank=True, related_name="attempts")
    revision = models.ForeignKey(AtomRevision, on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    feedback = models.JSONField(default=dict, blank=True)
    code = models.TextField(blank=True)
    success = models.BooleanField(null=True, blank=True)
    errors = models.JSONField(default=list, blank=True)
    error_hash = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=80, blank=True)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    tokens_cached = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    temperature = models.FloatField(null=True, blank=True)
    effort = models.CharField(max_length=10, blank=True)
    seconds = models.FloatField(default=0)

    class Meta:
        ordering = ["atom_id", "attempt"]
        constraints = [models.UniqueConstraint(fields=["atom", "attempt"], name="attempt_once_per_atom")]

    def __str__(self) -> str:
        return f"attempt {self.attempt}"
