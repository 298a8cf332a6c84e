from __future__ import annotations

from typing import Any

from rest_framework import serializers

from planning.documents import DOMAIN_FIELDS
from planning.models import DiscoveryDocument, DiscoveryQuestion
from planning.models.masterplan import ExecutionMode
from planning.stacks import STACKS
from planning.texts import MAX_ANSWER_CHARS


class EngineOptionsSerializer(serializers.Serializer[Any]):
    """Of the offline engine only: realistic mistakes, seeded, so that retries and reviews can be seen at work."""

    fault_rate = serializers.FloatField(min_value=0, max_value=1, default=0.0)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)


class RequestOptionsSerializer(serializers.Serializer[Any]):
    """What may be said about a project besides the request itself."""

    workspace = serializers.UUIDField(required=False, help_text="Where to plan it; a free one is taken when not given.")
    stack = serializers.ChoiceField(choices=STACKS, required=False)
    execution_mode = serializers.ChoiceField(choices=ExecutionMode.choices, required=False)
    engine_options = EngineOptionsSerializer(required=False)


class StartDiscoverySerializer(RequestOptionsSerializer):
    request = serializers.CharField(trim_whitespace=False, allow_blank=True, help_text="What to build, in plain words.")
    conversation = serializers.UUIDField(required=False)
    auto_plan = serializers.BooleanField(default=False, help_text="Make the plan as soon as the model is validated.")


class AnswersSerializer(serializers.Serializer[Any]):
    answers = serializers.DictField(
        child=serializers.CharField(max_length=MAX_ANSWER_CHARS, allow_blank=True),
        required=False,
        help_text="Answers by question id.",
    )
    defaults = serializers.BooleanField(default=False, help_text="Take the default for what is still open.")


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")


class QuestionSerializer(serializers.ModelSerializer[DiscoveryQuestion]):
    id = serializers.CharField(source="key")

    class Meta:
        model = DiscoveryQuestion
        fields = ["id", "category", "question", "why", "examples", "options", "default", "answer", "answered_by"]


class DiscoveryListSerializer(serializers.ModelSerializer[DiscoveryDocument]):
    owner = serializers.CharField(source="owner.username", read_only=True)

    class Meta:
        model = DiscoveryDocument
        fields = [
            "id",
            "workspace",
            "conversation",
            "owner",
            "original_request",
            "status",
            "understood",
            "unattended",
            "auto_plan",
            "error",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class DiscoverySerializer(DiscoveryListSerializer):
    questions = QuestionSerializer(many=True, read_only=True)
    masterplan = serializers.SerializerMethodField()

    class Meta(DiscoveryListSerializer.Meta):
        fields = [
            *DiscoveryListSerializer.Meta.fields,
            "not_understood",
            "language",
            "stack",
            "execution_mode",
            "questions",
            *DOMAIN_FIELDS,
            "tokens",
            "cost",
            "model",
            "trace_id",
            "analysed_at",
            "validated_at",
            "completed_at",
            "masterplan",
        ]
        read_only_fields = fields

    def get_masterplan(self, discovery: DiscoveryDocument) -> str | None:
        plan = discovery.masterplans.values_list("pk", flat=True).first()
        return str(plan) if plan else None


class DomainChangesSerializer(serializers.Serializer[Any]):
    """Parts of the domain model to replace; the whole must keep its shape."""

    business_domain = serializers.DictField(required=False)
    bounded_contexts = serializers.ListField(child=serializers.DictField(), required=False)
    aggregates = serializers.ListField(child=serializers.DictField(), required=False)
    entities = serializers.ListField(child=serializers.DictField(), required=False)
    domain_events = serializers.ListField(child=serializers.CharField(), required=False)
    workflows = serializers.ListField(child=serializers.DictField(), required=False)
    business_rules = serializers.ListField(child=serializers.DictField(), required=False)
    ubiquitous_language = serializers.ListField(child=serializers.DictField(), required=False)
    integrations = serializers.ListField(child=serializers.DictField(), required=False)
    domain_services = serializers.ListField(child=serializers.CharField(), required=False)
    design = serializers.DictField(required=False)
    expected_volume = serializers.CharField(required=False, allow_blank=True)
    service_level = serializers.CharField(required=False, allow_blank=True)
