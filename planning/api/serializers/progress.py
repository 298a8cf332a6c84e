"""How far a plan is, what can be worked on, and what happened to it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.models import PlanHistory
from planning.models import Task


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
