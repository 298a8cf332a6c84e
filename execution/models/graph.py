from __future__ import annotations

import uuid

from django.db import models

from common.models import StatefulModel, UUIDModel
from execution.models.atom import Atom
from execution.states import ROUND, WAVE, RoundStatus, WaveStatus
from planning.models import MasterPlan


class DependencyGraph(UUIDModel):
    """The atoms of one plan version and the edges among them."""

    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="graphs")
    version = models.PositiveIntegerField()
    atoms = models.PositiveIntegerField()
    edges = models.PositiveIntegerField()
    depth = models.PositiveIntegerField()
    waves_total = models.PositiveIntegerField()
    broken_edges = models.JSONField(default=list, blank=True)
    by_tasks = models.BooleanField(default=False)
    """Nothing was analysed: a wave per task, in order, and what needs what is known of tasks only."""

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"graph of version {self.version}"


class AtomDependency(models.Model):
    """``target`` needs ``source``."""

    id = models.BigAutoField(primary_key=True)
    # indexed by the constraints that begin with it
    graph = models.ForeignKey(DependencyGraph, on_delete=models.CASCADE, related_name="dependencies", db_index=False)
    source = models.ForeignKey(Atom, on_delete=models.CASCADE, related_name="needed_by")
    target = models.ForeignKey(Atom, on_delete=models.CASCADE, related_name="needs")
    type = models.CharField(max_length=10)
    weight = models.PositiveIntegerField(default=1)
    line = models.PositiveIntegerField(default=0)
    broken = models.BooleanField(default=False)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "atom dependencies"
        constraints = [
            models.UniqueConstraint(fields=["graph", "source", "target", "type"], name="edge_once_per_type"),
            models.CheckConstraint(condition=~models.Q(source=models.F("target")), name="edge_not_on_itself"),
            models.CheckConstraint(
                condition=models.Q(type__in=["import", "data", "control", "type"]), name="edge_type_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} -> {self.target_id} ({self.type})"


class Wave(StatefulModel):
    """Atoms with no edges among them, run together."""

    machine = WAVE

    graph = models.ForeignKey(DependencyGraph, on_delete=models.CASCADE, related_name="waves")
    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="waves")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=WaveStatus.choices, default=WaveStatus.PENDING)
    round = models.PositiveIntegerField(default=0)
    atoms_total = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(default=0)
    peak_parallel = models.PositiveIntegerField(default=0)
    members: models.ManyToManyField[Atom, WaveAtom] = models.ManyToManyField(
        Atom, through="WaveAtom", related_name="waves"
    )

    class Meta:
        ordering = ["graph_id", "number"]
        constraints = [
            WAVE.constraint(),
            models.UniqueConstraint(fields=["graph", "number"], name="wave_number_unique_in_graph"),
        ]

    def __str__(self) -> str:
        return self.label()

    def label(self) -> str:
        return f"wave {self.number}"

    def event_stream(self) -> tuple[str, uuid.UUID]:
        return ("plan", self.plan_id)

    def history_plan(self) -> uuid.UUID:
        return self.plan_id


class WaveAtom(models.Model):
    id = models.BigAutoField(primary_key=True)
    # indexed by the constraints that begin with it
    graph = models.ForeignKey(DependencyGraph, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="memberships")
    atom = models.ForeignKey(Atom, on_delete=models.CASCADE, related_name="memberships")
    position = models.PositiveIntegerField()
    """Critical path first."""

    class Meta:
        ordering = ["wave_id", "position"]
        constraints = [models.UniqueConstraint(fields=["graph", "atom"], name="atom_in_one_wave_per_graph")]

    def __str__(self) -> str:
        return f"{self.wave_id} {self.position}"


class Round(StatefulModel):
    """One fan-out of a wave: one chord. Whoever holds ``claim`` closes it, once."""

    machine = ROUND

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="rounds")
    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="rounds")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=8, choices=RoundStatus.choices, default=RoundStatus.OPEN)
    atom_ids = models.JSONField(default=list)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    dispatches = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True, blank=True)
    claim_expires = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["wave_id", "number"]
        constraints = [
            ROUND.constraint(),
            models.UniqueConstraint(fields=["wave", "number"], name="round_number_unique_in_wave"),
            models.UniqueConstraint(fields=["plan"], condition=models.Q(status="open"), name="one_open_round_per_plan"),
        ]

    def __str__(self) -> str:
        return self.label()

    def label(self) -> str:
        return f"round {self.number}"

    def event_stream(self) -> tuple[str, uuid.UUID]:
        return ("plan", self.plan_id)

    def history_plan(self) -> uuid.UUID:
        return self.plan_id
