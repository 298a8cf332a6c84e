"""A plan, and what is sent to make, approve and reject one."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from planning.api.serializers.discoveries import RequestOptionsSerializer
from planning.api.serializers.edits import ExpectedVersionSerializer
from planning.api.serializers.hierarchy import MilestoneSerializer, PhaseSerializer, SubtaskSerializer, TaskSerializer
from planning.expectation import Expectation
from planning.models import MasterPlan, Milestone, Phase, Subtask, Task
from planning.selectors.plan_tree import plan_tree
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
