"""What the API shows of an execution."""

from __future__ import annotations

import uuid
from typing import Any

from rest_framework import serializers

from execution.failures import analysis_of
from execution.models import Atom, AtomAttempt, AtomDependency, DependencyGraph, FailureAnalysis, Run, Wave
from execution.waves.standing import standing_of
from execution.waves.tree import current_text
from planning.models import ExecutionSnapshot
from planning.models.masterplan import ExecutionMode

MAX_CODE_CHARS = 200_000


class RunSerializer(serializers.ModelSerializer[Run]):
    class Meta:
        model = Run
        fields = [
            "id", "plan", "mode", "mode_reason", "switches", "status", "stage", "stage_seconds", "test_rounds",
            "atoms_total", "atoms_accepted", "atoms_failed", "precision", "trace_id", "started_at", "finished_at",
        ]  # fmt: skip


class HintSerializer(serializers.Serializer[Any]):
    hint = serializers.CharField(required=False, allow_blank=True, default="", max_length=4000)
    dry_run = serializers.BooleanField(required=False, default=False)


class RetryCostSerializer(serializers.Serializer[Any]):
    """What one more attempt would cost, in dollars; ``fits`` is false when a hard limit would be passed."""

    cost = serializers.DecimalField(max_digits=14, decimal_places=6)
    calls = serializers.IntegerField()
    attempts_left = serializers.IntegerField()
    fits = serializers.BooleanField()
    unpriced = serializers.BooleanField()


class ChoiceSerializer(serializers.Serializer[Any]):
    """`proposal` applies one of them; else `action`: `fix` puts `code` in the atom's place, `skip` leaves its task out,
    `pause` pauses the plan. `target_file`: what a new task writes, where the proposal does not say so.
    """

    proposal = serializers.IntegerField(min_value=0, max_value=2, required=False)
    action = serializers.ChoiceField(choices=["proposal", "fix", "skip", "pause"], default="proposal")
    target_file = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    code = serializers.CharField(
        max_length=MAX_CODE_CHARS, required=False, allow_blank=True, default="", trim_whitespace=False
    )
    reason = serializers.CharField(max_length=2_000, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["action"] == "proposal" and "proposal" not in attrs:
            raise serializers.ValidationError({"proposal": ["Send its number, from 0."]})
        if attrs["action"] == "fix" and not attrs["code"].strip():
            raise serializers.ValidationError({"code": ["Send the atom's whole new text."]})
        return attrs


class WaveExecutionSerializer(serializers.ModelSerializer[Wave]):
    plan = serializers.UUIDField(source="plan_id")
    graph = serializers.UUIDField(source="graph_id")

    class Meta:
        model = Wave
        fields = ["id", "plan", "graph", "number", "status", "round", "atoms_total"]


class ModeSerializer(serializers.Serializer[Any]):
    """Without ``mode`` the plan's own holds, or the flags decide."""

    mode = serializers.ChoiceField(choices=ExecutionMode.choices, required=False)


class PlanIdSerializer(serializers.Serializer[Any]):
    masterplan_id = serializers.UUIDField()


class StartSerializer(ModeSerializer, PlanIdSerializer):
    pass


class ResumeSerializer(serializers.Serializer[Any]):
    """``snapshot``: go on from this one, as a new version, instead of from where the plan stands."""

    snapshot = serializers.UUIDField(required=False)


class ControlSerializer(serializers.Serializer[Any]):
    """``done`` is false while what runs is being finished."""

    masterplan_id = serializers.UUIDField()
    status = serializers.CharField()
    done = serializers.BooleanField()


class AtomListSerializer(serializers.ModelSerializer[Atom]):
    task = serializers.CharField(source="task.short_id")

    class Meta:
        model = Atom
        fields = [
            "id", "number", "task", "path", "position", "kind", "qualname", "status", "awaiting_decision", "attempts",
            "max_attempts", "confidence", "actual_lines", "complexity", "atomicity",
        ]  # fmt: skip


class AtomSerializer(AtomListSerializer):
    """``start_line`` is where the code begins in the atom's file, as diagnostics count; ``failure`` the analysis of the
    atom as it failed last.
    """

    code = serializers.SerializerMethodField()
    failure = serializers.SerializerMethodField()
    start_line = serializers.SerializerMethodField()

    class Meta(AtomListSerializer.Meta):
        fields = [
            *AtomListSerializer.Meta.fields, "start_line", "language", "unit", "signature", "docstring", "defines",
            "uses", "imports", "types", "failed_criteria", "feedback", "hint", "confidence_parts",
            "changed_by_person", "failure", "code",
        ]  # fmt: skip

    def get_code(self, atom: Atom) -> str:
        return current_text(atom)

    def get_failure(self, atom: Atom) -> uuid.UUID | None:
        analysis = analysis_of(atom)
        return analysis.pk if analysis else None

    def get_start_line(self, atom: Atom) -> int:
        return standing_of(atom).start_line


class AttemptSerializer(serializers.ModelSerializer[AtomAttempt]):
    class Meta:
        model = AtomAttempt
        fields = [
            "attempt", "success", "code", "errors", "feedback", "model", "tokens_in", "tokens_out", "tokens_cached",
            "cost", "temperature", "effort", "seconds", "created_at",
        ]  # fmt: skip


class TaskAttemptSerializer(AttemptSerializer):
    """``atom`` is the id, ``name`` what it defines."""

    name = serializers.CharField(source="atom.qualname")

    class Meta(AttemptSerializer.Meta):
        fields = ["atom", "name", *AttemptSerializer.Meta.fields]


class EdgeSerializer(serializers.ModelSerializer[AtomDependency]):
    class Meta:
        model = AtomDependency
        fields = ["source", "target", "type", "weight", "line", "broken", "reason"]


class GraphSerializer(serializers.ModelSerializer[DependencyGraph]):
    class Meta:
        model = DependencyGraph
        fields = ["id", "plan", "version", "atoms", "edges", "depth", "waves_total", "broken_edges", "created_at"]


class WaveSerializer(serializers.ModelSerializer[Wave]):
    class Meta:
        model = Wave
        fields = [
            "id", "number", "status", "round", "atoms_total", "started_at", "finished_at", "seconds", "peak_parallel",
        ]  # fmt: skip


class PlanWavesSerializer(serializers.Serializer[Any]):
    graph = GraphSerializer()
    waves = WaveSerializer(many=True)


class FailureSerializer(serializers.ModelSerializer[FailureAnalysis]):
    class Meta:
        model = FailureAnalysis
        fields = [
            "id", "plan", "task", "atom", "attempts", "root_cause", "symptoms", "why_retries_failed",
            "hidden_dependency", "conclusion", "proposals", "choice", "created_at",
        ]  # fmt: skip


class SnapshotSerializer(serializers.ModelSerializer[ExecutionSnapshot]):
    class Meta:
        model = ExecutionSnapshot
        fields = ["id", "taken_by", "reason", "detail", "tasks", "running", "can_resume", "resumed_at", "created_at"]
