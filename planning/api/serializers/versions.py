"""Versions of a plan, and what differs between two."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from planning.models import PlanVersion


class VersionListSerializer(serializers.ModelSerializer[PlanVersion]):
    author = serializers.CharField(source="author.username", read_only=True, allow_null=True, default=None)
    parent = serializers.IntegerField(  # type: ignore[assignment]  # its name in the API
        source="parent.number", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = PlanVersion
        fields = ["number", "type", "summary", "parent", "progress_percent", "author", "created_at"]


class FieldChangeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class ItemNameSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="Short id, or the name of an entity.")
    title = serializers.CharField()


class ItemChangeSerializer(ItemNameSerializer):
    fields = FieldChangeSerializer(many=True)  # type: ignore[assignment]  # its name in the API


class ItemChangesSerializer(serializers.Serializer[Any]):
    added = ItemNameSerializer(many=True)
    removed = ItemNameSerializer(many=True)
    modified = ItemChangeSerializer(many=True)


class DiffSerializer(serializers.Serializer[Any]):
    """What differs between two versions, by level."""

    plan = FieldChangeSerializer(many=True)
    entities = ItemChangesSerializer()
    phases = ItemChangesSerializer()
    milestones = ItemChangesSerializer()
    tasks = ItemChangesSerializer()


class VersionSerializer(VersionListSerializer):
    class Meta(VersionListSerializer.Meta):
        fields = [*VersionListSerializer.Meta.fields, "snapshot", "diff"]
