"""Modifications of a plan: asked for in plain words, read, approved, rejected, adjusted."""

from __future__ import annotations

import uuid
from collections.abc import Callable
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
    request_restoration,
)
from planning.api.parameters import IDEMPOTENCY_KEY
from planning.api.people import actor_of
from planning.api.serializers.discoveries import ReasonSerializer
from planning.api.views.plan_parts import PlanVersionRestore
from planning.models import MasterPlan, ModificationProposal
from planning.selectors.access import modification_for, plan_for
from planning.selectors.modifications import modification_document, modifications_of
from planning.states import PlanStatus

ACCEPTED = status.HTTP_202_ACCEPTED


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
        words = _valid(RequirementSerializer, request)["requirement"]
        plan = plan_for(request.user, pk, control=True)
        return _shown(request_modification(plan=plan, requirement=words, actor=actor_of(request)), code=ACCEPTED)


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
        return _shown(_decided(request, pk, approve_modification), code=ACCEPTED)


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
        reason = _valid(ReasonSerializer, request)["reason"]
        return _shown(_decided(request, pk, reject_modification, reason=reason))


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
        words = _valid(AdjustmentSerializer, request)["adjustment"]
        return _shown(_decided(request, pk, adjust_modification, words=words), code=ACCEPTED)


class RestoreVersion(PlanVersionRestore):
    """A version of a plan that is no draft any more comes back by a modification, which somebody decides on."""

    def restore(self, request: Request, plan: MasterPlan, number: int, *, expected: int | None) -> Response:
        if plan.status == PlanStatus.DRAFT:
            return super().restore(request, plan, number, expected=expected)
        asked = request_restoration(plan=plan, number=number, actor=actor_of(request), expected=expected)
        return _shown(asked, code=ACCEPTED)


def _valid(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _decided(
    request: Request, pk: uuid.UUID, decide: Callable[..., ModificationProposal], **words: str
) -> ModificationProposal:
    found = modification_for(request.user, pk, control=True)
    return decide(proposal_id=found.pk, actor=actor_of(request), **words)


def _shown(proposal: ModificationProposal, *, code: int = status.HTTP_200_OK) -> Response:
    return Response(modification_document(proposal), status=code)
