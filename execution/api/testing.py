"""Acceptance tests and Gate S: seen by those who see the plan, changed by its owner, overridden by staff."""

from __future__ import annotations

import uuid
from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.changes import change
from common.errors import NotFound, NotPermitted
from common.idempotency import idempotent
from execution import dispatch
from execution.gates.asked import ask_for_run
from execution.gates.editing import TestText, change_test, remove_test
from execution.gates.gates import override_gate
from execution.gates.writing import forget_generated, require_approved, suite_of
from execution.live.selectors.results import acceptance_of
from execution.models import AcceptanceSuite, AcceptanceTest, GateResult, SuiteRun, Wave
from planning.api.parameters import IDEMPOTENCY_KEY
from planning.api.people import actor_of, person
from planning.selectors.access import plan_for, plans_for


class AcceptanceTestSerializer(serializers.ModelSerializer[AcceptanceTest]):
    """`node_id` names a test of the project, or `code` is a module of tests; `untestable` says why there is neither."""

    task = serializers.CharField(source="task.short_id", allow_null=True, default=None)
    milestone = serializers.CharField(source="milestone.short_id", allow_null=True, default=None)

    class Meta:
        model = AcceptanceTest
        fields = [
            "id", "plan", "requirement", "priority", "task", "milestone", "language", "node_id", "code", "source",
            "needs", "untestable", "created_at",
        ]  # fmt: skip


class TestTextSerializer(serializers.Serializer[Any]):
    """Either `code` (a module of pytest tests, each of which asserts something) or `node_id`."""

    __test__ = False  # for pytest
    requirement = serializers.CharField(max_length=4000)
    priority = serializers.ChoiceField(choices=["must", "should"], default="must")
    code = serializers.CharField(max_length=40_000, required=False, allow_blank=True, default="", trim_whitespace=False)
    node_id = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class GenerateSerializer(serializers.Serializer[Any]):
    """`again`: those that a model wrote before are written anew; what a person changed stays."""

    again = serializers.BooleanField(required=False, default=False)


class SuiteSerializer(serializers.ModelSerializer[AcceptanceSuite]):
    """Watch `results/` of the plan. `problem` says why the last try left criteria without a test."""

    masterplan_id = serializers.UUIDField(source="plan_id")

    class Meta:
        model = AcceptanceSuite
        fields = ["masterplan_id", "version", "written_at", "problem"]


class StartedSerializer(serializers.Serializer[Any]):
    """`tests` can be run now; their results come to `watch`, and as events."""

    masterplan_id = serializers.UUIDField()
    run_id = serializers.UUIDField()
    watch = serializers.CharField()


class SuiteRunSerializer(serializers.ModelSerializer[SuiteRun]):
    wave = serializers.IntegerField(source="wave.number", allow_null=True, default=None)

    class Meta:
        model = SuiteRun
        fields = ["id", "wave", "final", "status", "reason", "passed", "failed", "percent", "seconds", "created_at"]


class RequirementResultSerializer(serializers.Serializer[Any]):
    """`passed` is null for a test that was not run."""

    id = serializers.UUIDField()
    requirement = serializers.CharField()
    priority = serializers.CharField()
    passed = serializers.BooleanField(allow_null=True)
    ran = serializers.BooleanField()
    error = serializers.CharField()
    untestable = serializers.CharField()


class ResultsSerializer(serializers.Serializer[Any]):
    masterplan_id = serializers.UUIDField()
    suite = SuiteSerializer()
    passed = serializers.IntegerField()
    failed = serializers.IntegerField()
    not_run = serializers.IntegerField()
    tests = RequirementResultSerializer(many=True)
    runs = SuiteRunSerializer(many=True)


class GateSerializer(serializers.ModelSerializer[GateResult]):
    """`passed` is null where the gate is not applicable, which is not a pass."""

    wave = serializers.IntegerField(source="wave.number", allow_null=True, default=None)
    must_rate = serializers.FloatField(allow_null=True)
    should_rate = serializers.FloatField(allow_null=True)
    overridden_by = serializers.CharField(source="overridden_by.username", allow_null=True, default=None)

    class Meta:
        model = GateResult
        fields = [
            "id", "wave", "final", "passed", "must_rate", "should_rate", "reason", "failing", "suspects",
            "overridden_by", "override_reason", "overridden_at", "created_at",
        ]  # fmt: skip


class GatesSerializer(serializers.Serializer[Any]):
    """The latest gate, null before the first, and those before it, latest first."""

    masterplan_id = serializers.UUIDField()
    gate = GateSerializer(allow_null=True)
    gates = GateSerializer(many=True)


class OverrideSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


class AcceptanceTestFilter(FilterSet):  # type: ignore[misc]  # django-filter has no types
    plan = django_filters.UUIDFilter(field_name="plan_id")
    task = django_filters.CharFilter(field_name="task__short_id")

    class Meta:
        model = AcceptanceTest
        fields = ["plan", "task", "priority", "source"]


class AcceptanceTests(ListAPIView[AcceptanceTest]):
    """Acceptance tests of the plans you may see; those that were removed are left out."""

    serializer_class = AcceptanceTestSerializer
    filterset_class = AcceptanceTestFilter
    queryset = AcceptanceTest.objects.none()
    ordering_fields = ["created_at", "priority"]
    ordering = ["plan", "created_at", "id"]

    def get_queryset(self) -> QuerySet[AcceptanceTest]:
        return visible_tests(self.request)


