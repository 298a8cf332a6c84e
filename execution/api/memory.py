"""Retrieval memory over HTTP: what it holds that is like a text, and whether it helps."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from integrations.memory import overview
from integrations.memory.collections import COLLECTIONS
from integrations.memory.recalling import search
from planning.selectors.access import plans_for

MAX_RESULTS = 50
MAX_QUERY = 4_000
LATEST_PLANS = 1_000


class MemoryQuerySerializer(serializers.Serializer[Any]):
    q = serializers.CharField(max_length=MAX_QUERY, help_text="What the documents are to be like.")
    collection = serializers.ChoiceField(choices=COLLECTIONS, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_RESULTS, default=10)
    minimum = serializers.FloatField(min_value=0, max_value=1, required=False)


class MemoryDocumentSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="record_id")
    collection = serializers.CharField()
    similarity = serializers.FloatField()
    text = serializers.CharField()
    lesson = serializers.CharField()
    metadata = serializers.DictField()


class MemoryResultsSerializer(serializers.Serializer[Any]):
    results = MemoryDocumentSerializer(many=True)


class MemoryCollectionSerializer(serializers.Serializer[Any]):
    collection = serializers.CharField()
    learned = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="Learned and not in the index yet.")
    indexed = serializers.IntegerField(allow_null=True, help_text="Empty when the store does not answer.")
    trouble = serializers.CharField(allow_blank=True)
    used = serializers.IntegerField()
    succeeded = serializers.IntegerField()
    failed = serializers.IntegerField()


class ShareSerializer(serializers.Serializer[Any]):
    hits = serializers.IntegerField()
    cases = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), help_text="Wilson, 95%.")


class MemoryPurposeSerializer(serializers.Serializer[Any]):
    purpose = serializers.CharField()
    success_means = serializers.CharField()
    lookups = serializers.IntegerField()
    answers = serializers.DictField(child=serializers.IntegerField())
    with_memory = ShareSerializer()
    without_memory = ShareSerializer()
    compared_by_lot = serializers.BooleanField()
    difference = serializers.FloatField(allow_null=True)
    difference_interval = serializers.ListField(child=serializers.FloatField(), help_text="Newcombe, 95%.")
    verdict = serializers.ChoiceField(choices=["helps", "hurts", "no_difference", "too_few"])


class MemoryStatsSerializer(serializers.Serializer[Any]):
    store = serializers.CharField()
    embedding = serializers.CharField()
    collections = MemoryCollectionSerializer(many=True)
    purposes = MemoryPurposeSerializer(many=True)


class MemorySearch(APIView):
    @extend_schema(
        operation_id="memory_search",
        parameters=[
            OpenApiParameter("q", OpenApiTypes.STR, required=True),
            OpenApiParameter("collection", OpenApiTypes.STR, enum=list(COLLECTIONS)),
            OpenApiParameter("limit", OpenApiTypes.INT, default=10),
            OpenApiParameter("minimum", OpenApiTypes.FLOAT, description="Least similarity, 0 to 1."),
        ],
        responses=MemoryResultsSerializer,
    )
    def get(self, request: Request) -> Response:
        """What memory holds that is like `q`: staff find everything, others what their own plans taught (latest 1000).

        503 with code `memory_unavailable` when the store does not answer.
        """
        given = MemoryQuerySerializer(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        found = []
        for collection in [asked["collection"]] if "collection" in asked else COLLECTIONS:
            found += search(
                collection,
                text=asked["q"],
                limit=asked["limit"],
                minimum_similarity=asked.get("minimum"),
                where=_visible(request),
            )
        nearest = sorted(found, key=lambda item: -item.similarity)[: asked["limit"]]
        return Response(MemoryResultsSerializer({"results": nearest}).data)


class MemoryStats(APIView):
    @extend_schema(operation_id="memory_stats", responses=MemoryStatsSerializer)
    def get(self, request: Request) -> Response:
        """How much memory holds, what it was asked, and whether items that were given something ended better."""
        return Response(MemoryStatsSerializer(overview.as_json()).data)


def _visible(request: Request) -> dict[str, list[str]] | None:
    if request.user.is_staff:
        return None
    own = plans_for(request.user).order_by("-created_at").values_list("pk", flat=True)[:LATEST_PLANS]
    return {"plan": [str(key) for key in own] or ["none"]}
