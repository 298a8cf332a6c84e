"""Plans: made from a request or a discovery, read, edited, decided on."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from common.errors import InvalidInput
from common.idempotency import idempotent
from planning.api.filters import PlanFilter
from planning.api.parameters import IDEMPOTENCY_KEY, edit_of
from planning.api.people import actor_of, person
from planning.api.serializers.edits import PlanEditSerializer
from planning.api.serializers.plans import (
    PLAN_COLUMNS,
    ApproveSerializer,
    MakePlanSerializer,
    PlanListSerializer,
    PlanSerializer,
    PlanUnderWaySerializer,
    RejectSerializer,
    whole_plan,
)
from planning.api.views.discoveries import BuildThrottle, start_options
from planning.models import DiscoveryDocument, MasterPlan
from planning.selectors.access import discovery_for, plan_for, plans_for
from planning.services import approval, editing
from planning.services.discovery import request_plan
from planning.services.intake import start_discovery


class PlanList(ListAPIView[MasterPlan]):
    """Plans, latest first; `search` looks at name, description and request."""

    serializer_class = PlanListSerializer
    queryset = MasterPlan.objects.none()
    filter_backends = [DjangoFilterBackend, OrderingFilter, SearchFilter]
    filterset_class = PlanFilter
    ordering_fields = ["created_at", "updated_at", "project_name", "progress_percent", "status"]
    search_fields = ["project_name", "description", "original_request"]
    throttle_classes = [UserRateThrottle, BuildThrottle]
    throttle_scope = "build"

    def get_queryset(self) -> QuerySet[MasterPlan]:
        return plans_for(self.request.user).only("owner__username", "replanning", *PLAN_COLUMNS)

    @extend_schema(
        operation_id="masterplans_make",
        parameters=[IDEMPOTENCY_KEY],
        request=MakePlanSerializer,
        responses={202: PlanUnderWaySerializer},
        examples=[
            OpenApiExample("From a request", {"request": "Create a REST API for tasks"}, request_only=True),
            OpenApiExample("From a discovery", {"discovery": str(uuid.UUID(int=1))}, request_only=True),
        ],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a plan from a validated discovery, or from a request with default answers."""
        given = MakePlanSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        if "discovery" in data:
            found = discovery_for(request.user, data["discovery"], control=True)
            discovery = request_plan(discovery_id=found.pk)
        else:
            discovery = start_discovery(
                owner=person(request),
                request=data["request"],
                unattended=True,
                auto_plan=True,
                **start_options(person(request), data),
            )
        return Response(under_way(discovery), status=status.HTTP_202_ACCEPTED)


def under_way(discovery: DiscoveryDocument) -> dict[str, Any]:
    """Where to watch a plan being made. One query."""
    plan_id = discovery.masterplans.values_list("pk", flat=True).first()
    return {
        "discovery": str(discovery.pk),
        "conversation": str(discovery.conversation_id),
        "masterplan": str(plan_id) if plan_id else None,
        "status": discovery.status,
        "links": {
            "discovery": reverse("discovery", args=[discovery.pk]),
            "events": reverse("conversation-events", args=[discovery.conversation_id]),
            "masterplan": reverse("masterplan", args=[plan_id]) if plan_id else None,
            "socket": "/ws/",
        },
    }


class PlanDetail(APIView):
    @extend_schema(operation_id="masterplans_retrieve", responses=PlanSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """The whole plan, phases to subtasks, in a fixed number of queries."""
        return Response(whole_plan(plan_for(request.user, pk)))

    @extend_schema(request=PlanEditSerializer, responses={200: PlanListSerializer, 202: PlanListSerializer})
    def patch(self, request: Request, pk: uuid.UUID) -> Response:
        """Change a draft; `rating` at any time. 202 for another `stack`: its tasks are planned anew, events tell."""
        plan = plan_for(request.user, pk, control=True)
        given = PlanEditSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        values, expected = edit_of(given.validated_data)
        editing.edit_plan(plan_id=plan.pk, values=values, actor=actor_of(request), expected=expected)
        changed = plan_for(request.user, pk)
        code = status.HTTP_202_ACCEPTED if changed.replanning else status.HTTP_200_OK
        return Response(PlanListSerializer(changed).data, status=code)


class PlanApprove(APIView):
    """Approve a draft. ``execution`` overrides the route to start the build too: override ``decide``."""

    @extend_schema(
        operation_id="masterplans_approve",
        parameters=[IDEMPOTENCY_KEY],
        request=ApproveSerializer,
        responses={200: PlanListSerializer, 202: PlanListSerializer},
        examples=[OpenApiExample("Approve and build", {"execute": True, "version": 1}, request_only=True)],
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Approve the draft, in the `version` that was read, and start the build when `execute` is true."""
        plan = plan_for(request.user, pk, control=True)
        given = ApproveSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        read = given.validated_data.get("version")
        return self.decide(request, plan, execute=given.validated_data["execute"], expected=read)

    def decide(self, request: Request, plan: MasterPlan, *, execute: bool, expected: int | None) -> Response:
        """Hook for ``execution``, which can start a build."""
        if execute:
            raise InvalidInput("This server plans only; a build cannot be started here.")
        approval.approve_plan(plan_id=plan.pk, actor=actor_of(request), expected=expected)
        return Response(PlanListSerializer(plan_for(request.user, plan.pk)).data)


class PlanReject(APIView):
    @extend_schema(
        operation_id="masterplans_reject",
        parameters=[IDEMPOTENCY_KEY],
        request=RejectSerializer,
        responses={200: PlanListSerializer},
        examples=[OpenApiExample("With a reason", {"reason": "Too large for a first version."}, request_only=True)],
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Reject the draft, with a reason."""
        plan = plan_for(request.user, pk, control=True)
        given = RejectSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        approval.reject_plan(plan_id=plan.pk, actor=actor_of(request), reason=given.validated_data["reason"])
        return Response(PlanListSerializer(plan_for(request.user, pk)).data)
