"""Tasks of a plan: read, and edited while it is a draft."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.idempotency import idempotent
from planning.api.parameters import IDEMPOTENCY_KEY, edit_of
from planning.api.people import actor_of
from planning.api.serializers.edits import (
    PlaceSerializer,
    TaskAddSerializer,
    TaskEditSerializer,
    TaskRemoveSerializer,
)
from planning.api.serializers.hierarchy import TaskDetailSerializer
from planning.selectors.access import plan_for, task_for
from planning.services import editing


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
        values, expected = edit_of(given.validated_data)
        editing.edit_task(task_id=task.pk, values=values, actor=actor_of(request), expected=expected)
        return Response(TaskDetailSerializer(task_for(request.user, pk)).data)

    @extend_schema(parameters=[TaskRemoveSerializer], responses={204: None})
    def delete(self, request: Request, pk: uuid.UUID) -> Response:
        """Take a task out of a draft, and with `with_dependents` what needs it too."""
        task = task_for(request.user, pk, control=True)
        given = TaskRemoveSerializer(data=request.query_params)
        given.is_valid(raise_exception=True)
        editing.remove_task(
            task_id=task.pk,
            actor=actor_of(request),
            with_dependents=given.validated_data["with_dependents"],
            uncover=given.validated_data["uncover"],
            expected=given.validated_data.get("version"),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class TaskMove(APIView):
    @extend_schema(operation_id="tasks_move", request=PlaceSerializer, responses=TaskDetailSerializer)
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Put a task of a draft at another place."""
        task = task_for(request.user, pk, control=True)
        given = PlaceSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        place, expected = edit_of(given.validated_data)
        editing.move_task(task_id=task.pk, actor=actor_of(request), expected=expected, **place)
        return Response(TaskDetailSerializer(task_for(request.user, pk)).data)


class PlanTasks(APIView):
    @extend_schema(
        operation_id="masterplans_add_task",
        parameters=[IDEMPOTENCY_KEY],
        request=TaskAddSerializer,
        responses={201: TaskDetailSerializer},
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Add a task to a draft."""
        plan = plan_for(request.user, pk, control=True)
        given = TaskAddSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values, expected = edit_of(given.validated_data)
        task = editing.add_task(
            plan_id=plan.pk,
            milestone=values.pop("milestone"),
            position=values.pop("position", None),
            values=values,
            actor=actor_of(request),
            expected=expected,
        )
        shown = TaskDetailSerializer(task_for(request.user, task.pk)).data
        return Response(shown, status=status.HTTP_201_CREATED)
