"""What the API answers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from execution.waves.standing import AtomInFile, standing_of
from review.comparing import difference, unified
from review.models import Review, ReviewDecision
from review.selectors import AttemptShown, shown_attempts


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """A row of the queue."""

    plan_name = serializers.CharField(source="plan.project_name", read_only=True)
    path = serializers.CharField(source="atom.path", read_only=True)
    qualname = serializers.CharField(source="atom.qualname", read_only=True)
    kind = serializers.CharField(source="atom.kind", read_only=True)
    language = serializers.CharField(source="atom.language", read_only=True)
    atom_status = serializers.CharField(source="atom.status", read_only=True)
    assignee = serializers.CharField(source="assignee.username", read_only=True, default=None)
    priority = serializers.SerializerMethodField()
    confidence = serializers.FloatField(read_only=True, allow_null=True)
    blocks = serializers.IntegerField(read_only=True, help_text="How many atoms need this one directly.")

    class Meta:
        model = Review
        fields = [
            "id",
            "plan",
            "plan_name",
            "atom",
            "path",
            "qualname",
            "kind",
            "language",
            "atom_status",
            "why",
            "confidence",
            "level",
            "priority",
            "blocks",
            "status",
            "attempts",
            "issue_detected",
            "assignee",
            "claim_expires",
            "created_at",
            "decided_at",
        ]
        read_only_fields = fields

    def get_priority(self, review: Review) -> str:
        return Review.Priority(review.priority).name.lower()


class ReviewDecisionSerializer(serializers.ModelSerializer[ReviewDecision]):
    by = serializers.CharField(source="actor_name")

    class Meta:
        model = ReviewDecision
        fields = ["decision", "by", "before", "after", "reason", "seconds", "created_at"]
        read_only_fields = fields


class DiagnosticSerializer(serializers.Serializer[Any]):
    path = serializers.CharField()
    line = serializers.IntegerField()
    column = serializers.IntegerField()
    layer = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    severity = serializers.CharField()
    hint = serializers.CharField()


class ReviewedAttemptSerializer(serializers.Serializer[AttemptShown]):
    attempt = serializers.IntegerField()
    code = serializers.CharField()
    diff = serializers.CharField(help_text="Unified, against the attempt before.")
    success = serializers.BooleanField(allow_null=True)
    diagnostics = serializers.JSONField()
    model = serializers.CharField()
    cost = serializers.DecimalField(max_digits=14, decimal_places=6)


class ReviewedFileSerializer(serializers.Serializer[AtomInFile]):
    """The whole file; the atom's lines count from 1, both ends included."""

    path = serializers.CharField()
    text = serializers.CharField()
    start_line = serializers.IntegerField()
    end_line = serializers.IntegerField()


class ReviewDetailSerializer(ReviewSerializer):
    code = serializers.CharField(source="revision.text", read_only=True)
    revision_number = serializers.IntegerField(source="revision.number", read_only=True)
    confidence_parts = serializers.JSONField(source="atom.confidence_parts", read_only=True)
    diagnostics = serializers.JSONField(source="atom.feedback", read_only=True)
    file = serializers.SerializerMethodField()
    attempt_rows = serializers.SerializerMethodField()
    suggested_diff = serializers.SerializerMethodField(help_text="The assistant's fix against the code, unified.")
    decisions = ReviewDecisionSerializer(many=True, read_only=True)

    class Meta(ReviewSerializer.Meta):
        fields = [
            *ReviewSerializer.Meta.fields,
            "code",
            "revision_number",
            "confidence_parts",
            "diagnostics",
            "suggestions",
            "suggested_diff",
            "assistant_note",
            "feedback",
            "modified_code",
            "modified_diagnostics",
            "file",
            "attempt_rows",
            "decisions",
        ]
        read_only_fields = fields

    def get_suggested_diff(self, review: Review) -> str:
        suggested = str((review.suggestions or {}).get("suggested_code", ""))
        return unified(difference(review.revision.text, suggested)) if suggested else ""

    @extend_schema_field(ReviewedFileSerializer)
    def get_file(self, review: Review) -> dict[str, Any]:
        return ReviewedFileSerializer(standing_of(review.atom)).data

    @extend_schema_field(ReviewedAttemptSerializer(many=True))
    def get_attempt_rows(self, review: Review) -> list[dict[str, Any]]:
        return [dict(ReviewedAttemptSerializer(attempt).data) for attempt in shown_attempts(review.atom)]


class ReviewRefusalSerializer(serializers.Serializer[Any]):
    review_id = serializers.UUIDField()
    code = serializers.CharField()
    detail = serializers.CharField()


class BulkReviewOutcomeSerializer(serializers.Serializer[Any]):
    decision = serializers.CharField()
    dry_run = serializers.BooleanField()
    decided = serializers.ListField(child=serializers.UUIDField())
    refused = ReviewRefusalSerializer(many=True)
    consequences = serializers.ListField(
        child=serializers.CharField(), help_text="What follows from the decisions, in words; of a dry run only."
    )


class CalibrationBinSerializer(serializers.Serializer[Any]):
    """Decisions on atoms of one band of confidence: how many, and how many were approved as they were."""

    low = serializers.FloatField()
    high = serializers.FloatField()
    confidence = serializers.FloatField(help_text="The mean of the scores in the band.")
    decided = serializers.IntegerField(source="kept.cases")
    approved = serializers.IntegerField(source="kept.hits")
    interval = serializers.ListField(
        source="kept.interval", child=serializers.FloatField(), help_text="Of the share approved, at 95%."
    )


class ReviewStatisticsSerializer(serializers.Serializer[Any]):
    waiting = serializers.IntegerField()
    in_review = serializers.IntegerField()
    oldest_seconds = serializers.FloatField(allow_null=True)
    decisions = serializers.DictField(child=serializers.IntegerField())
    undone = serializers.IntegerField(help_text="Decisions that were taken back; they are counted nowhere else.")
    obsolete = serializers.IntegerField()
    median_seconds = serializers.FloatField(source="pace.median", allow_null=True)
    mean_seconds = serializers.FloatField(source="pace.mean", allow_null=True)
    easy_median_seconds = serializers.FloatField(
        source="easy.median", allow_null=True, help_text="Of short and simple code, decided without writing any."
    )
    precision_before = serializers.FloatField(allow_null=True)
    precision_after = serializers.FloatField(allow_null=True)
    calibration = CalibrationBinSerializer(many=True)
    calibration_error = serializers.FloatField(
        allow_null=True, help_text="How far confidence and decisions lie apart, 0 to 1."
    )


class ProblemSerializer(serializers.Serializer[Any]):
    """An error (RFC 9457); more fields say what the error is about."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    hint = serializers.CharField(required=False)


class EditReviewProblemSerializer(ProblemSerializer):
    review = serializers.UUIDField()
    diagnostics = DiagnosticSerializer(many=True)
