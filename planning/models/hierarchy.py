"""Phases, milestones, tasks, subtasks. Dependencies are rows; short ids are unique inside a plan."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.db import models

from common.models import StatefulModel, UUIDModel
from planning.models.masterplan import MasterPlan
from planning.states import MILESTONE, PHASE, SUBTASK, TASK, StageStatus, SubtaskStatus, TaskStatus, task_progress


class PlanItem(StatefulModel):
    """What every level of a plan has."""

    plan: models.ForeignKey[MasterPlan, MasterPlan]
    short_id = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    description = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label()

    def label(self) -> str:
        return f"{self.short_id} {getattr(self, 'name', '') or getattr(self, 'title', '')}"

    def event_stream(self) -> tuple[str, uuid.UUID]:
        return ("plan", self.history_plan())

    def history_plan(self) -> uuid.UUID:
        plan_id: uuid.UUID = self.plan_id  # type: ignore[attr-defined]  # every level has the key
        return plan_id


class Phase(PlanItem):
    machine = PHASE

    class Type(models.TextChoices):
        SETUP = "setup"
        CORE = "core"
        POLISH = "polish"

    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="phases")
    type = models.CharField(max_length=10, choices=Type.choices)
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=16, choices=StageStatus.choices, default=StageStatus.PENDING)
    estimated_hours = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    actual_hours = models.DecimalField(max_digits=8, decimal_places=2, default=0)

    class Meta:
        ordering = ["number"]
        constraints = [
            PHASE.constraint(),
            models.UniqueConstraint(fields=["plan", "short_id"], name="phase_short_id_unique_in_plan"),
        ]


class Milestone(PlanItem):
    machine = MILESTONE

    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="milestones")
    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="milestones")
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=16, choices=StageStatus.choices, default=StageStatus.PENDING)
    acceptance_criteria = models.JSONField(default=list, blank=True)
    estimated_minutes = models.PositiveIntegerField(default=0)
    actual_minutes = models.DecimalField(max_digits=10, decimal_places=2, default=0)

    class Meta:
        ordering = ["number"]
        constraints = [
            MILESTONE.constraint(),
            models.UniqueConstraint(fields=["plan", "short_id"], name="milestone_short_id_unique_in_plan"),
        ]


class Task(PlanItem):
    """One main file's worth of work. JSON columns hold the shapes of ``integrations.llm.shapes.TaskSpec``."""

    machine = TASK

    class Priority(models.TextChoices):
        CRITICAL = "critical"
        HIGH = "high"
        MEDIUM = "medium"
        LOW = "low"

    class Complexity(models.TextChoices):
        LOW = "low"
        MEDIUM = "medium"
        HIGH = "high"
        CRITICAL = "critical"

    class Type(models.TextChoices):
        SETUP = "setup"
        IMPLEMENTATION = "implementation"
        TESTING = "testing"
        DOCUMENTATION = "documentation"
        DEPLOYMENT = "deployment"
        REFACTORING = "refactoring"

    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="tasks")
    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="tasks")
    title = models.CharField(max_length=300)
    type = models.CharField(max_length=16, choices=Type.choices)
    priority = models.CharField(max_length=10, choices=Priority.choices, default=Priority.MEDIUM)
    complexity = models.CharField(max_length=10, choices=Complexity.choices, default=Complexity.LOW)
    status = models.CharField(max_length=16, choices=TaskStatus.choices, default=TaskStatus.PENDING)
    estimated_minutes = models.PositiveIntegerField(default=0)
    actual_minutes = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    story_points = models.PositiveSmallIntegerField(default=0)
    acceptance_criteria = models.JSONField(default=list, blank=True)
    labels = models.JSONField(default=list, blank=True)
    target_files = models.JSONField(default=list)
    preconditions = models.JSONField(default=list, blank=True)
    postconditions = models.JSONField(default=list, blank=True)
    expected_outputs = models.JSONField(default=list, blank=True)
    exports = models.JSONField(default=list, blank=True)
    needs = models.JSONField(default=list, blank=True)
    covers = models.JSONField(default=list, blank=True)
    assigned_agent = models.CharField(max_length=60, blank=True)
    depends_on: models.ManyToManyField[Task, TaskDependency] = models.ManyToManyField(
        "self", through="TaskDependency", symmetrical=False, related_name="dependents", through_fields=("task", "needs")
    )

    draft = models.JSONField(null=True, blank=True)
    """The drafted files (list of ``path``, ``text``), before they are cut; ``None`` until drafted."""
    draft_attempts = models.PositiveSmallIntegerField(default=0)
    draft_claim = models.UUIDField(null=True, blank=True)
    draft_claim_expires = models.DateTimeField(null=True, blank=True)
    drafted_at = models.DateTimeField(null=True, blank=True)
    cut_again = models.BooleanField(default=False)
    """Its next draft takes the place of atoms that are there."""
    left_in = models.PositiveIntegerField(null=True, blank=True)
    """The version of the plan that it is no part of any more; it is skipped, with its history kept."""
    code_percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    """How much of its code stands: some when it is drafted, all when every atom is accepted."""
    output = models.JSONField(default=dict, blank=True)
    test_results = models.JSONField(default=dict, blank=True)
    validation_results = models.JSONField(default=dict, blank=True)
    definition_of_done = models.JSONField(default=dict, blank=True)
    definition_of_done_satisfied = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    last_error = models.TextField(blank=True)
    hint = models.TextField(blank=True)
    jira_key = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["plan", "status"], name="task_by_plan_and_status")]
        constraints = [
            TASK.constraint(),
            models.UniqueConstraint(fields=["plan", "short_id"], name="task_short_id_unique_in_plan"),
            models.UniqueConstraint(fields=["plan", "number"], name="task_number_unique_in_plan"),
        ]

    @property
    def progress_percent(self) -> Decimal:
        return round(task_progress(self.status, self.code_percent), 2)


class Subtask(PlanItem):
    machine = SUBTASK

    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="subtasks")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="subtasks")
    title = models.CharField(max_length=300)
    status = models.CharField(max_length=16, choices=SubtaskStatus.choices, default=SubtaskStatus.PENDING)
    estimated_minutes = models.PositiveIntegerField(default=0)
    actual_minutes = models.DecimalField(max_digits=10, decimal_places=2, default=0)

    class Meta:
        ordering = ["task_id", "number"]
        constraints = [
            SUBTASK.constraint(),
            models.UniqueConstraint(fields=["plan", "short_id"], name="subtask_short_id_unique_in_plan"),
        ]


class PhaseDependency(UUIDModel):
    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="dependency_rows")
    needs = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="dependent_rows")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["phase", "needs"], name="phase_dependency_once"),
            models.CheckConstraint(condition=~models.Q(phase=models.F("needs")), name="phase_not_on_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.phase_id} needs {self.needs_id}"


class MilestoneDependency(UUIDModel):
    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="dependency_rows")
    needs = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="dependent_rows")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["milestone", "needs"], name="milestone_dependency_once"),
            models.CheckConstraint(condition=~models.Q(milestone=models.F("needs")), name="milestone_not_on_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.milestone_id} needs {self.needs_id}"


class TaskDependency(UUIDModel):
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="dependency_rows")
    needs = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="dependent_rows")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "needs"], name="task_dependency_once"),
            models.CheckConstraint(condition=~models.Q(task=models.F("needs")), name="task_not_on_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} needs {self.needs_id}"
