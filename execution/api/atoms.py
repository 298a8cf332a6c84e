"""Atoms, their attempts, graphs, waves, failures: read by owners and staff, retried by the owner."""

from __future__ import annotations

import uuid
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django_filters.rest_framework import FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import InvalidInput, NotFound
from execution.api.serializers import (
    AtomListSerializer,
    AtomSerializer,
    AttemptSerializer,
    ChoiceSerializer,
    FailureSerializer,
    GraphSerializer,
    HintSerializer,
    RetryCostSerializer,
    WaveSerializer,
)
from execution.choosing import Choice, choose
from execution.models import Atom, AtomAttempt, DependencyGraph, FailureAnalysis, Wave
from execution.pictures import picture_as
from execution.services.retry_costs import cost_of_retrying_atom
from execution.services.trying_again import try_again
from planning.api.people import actor_of, person
from planning.selectors.access import plan_for, plans_for

FORMATS = ("json", "svg", "mermaid")


class AtomFilter(FilterSet):  # type: ignore[misc]  # django-filter has no types
    plan = django_filters.UUIDFilter(field_name="plan_id")
    task = django_filters.CharFilter(field_name="task__short_id")
    wave = django_filters.NumberFilter(field_name="waves__number")

    class Meta:
        model = Atom
        fields = ["plan", "task", "status", "wave", "kind", "path", "awaiting_decision"]


class AtomList(ListAPIView[Atom]):
    """Atoms of the plans you may see."""

    serializer_class = AtomListSerializer
    filterset_class = AtomFilter
    queryset = Atom.objects.none()
    ordering_fields = ["number", "confidence", "attempts"]
    ordering = ["plan", "number"]

    def get_queryset(self) -> QuerySet[Atom]:
        return visible_atoms(self.request)


def visible_atoms(request: Request) -> QuerySet[Atom]:
    return Atom.objects.filter(plan__in=plans_for(person(request)).order_by()).select_related("task")


def atom_seen(request: Request, atom_id: uuid.UUID) -> Atom:
    atom = visible_atoms(request).select_related("current", "plan").filter(pk=atom_id).first()
    if atom is None:
        raise NotFound("There is no such atom, or it is not yours.")
    return atom


class AtomDetail(APIView):
    @extend_schema(operation_id="atoms_retrieve", responses=AtomSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """One atom with its present code and what is known of it."""
        return Response(AtomSerializer(atom_seen(request, pk)).data)


class AttemptList(ListAPIView[AtomAttempt]):
    """Every attempt at an atom, first to last."""

    serializer_class = AttemptSerializer
    queryset = AtomAttempt.objects.none()
    filter_backends = []

    def get_queryset(self) -> QuerySet[AtomAttempt]:
        return AtomAttempt.objects.filter(atom=atom_seen(self.request, self.kwargs["pk"])).order_by("attempt")


class RetryAtom(APIView):
    @extend_schema(
        operation_id="atoms_retry",
        request=HintSerializer,
        responses={202: AtomListSerializer, 200: RetryCostSerializer},
    )
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """One more attempt, with an optional hint; at most three beyond the plan's own.

        With `dry_run` nothing is tried, and the answer (200) says what it would cost.
        """
        given = HintSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        atom = atom_seen(request, pk)
        plan_for(request.user, atom.plan_id, control=True)
        if given.validated_data["dry_run"]:
            return Response(RetryCostSerializer(cost_of_retrying_atom(atom)).data)
        retried = try_again(atom=atom, hint=given.validated_data["hint"] or "Try again.", actor=actor_of(request))
        return Response(AtomListSerializer(retried).data, status=status.HTTP_202_ACCEPTED)


def graph_seen(request: Request, graph_id: uuid.UUID) -> DependencyGraph:
    graph = DependencyGraph.objects.filter(pk=graph_id, plan__in=plans_for(person(request)).order_by()).first()
    if graph is None:
        raise NotFound("There is no such graph, or it is not yours.")
    return graph


class GraphDetail(APIView):
    @extend_schema(operation_id="graphs_retrieve", responses=GraphSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """Size, depth and broken edges of a dependency graph."""
        return Response(GraphSerializer(graph_seen(request, pk)).data)


class GraphWaves(ListAPIView[Wave]):
    """The waves of a graph, in order."""

    serializer_class = WaveSerializer
    queryset = Wave.objects.none()
    filter_backends = []

    def get_queryset(self) -> QuerySet[Wave]:
        return Wave.objects.filter(graph=graph_seen(self.request, self.kwargs["pk"])).order_by("number")


class GraphPicture(APIView):
    @extend_schema(
        operation_id="graphs_visualize",
        parameters=[OpenApiParameter("format", OpenApiTypes.STR, enum=FORMATS, default="json")],
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        """The graph as JSON with positions, as SVG, or as Mermaid text: waves as columns, colour by status."""
        wanted = request.query_params.get("format", "json")
        if wanted not in FORMATS:
            raise InvalidInput(f"There is no format {wanted!r}.", hint="Choose one of: " + ", ".join(FORMATS))
        content_type, body = picture_as(graph_seen(request, pk), wanted)
        return HttpResponse(body, content_type=content_type)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """``format`` is ours here, not the renderer's."""
        renderers = self.get_renderers()
        return renderers[0], renderers[0].media_type


class FailureDetail(APIView):
    @extend_schema(operation_id="failures_retrieve", responses=FailureSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """Why an atom's attempts were in vain, and the proposals."""
        return Response(FailureSerializer(failure_seen(request, pk)).data)


class FailureChoose(APIView):
    @extend_schema(operation_id="failures_choose", request=ChoiceSerializer, responses={202: FailureSerializer})
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Apply one of the proposals, give a fix by hand, leave the task out, or pause."""
        given = ChoiceSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        analysis = failure_seen(request, pk)
        plan_for(request.user, analysis.plan_id, control=True)
        choose(analysis=analysis, wanted=Choice(**given.validated_data), actor=actor_of(request))
        analysis.refresh_from_db()
        return Response(FailureSerializer(analysis).data, status=status.HTTP_202_ACCEPTED)


def failure_seen(request: Request, failure_id: uuid.UUID) -> FailureAnalysis:
    analysis = (
        FailureAnalysis.objects.filter(pk=failure_id, plan__in=plans_for(person(request)).order_by())
        .select_related("atom", "atom__task")
        .first()
    )
    if analysis is None:
        raise NotFound("There is no such failure, or it is not yours.")
    return analysis
