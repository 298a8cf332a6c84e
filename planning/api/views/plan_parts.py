"""Progress, history, versions and events of a plan."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.idempotency import idempotent
from common.models import PlanHistory
from planning.api.parameters import IDEMPOTENCY_KEY, SINCE, since_of
from planning.api.people import actor_of
from planning.api.serializers.edits import (
    ExpectedVersionSerializer,
)
from planning.api.serializers.places import EventPageSerializer
from planning.api.serializers.plans import PlanListSerializer
from planning.api.serializers.progress import ExecutableTaskSerializer, HistorySerializer, ProgressSerializer
from planning.api.serializers.versions import DiffSerializer, VersionListSerializer, VersionSerializer
from planning.api.views.places import event_page
from planning.models import MasterPlan, PlanVersion, Task
from planning.selectors.access import plan_for
from planning.selectors.plans import executable_tasks, history_of, milestone_progress, phase_progress
from planning.services import editing
from planning.services.versions import difference, version_of


class PlanProgress(APIView):
    @extend_schema(operation_id="masterplans_progress", responses=ProgressSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """Counters of the plan, its phases, milestones and tasks, and the stage of its run."""
        return Response(ProgressSerializer(self.shown(plan_for(request.user, pk))).data)

    def shown(self, plan: MasterPlan) -> dict[str, Any]:
        """Three queries. Hook for ``execution``, which knows of runs."""
        tasks = Task.objects.filter(plan=plan).order_by("number")
        return {
            "status": plan.status,
            "stage": "",
            "run_status": "",
            "total_tasks": plan.total_tasks,
            "completed_tasks": plan.completed_tasks,
            "failed_tasks": plan.failed_tasks,
            "blocked_tasks": plan.blocked_tasks,
            "skipped_tasks": plan.skipped_tasks,
            "progress_percent": plan.progress_percent,
            "phases": phase_progress(plan.pk),
            "milestones": milestone_progress(plan.pk),
            "tasks": tasks.only("short_id", "title", "status", "code_percent", "plan_id", "number"),
        }


class PlanExecutableTasks(APIView):
    @extend_schema(operation_id="masterplans_executable_tasks", responses=ExecutableTaskSerializer(many=True))
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """Pending tasks whose dependencies are done, by priority, then age."""
        plan = plan_for(request.user, pk)
        return Response(ExecutableTaskSerializer(executable_tasks(plan.pk), many=True).data)


@extend_schema_view(get=extend_schema(operation_id="masterplans_history"))
class PlanHistoryList(ListAPIView[PlanHistory]):
    """Who changed what, latest first."""

    serializer_class = HistorySerializer
    queryset = PlanHistory.objects.none()
    filterset_fields = ["change_type", "item_type", "actor_kind", "item_id"]
    ordering_fields = ["id"]

    def get_queryset(self) -> QuerySet[PlanHistory]:
        return history_of(plan_for(self.request.user, self.kwargs["pk"]).pk)


@extend_schema_view(get=extend_schema(operation_id="masterplans_versions"))
class PlanVersionList(ListAPIView[PlanVersion]):
    """Versions, oldest first."""

    serializer_class = VersionListSerializer
    queryset = PlanVersion.objects.none()
    ordering_fields = ["number"]

    def get_queryset(self) -> QuerySet[PlanVersion]:
        plan = plan_for(self.request.user, self.kwargs["pk"])
        return PlanVersion.objects.filter(plan=plan).select_related("author", "parent").defer("snapshot", "diff")


class PlanVersionDetail(APIView):
    @extend_schema(operation_id="masterplans_version", responses=VersionSerializer)
    def get(self, request: Request, pk: uuid.UUID, number: int) -> Response:
        """One version with its snapshot and what changed since its parent."""
        plan = plan_for(request.user, pk)
        return Response(VersionSerializer(version_of(plan.pk, number)).data)


class PlanVersionDiff(APIView):
    @extend_schema(operation_id="masterplans_version_diff", responses=DiffSerializer)
    def get(self, request: Request, pk: uuid.UUID, before: int, after: int) -> Response:
        """What differs between two versions, whichever came first."""
        plan = plan_for(request.user, pk)
        return Response(difference(plan_id=plan.pk, before=before, after=after).model_dump(mode="json"))


class PlanVersionRestore(APIView):
    """``execution`` overrides ``restore`` for plans that are no drafts any more."""

    @extend_schema(
        operation_id="masterplans_version_restore",
        parameters=[IDEMPOTENCY_KEY],
        request=ExpectedVersionSerializer,
        responses={200: PlanListSerializer, 202: OpenApiTypes.OBJECT},
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID, number: int) -> Response:
        """Make a draft what it was in an earlier version, as a new version.

        For a plan that was approved 202 and a modification: what it touches follows, then approve or reject that.
        """
        plan = plan_for(request.user, pk, control=True)
        given = ExpectedVersionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return self.restore(request, plan, number, expected=given.validated_data.get("version"))

    def restore(self, request: Request, plan: MasterPlan, number: int, *, expected: int | None) -> Response:
        """Hook for ``execution``, which can change what is being built."""
        editing.restore_version(plan_id=plan.pk, number=number, actor=actor_of(request), expected=expected)
        return Response(PlanListSerializer(plan_for(request.user, plan.pk)).data)


class PlanEvents(APIView):
    @extend_schema(operation_id="masterplans_events", parameters=[SINCE], responses=EventPageSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """The events of the plan, in order."""
        plan = plan_for(request.user, pk)
        return Response(event_page(plan.pk, since_of(request)))
