from __future__ import annotations

from django.db import models

from common.models import UUIDModel
from execution.models.atom import Atom
from execution.models.graph import Wave
from execution.models.run import Run
from planning.models import MasterPlan, Milestone, Task


class ValidationResult(UUIDModel):
    """What one layer said of one thing. A layer that could not run has ``passed`` empty, with the reason."""

    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="validation_results")
    level = models.PositiveSmallIntegerField()
    atom = models.ForeignKey(Atom, on_delete=models.CASCADE, null=True, blank=True, related_name="validation_results")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    attempt = models.PositiveSmallIntegerField(default=0)
    layer = models.CharField(max_length=20)
    passed = models.BooleanField(null=True, blank=True)
    errors = models.JSONField(default=list, blank=True)
    warnings = models.JSONField(default=list, blank=True)
    checks_run = models.PositiveIntegerField(default=0)
    checks_passed = models.PositiveIntegerField(default=0)
    checks_failed = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(level__range=(1, 4)), name="validation_level_1_to_4"),
            models.CheckConstraint(
                condition=models.Q(checks_run=models.F("checks_passed") + models.F("checks_failed")),
                name="validation_checks_add_up",
            ),
        ]

    def __str__(self) -> str:
        return f"level {self.level} {self.layer}"


class SuiteRun(UUIDModel):
    """One run of a project's tests on what was accepted then: what later runs are compared with.

    ``revisions`` is the accepted text of each atom at that time, ``files`` which tests touch a file and the
    percent of its statements that ran. Node ids of acceptance tests of ours are those of the file they were put into.
    """

    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="suite_runs")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="suite_runs")
    wave = models.ForeignKey(Wave, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    final = models.BooleanField(default=False)
    status = models.CharField(max_length=10)
    reason = models.TextField(blank=True)
    passed = models.JSONField(default=list, blank=True)
    failed = models.JSONField(default=list, blank=True)
    """``node_id`` and ``message`` of each red test."""
    percent = models.FloatField(null=True, blank=True)
    files = models.JSONField(default=dict, blank=True)
    revisions = models.JSONField(default=dict, blank=True)
    seconds = models.FloatField(default=0)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["passed", "failed", "not_run"]), name="suite_run_status_known"
            )
        ]

    def __str__(self) -> str:
        return f"{len(self.passed)} passed, {len(self.failed)} failed"


class TreeCheck(UUIDModel):
    """What the layers said of a whole tree of files, kept by the tree's hash so that it is asked once."""

    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="tree_checks")
    tree_hash = models.CharField(max_length=64)
    layers = models.JSONField()
    seconds = models.FloatField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "tree_hash"], name="tree_checked_once_per_plan")]

    def __str__(self) -> str:
        return self.tree_hash[:12]
