from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.models import PlanHistory
from planning.api.serializers.discoveries import RequestOptionsSerializer
from planning.api.serializers.edits import ExpectedVersionSerializer
from planning.expectation import Expectation
from planning.models import MasterPlan, Milestone, Phase, Subtask, Task
from planning.selectors.plan_tree import plan_tree
from planning.selectors.plans import needed_ids
from planning.states import task_progress

PLAN_SUMMARY = [
    "id",
    "project_name",
    "description",
    "status",
    "stack",
    "execution_mode",
    "owner",
    "workspace",
    "conversation",
    "discovery",
    "version",
    "total_tasks",
    "completed_tasks",
    "failed_tasks",
    "blocked_tasks",
    "skipped_tasks",
    "progress_percent",
    "estimated_minutes",
    "actual_minutes",
    "estimated_cost",
    "generation_cost",
    "generation_tokens",
    "pause_reason",
    "replanning",
    "created_at",
    "updated_at",
]


PLAN_COLUMNS = [name for name in PLAN_SUMMARY if name != "owner"]


class MakePlanSerializer(RequestOptionsSerializer):
    """Either ``discovery`` (validated) or ``request`` (discovery runs with default answers)."""

    discovery = serializers.UUIDField(required=False)
    request = serializers.CharField(required=False, trim_whitespace=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("discovery" in attrs) == ("request" in attrs):
            raise serializers.ValidationError("Send either a discovery or a request.")
        return attrs


class WatchLinksSerializer(serializers.Serializer[Any]):
    discovery = serializers.CharField()
    events = serializers.CharField(help_text="Events of the making of the plan, `?since=` for more.")
    masterplan = serializers.CharField(allow_null=True)
    socket = serializers.CharField()


class PlanUnderWaySerializer(serializers.Serializer[Any]):
    """Accepted: where to watch the plan being made."""

    discovery = serializers.UUIDField()
    conversation = serializers.UUIDField()
    masterplan = serializers.UUIDField(allow_null=True)
    status = serializers.CharField(help_text="Of the discovery.")
    links = WatchLinksSerializer()


class SubtaskSerializer(serializers.ModelSerializer[Subtask]):
    class Meta:
        model = Subtask
        fields = ["id", "short_id", "number", "title", "description", "status", "estimated_minutes"]


class TaskSerializer(serializers.ModelSerializer[Task]):
    """A task with its subtasks. ``depends_on`` holds short ids."""

    depends_on = serializers.SerializerMethodField()
    subtasks = SubtaskSerializer(many=True, read_only=True)

    class Meta:
        model = Task
        fields = [
            "id",
            "short_id",
            "number",
            "title",
            "description",
            "type",
            "priority",
            "complexity",
            "status",
            "estimated_minutes",
            "actual_minutes",
            "story_points",
            "acceptance_criteria",
            "labels",
            "target_files",
            "preconditions",
            "postconditions",
            "expected_outputs",
            "exports",
            "needs",
            "covers",
            "depends_on",
            "attempts",
            "max_attempts",
            "last_error",
            "definition_of_done_satisfied",
            "progress_percent",
            "jira_key",
            "started_at",
            "completed_at",
            "subtasks",
        ]
        read_only_fields = fields

    def get_depends_on(self, task: Task) -> list[str]:
        return needed_ids(task.dependency_rows.all())


class TaskDetailSerializer(TaskSerializer):
    plan = serializers.UUIDField(source="plan_id", read_only=True)
    milestone = serializers.CharField(source="milestone.short_id", read_only=True)

    class Meta(TaskSerializer.Meta):
        fields = [*TaskSerializer.Meta.fields, "plan", "milestone", "output", "test_results", "validation_results"]
        read_only_fields = fields


class MilestoneSerializer(serializers.ModelSerializer[Milestone]):
    depends_on = serializers.SerializerMethodField()
    tasks = TaskSerializer(many=True, read_only=True)

    class Meta:
        model = Milestone
        fields = [
            "id",
            "short_id",
            "number",
            "name",
            "description",
            "status",
            "acceptance_criteria",
            "estimated_minutes",
            "actual_minutes",
            "depends_on",
            "tasks",
        ]

    def get_depends_on(self, milestone: Milestone) -> list[str]:
        return needed_ids(milestone.dependency_rows.all())


class PhaseSerializer(serializers.ModelSerializer[Phase]):
    depends_on = serializers.SerializerMethodField()
    milestones = MilestoneSerializer(many=True, read_only=True)

    class Meta:
        model = Phase
        fields = [
            "id",
            "short_id",
            "number",
            "type",
            "name",
            "description",
            "status",
            "estimated_hours",
            "actual_hours",
            "depends_on",
            "milestones",
        ]

    def get_depends_on(self, phase: Phase) -> list[str]:
        return needed_ids(phase.dependency_rows.all())


class PlanListSerializer(serializers.ModelSerializer[MasterPlan]):
    """``replanning``: whether a model plans the draft anew, for another stack."""

    owner = serializers.CharField(source="owner.username", read_only=True)
    replanning = serializers.SerializerMethodField()

    class Meta:
        model = MasterPlan
        fields = PLAN_SUMMARY
        read_only_fields = fields

    def get_replanning(self, plan: MasterPlan) -> bool:
        return plan.replanning is not None


class StackVoteSerializer(serializers.Serializer[Any]):
    stack = serializers.CharField()
    confidence = serializers.FloatField(help_text="0 to 1; approaches 1 only with many votes.")
    votes = serializers.IntegerField()


class ExpectationSerializer(serializers.Serializer[Any]):
    """What memory expected when the plan was made. ``corrected_minutes`` follows edits of the plan."""

    corrected_minutes = serializers.FloatField(help_text="The plan's estimate, corrected by past accuracy.")
    factor = serializers.FloatField()
    factor_from = serializers.IntegerField(help_text="So many plans built before tell the factor.")
    precedents = serializers.IntegerField(help_text="So many similar plans tell the rest.")
    tasks = serializers.FloatField(allow_null=True)
    minutes = serializers.FloatField(allow_null=True)
    stack = StackVoteSerializer(allow_null=True)
    origin = serializers.CharField(help_text="The same in words.")


class PlanColumnsSerializer(PlanListSerializer):
    """The plan itself, without what belongs to it."""

    expectation = serializers.SerializerMethodField()

    class Meta(PlanListSerializer.Meta):
        fields = [
            *PLAN_SUMMARY,
            "original_request",
            "business_logic",
            "entities",
            "design",
            "conventions",
            "expectation",
            "mode_asked",
            "part_modes",
            "unattended",
            "workspace_path",
            "pause_detail",
            "rejection_reason",
            "cancellation_reason",
            "failure_reason",
            "rating",
            "trace_id",
            "jira_key",
            "approved_at",
            "started_at",
            "paused_at",
            "completed_at",
            "failed_at",
            "rejected_at",
            "cancelled_at",
        ]
        read_only_fields = fields

    @extend_schema_field(ExpectationSerializer(allow_null=True))
    def get_expectation(self, plan: MasterPlan) -> dict[str, Any] | None:
        expected = Expectation.from_json(plan.expectation)
        return expected.shown(estimated_minutes=plan.estimated_minutes) if expected else None


class PlanSerializer(PlanColumnsSerializer):
    """The whole plan, phases to subtasks. It describes what ``whole_plan`` gives, which takes a fifth of its time."""

    phases = PhaseSerializer(many=True, read_only=True)

    class Meta(PlanColumnsSerializer.Meta):
        fields = [*PlanColumnsSerializer.Meta.fields, "phases"]
        read_only_fields = fields


_MADE = {"depends_on", "milestones", "tasks", "subtasks", "progress_percent"}
"""Fields of the tree that are no columns."""


def whole_plan(plan: MasterPlan) -> dict[str, Any]:
    """As ``PlanSerializer`` shows it, read as rows. Seven queries, whatever its size."""
    serializers_of: dict[Any, Any] = {
        Phase: PhaseSerializer,
        Milestone: MilestoneSerializer,
        Task: TaskSerializer,
        Subtask: SubtaskSerializer,
    }
    columns = {
        model: [name for name in serializer.Meta.fields if name not in _MADE]
        for model, serializer in serializers_of.items()
    }
    columns[Task].append("code_percent")
    phases = plan_tree(plan.pk, columns)
    for phase in phases:
        _as_text(phase, "estimated_hours", "actual_hours")
        for milestone in phase["milestones"]:
            _as_text(milestone, "actual_minutes")
            for task in milestone["tasks"]:
                _as_text(task, "actual_minutes")
                task["progress_percent"] = round(task_progress(task["status"], task.pop("code_percent")), 2)
    return {**PlanColumnsSerializer(plan).data, "phases": phases}


def _as_text(row: dict[str, Any], *names: str) -> None:
    """Decimals are shown as text, so that nobody rounds them."""
    for name in names:
        row[name] = str(row[name])


class ApproveSerializer(ExpectedVersionSerializer):
    """``execute``: start the build at once. ``version``: the one that was read; a newer one is a conflict."""

    execute = serializers.BooleanField(default=False)


class RejectSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


class StageProgressSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    short_id = serializers.CharField()
    name = serializers.CharField()
    status = serializers.CharField()
    total_tasks = serializers.IntegerField()
    completed_tasks = serializers.IntegerField()
    failed_tasks = serializers.IntegerField()
    blocked_tasks = serializers.IntegerField()
    skipped_tasks = serializers.IntegerField()
    progress_percent = serializers.DecimalField(max_digits=5, decimal_places=2)
    estimated_minutes = serializers.IntegerField()
    actual_minutes = serializers.DecimalField(max_digits=12, decimal_places=2)
    story_points = serializers.IntegerField()


class TaskProgressSerializer(serializers.ModelSerializer[Task]):
    class Meta:
        model = Task
        fields = ["id", "short_id", "title", "status", "progress_percent"]
        read_only_fields = fields


class ProgressSerializer(serializers.Serializer[Any]):
    """``stage`` and ``run_status`` tell of the latest run; they are empty before there is one."""

    status = serializers.CharField()
    stage = serializers.CharField()
    run_status = serializers.CharField()
    total_tasks = serializers.IntegerField()
    completed_tasks = serializers.IntegerField()
    failed_tasks = serializers.IntegerField()
    blocked_tasks = serializers.IntegerField()
    skipped_tasks = serializers.IntegerField()
    progress_percent = serializers.DecimalField(max_digits=5, decimal_places=2)
    phases = StageProgressSerializer(many=True)
    milestones = StageProgressSerializer(many=True)
    tasks = TaskProgressSerializer(many=True)


class ExecutableTaskSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    short_id = serializers.CharField()
    title = serializers.CharField()
    priority = serializers.CharField()
    complexity = serializers.CharField()
    estimated_minutes = serializers.IntegerField()


class HistorySerializer(serializers.ModelSerializer[PlanHistory]):
    class Meta:
        model = PlanHistory
        fields = [
            "id",
            "change_type",
            "actor_kind",
            "actor_name",
            "item_type",
            "item_id",
            "item_label",
            "before",
            "after",
            "reason",
            "trace_id",
            "created_at",
        ]
