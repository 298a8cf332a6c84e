"""What the API is asked: the bodies of requests."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from review.models import Review
from review.rules import LOWEST_SHARE


class ReviewIdSerializer(serializers.Serializer[Any]):
    review = serializers.UUIDField()


class ApproveSerializer(ReviewIdSerializer):
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=5_000)


class RejectSerializer(ReviewIdSerializer):
    reason = serializers.CharField(max_length=5_000)


class EditSerializer(ReviewIdSerializer):
    code = serializers.CharField(trim_whitespace=False, max_length=1_000_000)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=5_000)


class RegenerateSerializer(ReviewIdSerializer):
    feedback = serializers.CharField(max_length=5_000)


class AssignSerializer(ReviewIdSerializer):
    assignee = serializers.CharField(
        required=False, max_length=150, help_text="A user name; whoever asks, when left out."
    )


class BulkFilterSerializer(serializers.Serializer[Any]):
    plan = serializers.UUIDField(required=False)
    level = serializers.ListField(child=serializers.ChoiceField(Review.Level.choices), required=False)
    why = serializers.ListField(child=serializers.ChoiceField(Review.Why.choices), required=False)
    confidence_above = serializers.FloatField(required=False, min_value=0, max_value=1)
    confidence_below = serializers.FloatField(required=False, min_value=0, max_value=1)


class BulkSerializer(serializers.Serializer[Any]):
    """Either ``ids`` or ``filter``."""

    decision = serializers.ChoiceField(["approve", "reject", "regenerate"])
    ids = serializers.ListField(child=serializers.UUIDField(), required=False, allow_empty=False, max_length=500)
    filter = BulkFilterSerializer(required=False)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=5_000)
    dry_run = serializers.BooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in attrs) == ("filter" in attrs):
            raise serializers.ValidationError("Give either ids or a filter.")
        if attrs["decision"] != "approve" and not attrs["reason"].strip() and not attrs["dry_run"]:
            raise serializers.ValidationError({"reason": ["Say why."]})
        return attrs


class BulkCreateSerializer(serializers.Serializer[Any]):
    share = serializers.FloatField(
        required=False, default=LOWEST_SHARE, min_value=0.001, max_value=1, help_text="0.15 is the lowest 15 percent."
    )
