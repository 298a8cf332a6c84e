"""Workspaces, conversations, messages, events."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from planning.models import Conversation, Message, Workspace


class WorkspaceSerializer(serializers.ModelSerializer[Workspace]):
    owner = serializers.CharField(source="owner.username", read_only=True)

    class Meta:
        model = Workspace
        fields = ["id", "name", "slug", "owner", "created_at"]
        read_only_fields = ["slug", "created_at"]


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    owner = serializers.CharField(source="owner.username", read_only=True)
    workspace = serializers.PrimaryKeyRelatedField(queryset=Workspace.objects.none(), required=False)

    class Meta:
        model = Conversation
        fields = ["id", "workspace", "title", "owner", "created_at"]
        read_only_fields = ["created_at"]

    def get_fields(self) -> dict[str, Any]:
        from planning.selectors.access import workspaces_for  # noqa: PLC0415 - the schema is made without a person

        fields = super().get_fields()
        request = self.context.get("request")
        if request is not None:
            fields["workspace"].queryset = workspaces_for(request.user)  # type: ignore[attr-defined]  # see above
        return fields


class MessageSerializer(serializers.ModelSerializer[Message]):
    class Meta:
        model = Message
        fields = ["id", "role", "content", "metadata", "created_at"]
        read_only_fields = ["role", "metadata", "created_at"]


class EventSerializer(serializers.Serializer[Any]):
    """The envelope of ``events.md``."""

    type = serializers.CharField()
    seq = serializers.IntegerField()
    ts = serializers.DateTimeField()
    trace_id = serializers.CharField()
    masterplan_id = serializers.UUIDField(allow_null=True)
    conversation_id = serializers.UUIDField(allow_null=True)
    data = serializers.JSONField()  # type: ignore[assignment]  # the name of the envelope, fixed by events.md


class EventPageSerializer(serializers.Serializer[Any]):
    events = EventSerializer(many=True)
    last_seq = serializers.IntegerField()
    more = serializers.BooleanField()
