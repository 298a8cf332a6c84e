"""What a plan holds: phases, milestones, tasks, subtasks."""

from __future__ import annotations

from rest_framework import serializers

from planning.models import Milestone, Phase, Subtask, Task
from planning.selectors.plans import needed_ids


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
