"""Waves by hand: looked up, run, tried again."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import Conflict, NotFound
from common.idempotency import idempotent
from execution.api.serializers import (
    AtomListSerializer,
    HintSerializer,
    PlanIdSerializer,
    PlanWavesSerializer,
    WaveExecutionSerializer,
)
from execution.models import DependencyGraph, Wave
from execution.services.wave_control import execute_wave, retry_wave
from planning.api.parameters import IDEMPOTENCY_KEY
from planning.api.people import actor_of, person
from planning.selectors.access import plan_for, plans_for


class WavesNotMade(Conflict):
    code = "waves_not_made"
    title = "The plan has no waves yet"


class PlanWaves(APIView):
    @extend_schema(operation_id="execution_waves", request=PlanIdSerializer, responses=PlanWavesSerializer)
    def post(self, request: Request) -> Response:
        """The waves that the plan `masterplan_id` runs in; each is executed at `execution/waves/{id}/execute/`."""
        given = PlanIdSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        plan = plan_for(request.user, given.validated_data["masterplan_id"])
        graph = DependencyGraph.objects.filter(plan=plan).first()
        if graph is None:
            raise WavesNotMade(
                f"{plan.label()} is {plan.status}; its code is not cut and ordered yet.",
                hint="Waves are made by the build: start or resume it.",
            )
        return Response(PlanWavesSerializer({"graph": graph, "waves": graph.waves.order_by("number")}).data)


class ExecuteWave(APIView):
    @extend_schema(
        operation_id="execution_waves_execute",
        parameters=[IDEMPOTENCY_KEY],
        request=HintSerializer,
        responses={202: WaveExecutionSerializer},
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Have a wave run: a paused plan is resumed, what failed of the wave tried again. Earlier waves come first."""
        wave = execute_wave(wave_id=wave_controlled(request, pk), hint=hint_in(request), actor=actor_of(request))
        return Response(WaveExecutionSerializer(wave).data, status=status.HTTP_202_ACCEPTED)


class RetryWave(APIView):
    @extend_schema(
        operation_id="execution_waves_retry",
        parameters=[IDEMPOTENCY_KEY],
        request=HintSerializer,
        responses={202: AtomListSerializer(many=True)},
    )
    @idempotent
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """One more attempt at every atom of a wave that failed or waits for a decision; a paused plan stays paused."""
        atoms = retry_wave(wave_id=wave_controlled(request, pk), hint=hint_in(request), actor=actor_of(request))
        return Response(AtomListSerializer(atoms, many=True).data, status=status.HTTP_202_ACCEPTED)


def wave_controlled(request: Request, wave_id: uuid.UUID) -> uuid.UUID:
    """The id of a wave whose plan the person may control. Raises ``NotFound``, ``NotPermitted``."""
    wave = Wave.objects.filter(pk=wave_id, plan__in=plans_for(person(request)).order_by()).first()
    if wave is None:
        raise NotFound("There is no such wave, or it is not yours.")
    plan_for(request.user, wave.plan_id, control=True)
    return wave.pk


def hint_in(request: Request) -> str:
    given = HintSerializer(data=request.data)
    given.is_valid(raise_exception=True)
    return str(given.validated_data["hint"])
