from __future__ import annotations

from django.conf import settings
from django.db import models

from common.models import UUIDModel
from execution.models.atom import Atom
from execution.models.graph import Wave
from execution.models.run import Run
from planning.models import MasterPlan, Milestone, Task


class AcceptanceSuite(UUIDModel):
    """How far the writing of a plan's acceptance tests is; who holds ``claim`` writes or runs them, one at a time."""

    plan = models.OneToOneField(MasterPlan, on_delete=models.CASCADE, related_name="acceptance_suite")
    version = models.PositiveIntegerField(default=0)
    """The version of the plan whose criteria all have their tests, or the reason why not; 0: none yet."""
    written_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)
    """Why the last try wrote nothing."""
    claim = models.UUIDField(null=True, blank=True)
    claim_expires = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"acceptance tests of version {self.version}"


class AcceptanceTest(UUIDModel):
    """A requirement and its proof: ``node_id`` names a test of the project, ``code`` holds a test of ours.

    One that is ``untestable`` has neither, and says why; one that is removed stays, so that nothing makes it again.
    """

    class Source(models.TextChoices):
        PLAN = "plan", "the plan names a test of the project"
        GENERATED = "generated", "written by a model"
        PERSON = "person", "changed by a person"

    class Priority(models.TextChoices):
        MUST = "must"
        SHOULD = "should"

    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="acceptance_tests")
    requirement = models.TextField()
    priority = models.CharField(max_length=6, choices=Priority.choices, default=Priority.MUST)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, null=True, blank=True, related_name="acceptance_tests")
    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=20, default="python")
    node_id = models.CharField(max_length=500, blank=True)
    code = models.TextField(blank=True)
    source = models.CharField(max_length=40, choices=Source.choices, default=Source.PLAN)
    needs = models.JSONField(default=list, blank=True)
    """Short ids of the tasks that must be complete before it can run, besides its own and the one of its file."""
    untestable = models.TextField(blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "task", "requirement"], name="acceptance_test_once_per_requirement")
        ]

    def __str__(self) -> str:
        return self.requirement[:80]


class AcceptanceResult(UUIDModel):
    """``passed`` is empty when the test could not run."""

    test = models.ForeignKey(AcceptanceTest, on_delete=models.CASCADE, related_name="results")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="acceptance_results")
    wave = models.ForeignKey(Wave, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    passed = models.BooleanField(null=True, blank=True)
    output = models.TextField(blank=True)
    seconds = models.FloatField(default=0)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.test_id}: {self.passed}"


class GateResult(UUIDModel):
    """Gate S after a wave, or at the end (``final``). ``passed`` is empty when no test could run yet.

    ``failing`` holds test, requirement, priority, node ids and error of each test that did not pass, ``suspects`` atom
    and label of those it is charged to. Overridden, its failing tests are excused for the rest of the run.
    """

    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="gates")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="gates")
    wave = models.ForeignKey(Wave, on_delete=models.SET_NULL, null=True, blank=True, related_name="gates")
    must_rate = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    should_rate = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    passed = models.BooleanField(null=True, blank=True)
    reason = models.TextField(blank=True)
    final = models.BooleanField(default=False)
    failing = models.JSONField(default=list, blank=True)
    suspects = models.JSONField(default=list, blank=True)
    overridden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    override_reason = models.TextField(blank=True)
    overridden_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(overridden_at__isnull=True) | ~models.Q(override_reason=""),
                name="gate_override_has_a_reason",
            )
        ]

    def __str__(self) -> str:
        return self.reason[:80]


class FailureAnalysis(UUIDModel):
    """Why an atom's attempts were in vain, and up to three ways out."""

    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="failures")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="failures")
    atom = models.ForeignKey(Atom, on_delete=models.CASCADE, null=True, blank=True, related_name="failures")
    attempts = models.PositiveSmallIntegerField(default=0)
    root_cause = models.TextField()
    symptoms = models.JSONField(default=list)
    why_retries_failed = models.TextField(blank=True)
    hidden_dependency = models.TextField(blank=True)
    conclusion = models.TextField(blank=True)
    proposals = models.JSONField(default=list)
    choice = models.JSONField(null=True, blank=True)
    """What was chosen, by whom and when; empty while the decision is open."""

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "failure analyses"
        constraints = [models.UniqueConstraint(fields=["atom", "attempts"], name="failure_analysed_once_per_attempts")]

    def __str__(self) -> str:
        return self.root_cause[:80]
