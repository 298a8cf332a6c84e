"""What the API is asked: the bodies of requests."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from review.models import Review
from review.narrowing import LAYERS
from review.rules import LOWEST_SHARE


class ReviewIdSerializer(serializers.Serializer[Any]):
    review = serializers.UUIDField()


class ApproveReviewSerializer(ReviewIdSerializer):
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=5_000)


class RejectReviewSerializer(ReviewIdSerializer):
    reason = serializers.CharField(max_length=5_000)


class EditReviewSerializer(ReviewIdSerializer):
    code = serializers.CharField(trim_whitespace=False, max_length=1_000_000)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=5_000)


class RegenerateReviewSerializer(ReviewIdSerializer):
    feedback = serializers.CharField(max_length=5_000)


class AssignReviewSerializer(ReviewIdSerializer):
    assignee = serializers.CharField(
        required=False, max_length=150, help_text="A user name; whoever asks, when left out."
    )


class BulkReviewFilterSerializer(serializers.Serializer[Any]):
    """The filters of the queue, by the same names; all of them must hold. At least one, so that none means not all."""

    plan = serializers.UUIDField(required=False)
    level = serializers.ListField(child=serializers.ChoiceField(Review.Level.choices), required=False)
    why = serializers.ListField(child=serializers.ChoiceField(Review.Why.choices), required=False)
    priority = serializers.ChoiceField(["high", "normal", "low"], required=False)
    assignee = serializers.CharField(required=False, max_length=150)
    kind = serializers.CharField(required=False, max_length=16)
    language = serializers.CharField(required=False, max_length=20)
    path = serializers.CharField(required=False, max_length=1024)
    wave = serializers.IntegerField(required=False, min_value=1)
    failed_layer = serializers.ChoiceField(LAYERS, required=False)
    min_age_hours = serializers.FloatField(required=False, min_value=0)
    confidence_above = serializers.FloatField(required=False, min_value=0, max_value=1)
    confidence_below = serializers.FloatField(required=False, min_value=0, max_value=1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError("An empty filter would take every review; name at least one.")
        return attrs


class BulkReviewSerializer(serializers.Serializer[Any]):
    """Either ``ids`` or ``filter``."""

    decision = serializers.ChoiceField(["approve", "reject", "regenerate"])
    ids = serializers.ListField(child=serializers.UUIDField(), required=False, allow_empty=False, max_length=500)
    filter = BulkReviewFilterSerializer(required=False)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=5_000)
    dry_run = serializers.BooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in attrs) == ("filter" in attrs):
            raise serializers.ValidationError("Give either ids or a filter.")
        if attrs["decision"] != "approve" and not attrs["reason"].strip() and not attrs["dry_run"]:
            raise serializers.ValidationError({"reason": ["Say why."]})
        return attrs


class BulkCreateReviewsSerializer(serializers.Serializer[Any]):
    share = serializers.FloatField(
        required=False, default=LOWEST_SHARE, min_value=0.001, max_value=1, help_text="0.15 is the lowest 15 percent."
    )
