"""Feature flags: read and set by administrators, in force at once for new runs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.changes import change
from common.errors import NotPermitted
from common.flag_overrides import FlagState, as_json, flag_states, set_flag
from planning.api.people import actor_of, person


@extend_schema_field(OpenApiTypes.ANY)
class FlagValueField(serializers.Field[Any, Any, Any, Any]):
    """True or false, a percentage, or a list of users, as the flag is."""

    def to_representation(self, value: Any) -> Any:
        return as_json(value)


class FlagSerializer(serializers.Serializer[FlagState]):
    """``overridden``: the value was set by an administrator; else it is the environment's, ``default``."""

    name = serializers.CharField()
    value = FlagValueField()
    default = FlagValueField()
    overridden = serializers.BooleanField()
    reason = serializers.CharField()
    changed_by = serializers.CharField()
    changed_at = serializers.DateTimeField(allow_null=True)


class FlagsSerializer(serializers.Serializer[Any]):
    flags = FlagSerializer(many=True)


class FlagEditSerializer(serializers.Serializer[Any]):
    """``flags``: new values by name; ``null`` lets the environment's default hold again."""

    flags = serializers.DictField(child=serializers.JSONField(allow_null=True), allow_empty=False)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2_000)


class FlagsView(APIView):
    @extend_schema(operation_id="flags_list", responses=FlagsSerializer)
    def get(self, request: Request) -> Response:
        """Every flag: what is in force, what the environment says, and who changed it."""
        require_administrator(request)
        return Response(FlagsSerializer({"flags": flag_states()}).data)

    @extend_schema(operation_id="flags_set", request=FlagEditSerializer, responses=FlagsSerializer)
    def patch(self, request: Request) -> Response:
        """Set flags, all or none; in force with the next run that starts."""
        require_administrator(request)
        given = FlagEditSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        with change():
            for name, value in given.validated_data["flags"].items():
                set_flag(name, value, actor=actor_of(request), reason=given.validated_data["reason"])
        return Response(FlagsSerializer({"flags": flag_states()}).data)


def require_administrator(request: Request) -> None:
    if not person(request).is_superuser:
        raise NotPermitted("Flags are for administrators.", hint="Ask somebody with all rights.")
