"""Discoveries: from a request, over questions, to a domain model that a person confirms."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle, UserRateThrottle
from rest_framework.views import APIView

from common.errors import InvalidInput
from common.idempotency import idempotent
from planning.api.parameters import IDEMPOTENCY_KEY
from planning.api.people import actor_of, person
from planning.api.serializers.discoveries import (
    AnswersSerializer,
    DiscoveryListSerializer,
    DiscoverySerializer,
    DomainChangesSerializer,
    ReasonSerializer,
    StartDiscoverySerializer,
)
from planning.models import DiscoveryDocument
from planning.selectors.access import conversation_for, discoveries_for, discovery_for, workspace_for_user
from planning.services.answering import answer_by_defaults, answer_questions
from planning.services.discovery import cancel_discovery, retry_discovery
from planning.services.domain import change_domain_model, validate_discovery
from planning.services.intake import start_discovery


def start_options(user: User, given: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments of ``start_discovery`` from validated options. Raises ``NotFound``, ``NotPermitted``."""
    from integrations.llm.offline.engine import EngineOptions  # noqa: PLC0415 - a large library

    options: dict[str, Any] = {
        "stack": given.get("stack", ""),
        "execution_mode": given.get("execution_mode", ""),
    }
    if "workspace" in given:
        options["workspace"] = workspace_for_user(user, given["workspace"], control=True)
    if "conversation" in given:
        options["conversation"] = conversation_for(user, given["conversation"], control=True)
    if "engine_options" in given:
        options["engine_options"] = EngineOptions(**given["engine_options"])
    return options


class BuildThrottle(ScopedRateThrottle):
    """Counts only what starts work."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        return request.method != "POST" or super().allow_request(request, view)


class DiscoveryList(ListAPIView[DiscoveryDocument]):
    """Discoveries, latest first."""

    serializer_class = DiscoveryListSerializer
    queryset = DiscoveryDocument.objects.none()
    filterset_fields = ["status", "workspace", "conversation"]
    ordering_fields = ["created_at", "updated_at", "status"]
    throttle_classes = [UserRateThrottle, BuildThrottle]
    throttle_scope = "build"

    def get_queryset(self) -> QuerySet[DiscoveryDocument]:
        return discoveries_for(self.request.user)

    @extend_schema(
        operation_id="discoveries_start",
        parameters=[IDEMPOTENCY_KEY],
        request=StartDiscoverySerializer,
        responses={202: DiscoverySerializer},
        examples=[OpenApiExample("A request", {"request": "Create a REST API for tasks"}, request_only=True)],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Start a discovery; its questions follow as events of the conversation."""
        given = StartDiscoverySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        discovery = start_discovery(
            owner=person(request),
            request=data["request"],
            auto_plan=data["auto_plan"],
            **start_options(person(request), data),
        )
        return Response(DiscoverySerializer(discovery).data, status=status.HTTP_202_ACCEPTED)


class DiscoveryDetail(APIView):
    @extend_schema(operation_id="discoveries_retrieve", responses=DiscoverySerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        return Response(DiscoverySerializer(discovery_for(request.user, pk)).data)

    @extend_schema(request=DomainChangesSerializer, responses=DiscoverySerializer)
    def patch(self, request: Request, pk: uuid.UUID) -> Response:
        """Replace parts of the domain model that waits for validation."""
        discovery = discovery_for(request.user, pk, control=True)
        given = DomainChangesSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        if not given.validated_data:
            raise InvalidInput("There is nothing to change.", hint="Send parts of the domain model.")
        changed = change_domain_model(discovery_id=discovery.pk, changes=given.validated_data, actor=actor_of(request))
        return Response(DiscoverySerializer(changed).data)


class DiscoveryAnswers(APIView):
    @extend_schema(
        operation_id="discoveries_answers",
        parameters=[IDEMPOTENCY_KEY],
        request=AnswersSerializer,
        responses={202: DiscoverySerializer},
        examples=[
            OpenApiExample("Some", {"answers": {"users": "Administrators and members"}}, request_only=True),
            OpenApiExample("Defaults for the rest", {"defaults": True}, request_only=True),
        ],
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Answer questions, some or all; the domain model follows when none is open."""
        discovery = discovery_for(request.user, pk, control=True)
        given = AnswersSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        answers, defaults = given.validated_data.get("answers", {}), given.validated_data["defaults"]
        actor = actor_of(request)
        if answers or not defaults:
            discovery = answer_questions(discovery_id=discovery.pk, answers=answers, actor=actor)
        if defaults and discovery.status == "awaiting_answers":
            discovery = answer_by_defaults(discovery_id=discovery.pk, actor=actor, dispatched=True)
        return Response(DiscoverySerializer(discovery).data, status=status.HTTP_202_ACCEPTED)


class DiscoveryValidate(APIView):
    @extend_schema(
        operation_id="discoveries_validate",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={200: DiscoverySerializer},
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Confirm the domain model."""
        discovery = discovery_for(request.user, pk, control=True)
        changed = validate_discovery(discovery_id=discovery.pk, actor=actor_of(request))
        return Response(DiscoverySerializer(changed).data)


class DiscoveryCancel(APIView):
    @extend_schema(operation_id="discoveries_cancel", request=ReasonSerializer, responses={200: DiscoverySerializer})
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Stop it for good."""
        discovery = discovery_for(request.user, pk, control=True)
        given = ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        changed = cancel_discovery(discovery_id=discovery.pk, actor=actor_of(request), **given.validated_data)
        return Response(DiscoverySerializer(changed).data)


class DiscoveryRetry(APIView):
    @extend_schema(operation_id="discoveries_retry", request=None, responses={202: DiscoverySerializer})
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Try the step that failed again."""
        discovery = discovery_for(request.user, pk, control=True)
        changed = retry_discovery(discovery_id=discovery.pk)
        return Response(DiscoverySerializer(changed).data, status=status.HTTP_202_ACCEPTED)
