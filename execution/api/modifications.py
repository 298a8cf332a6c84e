"""Modifications of a plan: asked for in plain words, read, approved, rejected, adjusted."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.idempotency import idempotent
from execution.services.modifying import (
    adjust_modification,
    approve_modification,
    reject_modification,
    request_modification,
)
from planning.api.parameters import IDEMPOTENCY_KEY
from planning.api.people import actor_of
from planning.api.serializers.discoveries import ReasonSerializer
from planning.models import ModificationProposal
from planning.selectors.access import modification_for, plan_for
from planning.selectors.modifications import modification_document, modifications_of


class RequirementSerializer(serializers.Serializer[Any]):
    requirement = serializers.CharField(
        allow_blank=True, trim_whitespace=False, help_text="What should change, in plain words."
    )


class AdjustmentSerializer(serializers.Serializer[Any]):
    adjustment = serializers.CharField(
        allow_blank=True, trim_whitespace=False, help_text="What should be otherwise than in the proposal."
    )


class ModificationSerializer(serializers.ModelSerializer[ModificationProposal]):
    """`impact` is empty until `analysed`; `error` says why a proposal could not be made."""

    class Meta:
        model = ModificationProposal
        fields = ["id"]

    def to_representation(self, instance: ModificationProposal) -> dict[str, Any]:
        return modification_document(instance)


class PlanModifications(ListAPIView[ModificationProposal]):
    """Every modification that was asked for, latest first."""

    serializer_class = ModificationSerializer
    queryset = ModificationProposal.objects.none()
    filterset_fields = ["status"]
    ordering_fields = ["created_at"]

    def get_queryset(self) -> QuerySet[ModificationProposal]:
        return modifications_of(plan_for(self.request.user, self.kwargs["pk"]).pk)

    @extend_schema(
        operation_id="masterplans_modifications_request",
        parameters=[IDEMPOTENCY_KEY],
        request=RequirementSerializer,
        responses={202: OpenApiTypes.OBJECT},
        examples=[OpenApiExample("A field", {"requirement": "Add a price to the books."}, request_only=True)],
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Ask for a change: the run pauses at its next safe point, then the proposal follows as an event."""
        given = RequirementSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        plan = plan_for(request.user, pk, control=True)
        asked = request_modification(
            plan=plan, requirement=given.validated_data["requirement"], actor=actor_of(request)
        )
        return Response(modification_document(asked), status=status.HTTP_202_ACCEPTED)


class ModificationDetail(APIView):
    @extend_schema(operation_id="modifications_retrieve", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """A modification with its impact and, field by field, what it changes in the plan."""
        return Response(modification_document(modification_for(request.user, pk)))


class ModificationApprove(APIView):
    @extend_schema(
        operation_id="modifications_approve",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={202: OpenApiTypes.OBJECT},
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Make it the next version of the plan; what it changes is built, and the run goes on."""
        found = modification_for(request.user, pk, control=True)
        decided = approve_modification(proposal_id=found.pk, actor=actor_of(request))
        return Response(modification_document(decided), status=status.HTTP_202_ACCEPTED)


class ModificationReject(APIView):
    @extend_schema(
        operation_id="modifications_reject",
        parameters=[IDEMPOTENCY_KEY],
        request=ReasonSerializer,
        responses=OpenApiTypes.OBJECT,
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Leave the plan as it is; a run that was paused for the proposal goes on."""
        given = ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        found = modification_for(request.user, pk, control=True)
        reason = given.validated_data["reason"]
        decided = reject_modification(proposal_id=found.pk, actor=actor_of(request), reason=reason)
        return Response(modification_document(decided))


class ModificationAdjust(APIView):
    @extend_schema(
        operation_id="modifications_adjust",
        parameters=[IDEMPOTENCY_KEY],
        request=AdjustmentSerializer,
        responses={202: OpenApiTypes.OBJECT},
        examples=[OpenApiExample("More words", {"adjustment": "The price may be empty."}, request_only=True)],
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Say what should be otherwise: a new proposal follows, in the place of this one."""
        given = AdjustmentSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        found = modification_for(request.user, pk, control=True)
        words = given.validated_data["adjustment"]
        adjusted = adjust_modification(proposal_id=found.pk, words=words, actor=actor_of(request))
        return Response(modification_document(adjusted), status=status.HTTP_202_ACCEPTED)
