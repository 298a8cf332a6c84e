"""Progress, history, versions, events and tasks of a plan."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import InvalidInput, NotFound
from common.models import PlanHistory
from planning.api.parameters import SINCE, since_of
from planning.api.people import actor_of
from planning.api.serializers.places import EventPageSerializer
from planning.api.serializers.plans import (
    ExecutableTaskSerializer,
    HistorySerializer,
    ProgressSerializer,
    TaskDetailSerializer,
    TaskEditSerializer,
    VersionListSerializer,
    VersionSerializer,
)
from planning.api.views.places import event_page
from planning.models import PlanVersion
from planning.selectors.access import plan_for, task_for
from planning.selectors.plans import executable_tasks, history_of, milestone_progress, phase_progress
from planning.services import editing


class PlanProgress(APIView):
    @extend_schema(operation_id="masterplans_progress", responses=ProgressSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """Counters of the plan, its phases and milestones. Three queries."""
        plan = plan_for(request.user, pk)
        shown = {
            "status": plan.status,
            "total_tasks": plan.total_tasks,
            "completed_tasks": plan.completed_tasks,
            "failed_tasks": plan.failed_tasks,
            "blocked_tasks": plan.blocked_tasks,
            "skipped_tasks": plan.skipped_tasks,
            "progress_percent": plan.progress_percent,
            "phases": phase_progress(plan.pk),
            "milestones": milestone_progress(plan.pk),
        }
        return Response(ProgressSerializer(shown).data)


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
        version = PlanVersion.objects.select_related("author", "parent").filter(plan=plan, number=number).first()
        if version is None:
            raise NotFound(f"The plan has no version {number}.")
        return Response(VersionSerializer(version).data)


class PlanEvents(APIView):
    @extend_schema(operation_id="masterplans_events", parameters=[SINCE], responses=EventPageSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """The events of the plan, in order."""
        plan = plan_for(request.user, pk)
        return Response(event_page(plan.pk, since_of(request)))


class TaskDetail(APIView):
    @extend_schema(operation_id="tasks_retrieve", responses=TaskDetailSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        return Response(TaskDetailSerializer(task_for(request.user, pk)).data)

    @extend_schema(request=TaskEditSerializer, responses=TaskDetailSerializer)
    def patch(self, request: Request, pk: uuid.UUID) -> Response:
        """Change a task of a draft."""
        task = task_for(request.user, pk, control=True)
        given = TaskEditSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        if not given.validated_data:
            raise InvalidInput("There is nothing to change.")
        editing.edit_task(task_id=task.pk, values=given.validated_data, actor=actor_of(request))
        return Response(TaskDetailSerializer(task_for(request.user, pk)).data)
