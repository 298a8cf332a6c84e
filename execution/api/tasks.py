"""A task that is tried again or left out, by its plan's owner."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import InvalidInput
from common.idempotency import idempotent
from execution.api.serializers import MAX_CODE_CHARS, HintSerializer, RetryCostSerializer, TaskAttemptSerializer
from execution.closing.done_reports import stored_report, text_of
from execution.drafts.by_hand import draft_by_hand, fix_atom
from execution.models import AtomAttempt
from execution.services.retry_costs import cost_of_retrying_task
from execution.services.skipping import skip_task, tasks_left_out_with
from execution.services.trying_again import retry_task
from integrations.llm.shapes import ProjectFile
from planning.api.parameters import IDEMPOTENCY_KEY
from planning.api.people import actor_of
from planning.api.serializers.hierarchy import TaskDetailSerializer
from planning.models import Task
from planning.selectors.access import task_for


class SkipSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")
    dry_run = serializers.BooleanField(required=False, default=False)


class FileSerializer(serializers.Serializer[Any]):
    path = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=MAX_CODE_CHARS, allow_blank=True, trim_whitespace=False)


class FixSerializer(serializers.Serializer[Any]):
    """Either `files`, or `atom` and `code`."""

    files = FileSerializer(many=True, required=False, allow_empty=False)
    atom = serializers.UUIDField(required=False)
    code = serializers.CharField(max_length=MAX_CODE_CHARS, required=False, trim_whitespace=False)
    reason = serializers.CharField(max_length=2_000, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("files" in attrs) == ("atom" in attrs) or ("atom" in attrs) != ("code" in attrs):
            raise serializers.ValidationError("Send either files, or an atom and its code.")
        return attrs


class SkippedTaskSerializer(serializers.ModelSerializer[Task]):
    class Meta:
        model = Task
        fields = ["id", "short_id", "title", "status"]


class SkippedSerializer(serializers.Serializer[Any]):
    """What is left out, or would be."""

    dry_run = serializers.BooleanField()
    skipped = SkippedTaskSerializer(many=True)


class DoneCheckSerializer(serializers.Serializer[Any]):
    """`verdict` is `passed`, `failed` or `not_applicable`; `why` says what was looked at."""

    name = serializers.CharField()
    group = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment]  # the base has an attribute of this name
    verdict = serializers.ChoiceField(choices=["passed", "failed", "not_applicable"])
    why = serializers.CharField()


class DoneSerializer(serializers.Serializer[Any]):
    """`judged` is false, and there are no checks, before the task was judged for the first time."""

    task = serializers.CharField()
    title = serializers.CharField()
    status = serializers.CharField()
    judged = serializers.BooleanField()
    done = serializers.BooleanField()
    checks = DoneCheckSerializer(many=True)


class TaskAttempts(ListAPIView[AtomAttempt]):
    """Every attempt at the atoms of a task, by atom, first to last."""

    serializer_class = TaskAttemptSerializer
    queryset = AtomAttempt.objects.none()
    filter_backends = []

    def get_queryset(self) -> QuerySet[AtomAttempt]:
        task = task_for(self.request.user, self.kwargs["pk"])
        attempts = AtomAttempt.objects.filter(atom__task=task).select_related("atom")
        return attempts.order_by("atom__number", "attempt")


class DefinitionOfDone(APIView):
    @extend_schema(
        operation_id="tasks_dod",
        parameters=[OpenApiParameter("format", OpenApiTypes.STR, enum=("json", "text"), default="json")],
        responses=DoneSerializer,
    )
    def get(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        """Every criterion of the task's Definition of Done, with its verdict and why; as JSON or as text."""
        task = task_for(request.user, pk)
        wanted = request.query_params.get("format", "json")
        if wanted not in ("json", "text"):
            raise InvalidInput(f"There is no format {wanted!r}.", hint="Choose json or text.")
        report = stored_report(task)
        if wanted == "text":
            return HttpResponse(text_of(task), content_type="text/plain; charset=utf-8")
        body = {
            "task": task.short_id,
            "title": task.title,
            "status": task.status,
            "judged": report is not None,
            "done": report is not None and report.done,
            "checks": report.checks if report else [],
        }
        return Response(DoneSerializer(body).data)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """``format`` is ours here, not the renderer's."""
        renderers = self.get_renderers()
        return renderers[0], renderers[0].media_type


class RetryTask(APIView):
    @extend_schema(
        operation_id="tasks_retry",
        parameters=[IDEMPOTENCY_KEY],
        request=HintSerializer,
        responses={202: TaskDetailSerializer, 200: RetryCostSerializer},
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """A new draft for a task without code, else one more attempt at what failed of it; with an optional hint.

        With `dry_run` nothing is tried, and the answer (200) says what it would cost.
        """
        given = HintSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        task = task_for(request.user, pk, control=True)
        if given.validated_data["dry_run"]:
            return Response(RetryCostSerializer(cost_of_retrying_task(task)).data)
        retry_task(task_id=task.pk, hint=given.validated_data["hint"], actor=actor_of(request))
        return Response(TaskDetailSerializer(task_for(request.user, pk)).data, status=status.HTTP_202_ACCEPTED)


class FixTask(APIView):
    @extend_schema(operation_id="tasks_fix", request=FixSerializer, responses={202: TaskDetailSerializer})
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Code by hand: `files` for a task of which none could be made, else `code` for one of its atoms (`atom`).

        It is checked before it is taken; what is wrong is in `problems` or `diagnostics`.
        """
        given = FixSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        task = task_for(request.user, pk, control=True)
        if "files" in wanted:
            files = [ProjectFile.model_construct(**file) for file in wanted["files"]]
            draft_by_hand(task_id=task.pk, files=files, actor=actor_of(request))
        else:
            fix_atom(
                task_id=task.pk,
                atom_id=wanted["atom"],
                code=wanted["code"],
                actor=actor_of(request),
                reason=wanted["reason"],
            )
        return Response(TaskDetailSerializer(task_for(request.user, pk)).data, status=status.HTTP_202_ACCEPTED)


class SkipTask(APIView):
    @extend_schema(
        operation_id="tasks_skip", parameters=[IDEMPOTENCY_KEY], request=SkipSerializer, responses=SkippedSerializer
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Leave a task out, with every task that needs it; with `dry_run` only say which those are."""
        given = SkipSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        task = task_for(request.user, pk, control=True)
        if given.validated_data["dry_run"]:
            skipped = tasks_left_out_with(task.pk)
        else:
            skipped = skip_task(task_id=task.pk, actor=actor_of(request), reason=given.validated_data["reason"])
        body = {"dry_run": given.validated_data["dry_run"], "skipped": skipped}
        return Response(SkippedSerializer(body).data)
