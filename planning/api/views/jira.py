"""Export to Jira, and the CSV for its importer."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from django.utils.text import slugify
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.idempotency import idempotent
from planning.api.parameters import IDEMPOTENCY_KEY
from planning.api.people import actor_of
from planning.jira.asking import API, CSV, ask_for_export, csv_of
from planning.jira.status import export_status
from planning.selectors.access import plan_for

LINES_AT_ONCE = 50


class JiraExportSerializer(serializers.Serializer[Any]):
    format = serializers.ChoiceField(
        choices=[API, CSV], default=API, help_text="`csv`: a file for Jira's importer, which needs no settings."
    )


class JiraExport(APIView):
    @extend_schema(
        operation_id="masterplans_export_jira",
        parameters=[IDEMPOTENCY_KEY],
        request=JiraExportSerializer,
        responses={202: OpenApiTypes.OBJECT},
        examples=[OpenApiExample("To the project of the settings", {"format": "api"}, request_only=True)],
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Bring the plan to Jira as it is now: what is there already is changed or left alone. Events tell."""
        given = JiraExportSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        plan = plan_for(request.user, pk, control=True)
        shown = ask_for_export(plan=plan, how=given.validated_data["format"], actor=actor_of(request))
        return Response(shown, status=status.HTTP_202_ACCEPTED)

    @extend_schema(operation_id="masterplans_export_jira_status", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """How the export stands: counts, which items failed and why, what the site lacks, the issue of every item."""
        return Response(export_status(plan_for(request.user, pk)))


class JiraCSV(APIView):
    @extend_schema(operation_id="masterplans_export_jira_csv", responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, pk: uuid.UUID) -> StreamingHttpResponse:
        """The plan as a CSV for Jira's importer: epics, stories, sub-tasks."""
        plan = plan_for(request.user, pk)
        pieces = _pieces(csv_of(plan))
        serves_async = isinstance(request._request, ASGIRequest)
        answer = StreamingHttpResponse(
            without_blocking(pieces) if serves_async else pieces, content_type="text/csv; charset=utf-8"
        )
        name = slugify(plan.project_name) or "project"
        answer["Content-Disposition"] = f'attachment; filename="{name}-jira.csv"'
        return answer


def _pieces(lines: Iterator[str]) -> Iterator[str]:
    while piece := "".join(islice(lines, LINES_AT_ONCE)):
        yield piece


async def without_blocking(pieces: Iterator[str]) -> AsyncIterator[str]:
    """The server's own loop takes only asynchronous iterators piece by piece."""
    while piece := await sync_to_async(_next)(pieces):
        yield piece


def _next(pieces: Iterator[str]) -> str:
    return next(pieces, "")
