from __future__ import annotations

from django.conf import settings
from django.db import models

from common.models import UUIDModel


class Workspace(UUIDModel):
    """Where a person's projects live. One plan at a time may be unfinished in it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="workspaces")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["owner", "slug"], name="workspace_slug_unique_per_owner")]

    def __str__(self) -> str:
        return self.name


class Conversation(UUIDModel):
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="conversations")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.title or str(self.pk)


class Message(UUIDModel):
    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"
        SYSTEM = "system"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    role = models.CharField(max_length=10, choices=Role.choices)
    content = models.TextField()
    metadata = models.JSONField(default=dict, blank=True)
    answers = models.OneToOneField("self", on_delete=models.CASCADE, null=True, blank=True, related_name="answer")
    """The message that a model's answer belongs to: each is answered once."""
    claim = models.UUIDField(null=True, blank=True)
    claim_expires = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=["user", "assistant", "system"]), name="message_role_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.content[:60]}"
