from __future__ import annotations

import uuid

from django.db import models

from common.models import StatefulModel
from execution.states import RUN, RunStatus, Stage
from execution.switches import Switches
from planning.models import MasterPlan


class Run(StatefulModel):
    """One execution of a plan. ``stage_claim`` makes one process at a time do a stage that is not fanned out."""

    machine = RUN

    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="runs")
    mode = models.CharField(max_length=10)
    mode_reason = models.CharField(max_length=200, blank=True)
    """``request``, the rule of the flags that decided, or why it fell back."""
    switches = models.JSONField(default=dict, blank=True)
    """``Switches`` as JSON; read ``uses``."""
    status = models.CharField(max_length=10, choices=RunStatus.choices, default=RunStatus.RUNNING)
    stage = models.CharField(max_length=20, choices=Stage.choices, default=Stage.CODE_GENERATION)
    stage_claim = models.UUIDField(null=True, blank=True)
    stage_claim_expires = models.DateTimeField(null=True, blank=True)
    stage_seconds = models.JSONField(default=dict, blank=True)
    """Stage to seconds spent in it, for the report."""
    test_rounds = models.PositiveSmallIntegerField(default=0)
    gate_rounds = models.PositiveSmallIntegerField(default=0)
    """How often tests ran between waves."""
    gate_repairs = models.PositiveSmallIntegerField(default=0)
    """How often a gate sent atoms back before a person was asked."""
    pause_asked = models.CharField(max_length=40, blank=True)
    pause_note = models.TextField(blank=True)
    """The words of the person who asked for the pause."""
    atoms_total = models.PositiveIntegerField(default=0)
    atoms_accepted = models.PositiveIntegerField(default=0)
    atoms_failed = models.PositiveIntegerField(default=0)
    precision = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    report = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)
    trace_id = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    stage_entered_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            RUN.constraint(),
            models.UniqueConstraint(
                fields=["plan"], condition=models.Q(status__in=["running", "paused"]), name="one_open_run_per_plan"
            ),
            models.CheckConstraint(condition=models.Q(stage__in=Stage.values), name="run_stage_is_known"),
        ]

    def __str__(self) -> str:
        return f"run of {self.plan_id}"

    def label(self) -> str:
        return "run"

    @property
    def uses(self) -> Switches:
        """What was decided when it started; of runs older than the switches, everything."""
        return Switches(**self.switches)

    def event_stream(self) -> tuple[str, uuid.UUID]:
        return ("plan", self.plan_id)

    def history_plan(self) -> uuid.UUID:
        return self.plan_id
