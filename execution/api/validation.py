"""Validation at four levels: asked for by a plan's owner, its results read by those who see the plan."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import NotFound
from common.idempotency import View, idempotent
from execution.api.atoms import atom_seen
from execution.levels.asked import Name, ask_for_level
from execution.levels.selectors import LEVEL_NAMES, latest_of_atom
from execution.models import Atom, ValidationResult
from planning.api.parameters import IDEMPOTENCY_KEY
from planning.models import MasterPlan, Milestone, Task
from planning.selectors.access import plan_for, plans_for


class ValidationResultSerializer(serializers.ModelSerializer[ValidationResult]):
    """`passed` is null for a check that did not run or does not apply; `reason` says why."""

    task = serializers.CharField(source="task.short_id", allow_null=True, default=None)
    milestone = serializers.CharField(source="milestone.short_id", allow_null=True, default=None)
    level_name = serializers.SerializerMethodField()

    class Meta:
        model = ValidationResult
        fields = [
            "id", "level", "level_name", "layer", "passed", "atom", "task", "milestone", "attempt", "errors",
            "warnings", "checks_run", "checks_passed", "checks_failed", "seconds", "reason", "created_at",
        ]  # fmt: skip

    def get_level_name(self, row: ValidationResult) -> str:
        return LEVEL_NAMES[row.level]


class AtomResultsSerializer(serializers.Serializer[Any]):
    """The latest check of every layer, of the atom and of what it is part of."""

    atom = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]  # the base has an attribute of this name
    status = serializers.CharField()
    passed = serializers.BooleanField()
    results = ValidationResultSerializer(many=True)


class AtomChoiceSerializer(serializers.Serializer[Any]):
    atom = serializers.UUIDField()


class TaskChoiceSerializer(serializers.Serializer[Any]):
    task = serializers.UUIDField()


class MilestoneChoiceSerializer(serializers.Serializer[Any]):
    milestone = serializers.UUIDField()


class PlanChoiceSerializer(serializers.Serializer[Any]):
    masterplan_id = serializers.UUIDField()


class AskedSerializer(serializers.Serializer[Any]):
    """Results are read at `watch`; the event `code_validation_complete` tells that they are there."""

    masterplan_id = serializers.UUIDField()
    level = serializers.CharField()
    watch = serializers.CharField()


def asks(level: Name, body: type[serializers.Serializer[Any]]) -> Callable[[View], View]:
    """Decorates the ``post`` that asks for a level: the same request, sent again, asks once."""

    def decorate(post: View) -> View:
        described = extend_schema(
            operation_id=f"validation_{level}",
            parameters=[IDEMPOTENCY_KEY],
            request=body,
            responses={202: AskedSerializer},
        )
        decorated: View = described(idempotent(post))
        return decorated

    return decorate


class ValidateAtom(APIView):
    @asks("atomic", AtomChoiceSerializer)
    def post(self, request: Request) -> Response:
        """Level 1: what every layer says of one atom in its project."""
        atom = _row(Atom.objects.all(), request, AtomChoiceSerializer, "atom")
        return _asked(request, atom.plan_id, "atomic", atom.pk, f"/api/v2/validation/results/{atom.pk}/")


class ValidateModule(APIView):
    @asks("module", TaskChoiceSerializer)
    def post(self, request: Request) -> Response:
        """Level 2: the files of a task: integration, signatures as callers use them, cohesion."""
        task = _row(Task.objects.all(), request, TaskChoiceSerializer, "task")
        return _asked(request, task.plan_id, "module", task.pk)


class ValidateComponent(APIView):
    @asks("component", MilestoneChoiceSerializer)
    def post(self, request: Request) -> Response:
        """Level 3: a milestone: its tests, the rules of layers, a smoke benchmark."""
        milestone = _row(Milestone.objects.all(), request, MilestoneChoiceSerializer, "milestone")
        return _asked(request, milestone.plan_id, "component", milestone.pk)


class ValidateSystem(APIView):
    @asks("system", PlanChoiceSerializer)
    def post(self, request: Request) -> Response:
        """Level 4: the project installs, imports, starts, answers, passes and lints in an environment of its own."""
        plan_id = _plan_id(request)
        return _asked(request, plan_id, "system", plan_id)


class ValidateAll(APIView):
    @asks("hierarchical", PlanChoiceSerializer)
    def post(self, request: Request) -> Response:
        """Every level of a plan, from its atoms up."""
        plan_id = _plan_id(request)
        return _asked(request, plan_id, "hierarchical", plan_id)


class AtomResults(APIView):
    @extend_schema(operation_id="validation_results_retrieve", responses=AtomResultsSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """What was found of an atom, and of its task, its milestone and its plan."""
        atom = atom_seen(request, pk)
        rows = latest_of_atom(atom)
        own = [row for row in rows if row.level == 1]
        body = {
            "atom": atom.pk,
            "label": atom.label(),
            "status": atom.status,
            "passed": atom.status == "accepted" or (bool(own) and all(row.passed is not False for row in own)),
            "results": rows,
        }
        return Response(AtomResultsSerializer(body).data)


class PlanResults(ListAPIView[ValidationResult]):
    """Everything that was kept of a plan's validation, latest first."""

    serializer_class = ValidationResultSerializer
    queryset = ValidationResult.objects.none()
    filterset_fields = ["level", "layer", "passed", "task__short_id", "milestone__short_id"]
    ordering_fields = ["created_at", "level"]
    ordering = ["-created_at", "id"]

    def get_queryset(self) -> QuerySet[ValidationResult]:
        rows = ValidationResult.objects.filter(plan=plan_for(self.request.user, self.kwargs["pk"]))
        return rows.select_related("task", "milestone")


def _row(rows: QuerySet[Any], request: Request, serializer: type[serializers.Serializer[Any]], name: str) -> Any:
    """The row that the body names, if its plan may be seen. Raises ``NotFound``."""
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    row = rows.filter(pk=given.validated_data[name], plan__in=plans_for(request.user).order_by()).first()
    if row is None:
        raise NotFound(f"There is no such {name}, or it is not yours.")
    return row


def _plan_id(request: Request) -> uuid.UUID:
    given = PlanChoiceSerializer(data=request.data)
    given.is_valid(raise_exception=True)
    plan_id: uuid.UUID = given.validated_data["masterplan_id"]
    return plan_id


def _asked(request: Request, plan_id: uuid.UUID, level: Name, item_id: uuid.UUID, watch: str = "") -> Response:
    plan: MasterPlan = plan_for(request.user, plan_id, control=True)
    ask_for_level(plan=plan, level=level, item_id=item_id)
    body = {"masterplan_id": plan.pk, "level": level, "watch": watch or f"/api/v2/validation/plans/{plan.pk}/"}
    return Response(AskedSerializer(body).data, status=status.HTTP_202_ACCEPTED)