def visible_tests(request: Request) -> QuerySet[AcceptanceTest]:
    rows = AcceptanceTest.objects.filter(plan__in=plans_for(person(request)).order_by(), removed_at__isnull=True)
    return rows.select_related("task", "milestone")


def acceptance_test_seen(request: Request, test_id: uuid.UUID, *, control: bool = False) -> AcceptanceTest:
    test = visible_tests(request).filter(pk=test_id).first()
    if test is None:
        raise NotFound("There is no such acceptance test, or it is not yours.")
    if control:
        plan_for(request.user, test.plan_id, control=True)
    return test


class AcceptanceTestDetail(APIView):
    @extend_schema(operation_id="acceptance_tests_retrieve", responses=AcceptanceTestSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """One acceptance test, with its code."""
        return Response(AcceptanceTestSerializer(acceptance_test_seen(request, pk)).data)

    @extend_schema(
        operation_id="acceptance_tests_update", request=TestTextSerializer, responses=AcceptanceTestSerializer
    )
    def put(self, request: Request, pk: uuid.UUID) -> Response:
        """Put your own test in its place; nothing generates over it."""
        test = acceptance_test_seen(request, pk, control=True)
        given = TestTextSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        changed = change_test(test_id=test.pk, text=TestText(**given.validated_data), actor=actor_of(request))
        return Response(AcceptanceTestSerializer(changed).data)

    @extend_schema(operation_id="acceptance_tests_remove", responses={204: None})
    def delete(self, request: Request, pk: uuid.UUID) -> Response:
        """It counts no more; the history keeps who took it away."""
        remove_test(test_id=acceptance_test_seen(request, pk, control=True).pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class GenerateTests(APIView):
    @extend_schema(
        operation_id="acceptance_tests_generate",
        parameters=[IDEMPOTENCY_KEY],
        request=GenerateSerializer,
        responses={202: SuiteSerializer},
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Have tests written for the criteria of an approved plan that have none."""
        plan = plan_for(request.user, pk, control=True)
        given = GenerateSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        require_approved(plan)
        with change():
            if given.validated_data["again"]:
                forget_generated(plan, actor=actor_of(request))
            dispatch.write_acceptance(plan.pk)
        return Response(SuiteSerializer(suite_of(plan.pk)).data, status=status.HTTP_202_ACCEPTED)


class RunTests(APIView):
    __test__ = False  # for pytest

    @extend_schema(
        operation_id="acceptance_tests_run",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={202: StartedSerializer},
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Run the acceptance tests whose tasks are complete, and judge the gate."""
        plan = plan_for(request.user, pk, control=True)
        return _started(plan.pk, ask_for_run(plan=plan).pk)


class RunWaveTests(APIView):
    @extend_schema(
        operation_id="acceptance_tests_run_wave",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={202: StartedSerializer},
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Run those that could run after this wave, and judge the gate of it."""
        wave = Wave.objects.filter(pk=pk, plan__in=plans_for(person(request)).order_by()).first()
        if wave is None:
            raise NotFound("There is no such wave, or it is not yours.")
        plan = plan_for(request.user, wave.plan_id, control=True)
        return _started(plan.pk, ask_for_run(plan=plan, wave=wave).pk)


def _started(plan_id: uuid.UUID, run_id: uuid.UUID) -> Response:
    body = {"masterplan_id": plan_id, "run_id": run_id, "watch": f"/api/v2/testing/results/{plan_id}/"}
    return Response(StartedSerializer(body).data, status=status.HTTP_202_ACCEPTED)


class TestResults(APIView):
    __test__ = False  # for pytest

    @extend_schema(operation_id="acceptance_tests_results", responses=ResultsSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """Every requirement with its latest result, and the latest runs of the tests."""
        plan = plan_for(request.user, pk)
        rows = acceptance_of(plan.pk)
        runs = SuiteRun.objects.filter(plan=plan).select_related("wave")[:10]
        body = {
            "masterplan_id": plan.pk,
            "suite": AcceptanceSuite.objects.filter(plan=plan).first() or AcceptanceSuite(plan=plan),
            "passed": sum(row["passed"] is True for row in rows),
            "failed": sum(row["passed"] is False for row in rows),
            "not_run": sum(row["passed"] is None for row in rows),
            "tests": rows,
            "runs": runs,
        }
        return Response(ResultsSerializer(body).data)


class Gate(APIView):
    @extend_schema(operation_id="gate_retrieve", responses=GatesSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """Gate S as it was judged last, with failing tests and suspected atoms."""
        plan = plan_for(request.user, pk)
        gates = list(GateResult.objects.filter(plan=plan).select_related("wave", "overridden_by")[:50])
        body = {"masterplan_id": plan.pk, "gate": gates[0] if gates else None, "gates": gates}
        return Response(GatesSerializer(body).data)


class OverrideGate(APIView):
    @extend_schema(operation_id="gate_override", request=OverrideSerializer, responses=GateSerializer)
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Let a failed gate pass (staff), with a reason that is kept; a run that waits for it goes on."""
        plan = plan_for(request.user, pk)
        user = person(request)
        if not user.is_staff:
            raise NotPermitted("Gates are overridden by staff.", hint="Ask a member of staff.")
        given = OverrideSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        gate = override_gate(plan=plan, reason=given.validated_data["reason"], user=user)
        return Response(GateSerializer(gate).data)
