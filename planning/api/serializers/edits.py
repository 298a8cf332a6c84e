"""Edits of a draft, as they are asked for."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from planning.execution_modes import PART_MODES
from planning.models import Task
from planning.models.masterplan import ExecutionMode
from planning.stacks import STACKS


class ExpectedVersionSerializer(serializers.Serializer[Any]):
    """``version``: the version of the plan that the edit is for; a newer one is a conflict that says what changed."""

    version = serializers.IntegerField(required=False, min_value=1)


class TaskEditSerializer(ExpectedVersionSerializer):
    """What may be changed while the plan is a draft. Lists of objects have the forms that reading a task shows."""

    title = serializers.CharField(max_length=300)
    description = serializers.CharField(max_length=20_000, allow_blank=True)
    type = serializers.ChoiceField(choices=Task.Type.choices)
    priority = serializers.ChoiceField(choices=Task.Priority.choices)
    complexity = serializers.ChoiceField(choices=Task.Complexity.choices)
    estimated_minutes = serializers.IntegerField(min_value=1, max_value=100_000)
    story_points = serializers.IntegerField(min_value=0, max_value=1_000)
    labels = serializers.ListField(child=serializers.CharField(max_length=100), max_length=50)
    target_files = serializers.ListField(child=serializers.CharField(max_length=200), min_length=1, max_length=50)
    expected_outputs = serializers.ListField(child=serializers.CharField(max_length=200), max_length=50)
    depends_on = serializers.ListField(child=serializers.CharField(max_length=40), max_length=50)
    acceptance_criteria = serializers.ListField(child=serializers.DictField(), max_length=50)
    preconditions = serializers.ListField(child=serializers.DictField(), max_length=50)
    postconditions = serializers.ListField(child=serializers.DictField(), max_length=50)
    exports = serializers.ListField(child=serializers.DictField(), max_length=200)
    needs = serializers.ListField(child=serializers.DictField(), max_length=200)
    covers = serializers.ListField(child=serializers.CharField(max_length=100), max_length=100)
    subtasks = serializers.ListField(child=serializers.DictField(), max_length=50)


class PlaceSerializer(ExpectedVersionSerializer):
    """Where a task stands: ``position`` from 0 inside the milestone, last by default."""

    milestone = serializers.CharField(max_length=40, help_text="Short id, such as milestone_02.")
    position = serializers.IntegerField(required=False, min_value=0)


class TaskAddSerializer(PlaceSerializer):
    """A new task: what it is, and where."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = TaskEditSerializer().get_fields()
        for name, field in fields.items():
            field.required = name in {"title", "description", "type", "target_files"}
        return {**fields, **super().get_fields()}


class TaskRemoveSerializer(ExpectedVersionSerializer):
    """Read from the query."""

    with_dependents = serializers.BooleanField(default=False)
    uncover = serializers.BooleanField(
        default=False, help_text="Also where no other task covers what this one does; else that is refused."
    )


class PlanEditSerializer(ExpectedVersionSerializer):
    """What may be changed while the plan is a draft; ``rating`` at any time. Another ``stack`` plans its tasks anew."""

    project_name = serializers.CharField(max_length=80)
    description = serializers.CharField(max_length=20_000, allow_blank=True)
    business_logic = serializers.CharField(max_length=20_000, allow_blank=True)
    conventions = serializers.ListField(child=serializers.CharField(max_length=500), max_length=100)
    stack = serializers.ChoiceField(choices=STACKS)
    entities = serializers.ListField(child=serializers.DictField(), max_length=200)
    design = serializers.DictField()
    execution_mode = serializers.ChoiceField(choices=ExecutionMode.choices)
    part_modes = serializers.DictField(
        child=serializers.ChoiceField(choices=[(mode.value, mode.label) for mode in PART_MODES]),
        help_text="For `hybrid`: `mvp` or `v2_atoms` by short id of a phase or task.",
    )
    rating = serializers.IntegerField(min_value=1, max_value=5, allow_null=True)
