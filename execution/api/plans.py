"""What is asked of a plan's execution: start, pause, resume, cancel, and what came of it."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils.text import slugify
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.changes import change
from common.errors import NotFound
from common.idempotency import idempotent
from execution.api.serializers import (
    ControlSerializer,
    ModeSerializer,
    ResumeSerializer,
    RunSerializer,
    SnapshotSerializer,
    StartSerializer,
)
from execution.api.streaming import StreamedFile
from execution.output.archive import write_archive
from execution.output.paths import safe_path
from execution.output.report import Report
from execution.projection import workspace_of
from execution.services.cancelling import cancel_plan
from execution.services.going_back import resume_from
from execution.services.runs import ask_to_pause, latest_run, reported_run, resume_run, start_run
from planning.api.parameters import IDEMPOTENCY_KEY
from planning.api.people import actor_of
from planning.api.serializers.discoveries import ReasonSerializer
from planning.api.serializers.plans import PlanListSerializer
from planning.api.views.plan_parts import PlanProgress
from planning.api.views.plans import PlanApprove
from planning.models import ExecutionSnapshot, MasterPlan
from planning.selectors.access import plan_for
from planning.services import approval


class ApproveAndBuild(PlanApprove):
    """Approve a draft and, when asked, start its build in the same step."""

    def decide(self, request: Request, plan: MasterPlan, *, execute: bool, expected: int | None) -> Response:
        if not execute:
            return super().decide(request, plan, execute=False, expected=expected)
        with change():
            approved = approval.approve_plan(plan_id=plan.pk, actor=actor_of(request), expected=expected)
            start_run(plan=approved, actor=actor_of(request))
        return Response(PlanListSerializer(plan_for(request.user, plan.pk)).data, status=status.HTTP_202_ACCEPTED)


class Execute(APIView):
    @extend_schema(
        operation_id="masterplans_execute",
        parameters=[IDEMPOTENCY_KEY],
        request=ModeSerializer,
        responses={202: RunSerializer},
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Start to build an approved plan; watch it by its events or the socket."""
        given = ModeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        plan = plan_for(request.user, pk, control=True)
        run = start_run(plan=plan, actor=actor_of(request), mode=given.validated_data.get("mode"))
        return Response(RunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class StartExecution(APIView):
    @extend_schema(
        operation_id="execution_start",
        parameters=[IDEMPOTENCY_KEY],
        request=StartSerializer,
        responses={202: RunSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Start to build the approved plan `masterplan_id`."""
        given = StartSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        plan = plan_for(request.user, given.validated_data["masterplan_id"], control=True)
        run = start_run(plan=plan, actor=actor_of(request), mode=given.validated_data.get("mode"))
        return Response(RunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class ExecutionStatus(APIView):
    @extend_schema(operation_id="execution_status", responses=RunSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """The latest run of a plan."""
        run = latest_run(plan_for(request.user, pk).pk)
        if run is None:
            raise NotFound("The plan was never started.", hint="Approve it, then POST execute/.")
        return Response(RunSerializer(run).data)


class Progress(PlanProgress):
    """Progress with where the run stands."""

    def shown(self, plan: MasterPlan) -> dict[str, Any]:
        run = latest_run(plan.pk)
        return {**super().shown(plan), "stage": run.stage if run else "", "run_status": run.status if run else ""}


class Pause(APIView):
    @extend_schema(
        operation_id="masterplans_pause",
        request=ReasonSerializer,
        responses={200: ControlSerializer, 202: ControlSerializer},
    )
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Pause at the next safe point; 202 while what runs is being finished."""
        given = ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        plan = plan_for(request.user, pk, control=True)
        done = ask_to_pause(plan=plan, actor=actor_of(request), note=given.validated_data["reason"])
        return _control(request, pk, done=done)


class Resume(APIView):
    @extend_schema(
        operation_id="masterplans_resume",
        parameters=[IDEMPOTENCY_KEY],
        request=ResumeSerializer,
        responses={202: RunSerializer},
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Go on from the stored state, where accepted work is never repeated; or from an earlier `snapshot`."""
        plan = plan_for(request.user, pk, control=True)
        given = ResumeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        if "snapshot" in given.validated_data:
            run = resume_from(plan=plan, snapshot_id=given.validated_data["snapshot"], actor=actor_of(request))
        else:
            run = resume_run(plan=plan, actor=actor_of(request))
        return Response(RunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class Cancel(APIView):
    @extend_schema(operation_id="masterplans_cancel", request=ReasonSerializer, responses=ControlSerializer)
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Stop for good; files stay."""
        given = ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        plan = plan_for(request.user, pk, control=True)
        cancel_plan(plan=plan, actor=actor_of(request), reason=given.validated_data["reason"])
        return _control(request, pk, done=True)


def _control(request: Request, plan_id: uuid.UUID, *, done: bool) -> Response:
    plan = plan_for(request.user, plan_id)
    body = {"masterplan_id": plan.pk, "status": plan.status, "done": done}
    return Response(ControlSerializer(body).data, status=status.HTTP_200_OK if done else status.HTTP_202_ACCEPTED)


class ReportView(APIView):
    @extend_schema(operation_id="masterplans_report", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """The final report of the latest completed run."""
        run = reported_run(plan_for(request.user, pk).pk)
        if run is None:
            raise NotFound("There is no report yet.", hint="It is written when the plan is completed.")
        return Response(Report.model_validate(run.report).model_dump(mode="json"))


class Download(APIView):
    @extend_schema(operation_id="masterplans_download", responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: uuid.UUID) -> StreamedFile:
        """The project's files as they are now, as a zip."""
        plan = plan_for(request.user, pk)
        name = slugify(plan.project_name) or "project"
        target = tempfile.SpooledTemporaryFile(max_size=8 * 1024 * 1024)  # noqa: SIM115 - the response closes it
        try:
            write_archive(workspace_root(plan), target, name=name)
        except BaseException:
            target.close()
            raise
        target.seek(0)
        return StreamedFile(target, as_attachment=True, filename=f"{name}.zip", content_type="application/zip")


class Files(APIView):
    @extend_schema(operation_id="masterplans_files", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """Paths and sizes of the project's files."""
        plan = plan_for(request.user, pk)
        root = workspace_root(plan)
        paths = [path for path in workspace_of(plan).owned_files() if is_there(root, path)]
        return Response([{"path": path, "size": (root / path).stat().st_size} for path in paths])


class File(APIView):
    @extend_schema(
        operation_id="masterplans_file",
        parameters=[OpenApiParameter("path", OpenApiTypes.STR, OpenApiParameter.PATH)],
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, pk: uuid.UUID, path: str) -> Response:
        """One file's text."""
        plan = plan_for(request.user, pk)
        root = workspace_root(plan)
        wanted = safe_path(path)
        if wanted not in workspace_of(plan).owned_files() or not is_there(root, wanted):
            raise NotFound(f"The project has no file {wanted}.")
        return Response({"path": wanted, "text": (root / wanted).read_text(errors="replace")})


def is_there(root: Path, path: str) -> bool:
    """Whether a real file of the project stands there: not deleted since, and no link to somewhere else."""
    return (root / path).is_file() and (root / path).resolve() == root.resolve() / path


def workspace_root(plan: MasterPlan) -> Path:
    """The project's folder. Raises ``NotFound`` before the first wave has written it."""
    root = Path(plan.workspace_path) if plan.workspace_path else None
    if root is None or not root.is_dir():
        raise NotFound("The plan has no files yet.", hint="They are written wave by wave.")
    return root


class Snapshots(ListAPIView[ExecutionSnapshot]):
    """The states kept at every pause, at the end of every wave and before a small run, latest first."""

    serializer_class = SnapshotSerializer
    queryset = ExecutionSnapshot.objects.none()
    filter_backends = []

    def get_queryset(self) -> QuerySet[ExecutionSnapshot]:
        return ExecutionSnapshot.objects.filter(plan=plan_for(self.request.user, self.kwargs["pk"]))
