from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from common.models import StatefulModel, UUIDModel
from planning.models.conversation import Conversation, Workspace
from planning.states import DISCOVERY, DiscoveryStatus


class DiscoveryDocument(StatefulModel):
    """What was understood of a request, and the domain model made from it (``shapes.DomainModel``, as JSON)."""

    machine = DISCOVERY

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="discoveries")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="discoveries")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="discoveries")
    original_request = models.TextField()
    status = models.CharField(max_length=24, choices=DiscoveryStatus.choices, default=DiscoveryStatus.IN_PROGRESS)
    understood = models.TextField(blank=True)
    not_understood = models.JSONField(default=list, blank=True)
    language = models.CharField(max_length=5, blank=True)

    business_domain = models.JSONField(default=dict, blank=True)
    bounded_contexts = models.JSONField(default=list, blank=True)
    aggregates = models.JSONField(default=list, blank=True)
    entities = models.JSONField(default=list, blank=True)
    domain_events = models.JSONField(default=list, blank=True)
    workflows = models.JSONField(default=list, blank=True)
    business_rules = models.JSONField(default=list, blank=True)
    ubiquitous_language = models.JSONField(default=list, blank=True)
    integrations = models.JSONField(default=list, blank=True)
    design = models.JSONField(default=dict, blank=True)
    domain_services = models.JSONField(default=list, blank=True)
    expected_volume = models.TextField(blank=True)
    service_level = models.TextField(blank=True)

    unattended = models.BooleanField(default=False)
    """Nobody is there to answer: questions get their defaults, the model is taken as it is."""
    auto_plan = models.BooleanField(default=False)
    """Make the plan as soon as the model is validated, without being asked again."""
    stack = models.CharField(max_length=40, blank=True)
    """The stack asked for; empty: chosen from the request and the answers."""
    execution_mode = models.CharField(max_length=10, blank=True)
    engine_options = models.JSONField(default=dict, blank=True)
    tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    model = models.CharField(max_length=80, blank=True)
    trace_id = models.CharField(max_length=64, blank=True)
    error = models.JSONField(null=True, blank=True)
    """Why a step of it could not be done (a problem document), until the next try."""
    claim = models.UUIDField(null=True, blank=True)
    """Who works on the present step; its result is stored by the holder only."""
    claim_expires = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    analysed_at = models.DateTimeField(null=True, blank=True)
    validated_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [DISCOVERY.constraint()]

    def __str__(self) -> str:
        return self.original_request[:80]

    def label(self) -> str:
        return "discovery"

    def event_data(self) -> dict[str, str]:
        return {"discovery_id": str(self.pk)}

    def event_stream(self) -> tuple[str, uuid.UUID]:
        return ("conversation", self.conversation_id)

    def history_plan(self) -> None:
        return None


class DiscoveryQuestion(UUIDModel):
    """Something that the request does not say. An empty ``answer`` is a question still open."""

    discovery = models.ForeignKey(DiscoveryDocument, on_delete=models.CASCADE, related_name="questions")
    key = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField()
    category = models.CharField(max_length=20)
    question = models.TextField()
    why = models.TextField(blank=True)
    examples = models.JSONField(default=list, blank=True)
    options = models.JSONField(default=list, blank=True)
    default = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    answered_by = models.CharField(max_length=10, blank=True)
    """``user``, or ``default`` when nobody was there to answer."""

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["discovery", "key"], name="question_key_unique_in_discovery")]

    def __str__(self) -> str:
        return self.question
