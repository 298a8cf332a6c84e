"""Token, health, readiness: the endpoints that need nobody signed in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from drf_spectacular.utils import OpenApiExample, extend_schema
from knox.models import AuthToken
from knox.settings import knox_settings
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from common import health
from common.errors import InvalidInput


class CredentialsSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=128, trim_whitespace=False, style={"input_type": "password"})


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()
    expiry = serializers.DateTimeField(allow_null=True)
    user = serializers.CharField()


class TokenView(APIView):
    """A token for the ``Authorization: Token ...`` header. It is shown once and expires."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "login"

    def get_authenticate_header(self, request: Request) -> str:
        """Wrong credentials are a 401, though nobody can be signed in here."""
        return "Token"

    @extend_schema(
        operation_id="auth_token",
        request=CredentialsSerializer,
        responses={200: TokenSerializer},
        examples=[OpenApiExample("Sign in", {"username": "ada", "password": "..."}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        given = CredentialsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        if any("\x00" in value for value in given.validated_data.values()):
            raise InvalidInput("User name and password must not have NUL characters.")
        user = authenticate(request._request, **given.validated_data)
        if user is None:
            raise AuthenticationFailed("User name or password is wrong.")
        row, token = AuthToken.objects.create(user=user, expiry=knox_settings.TOKEN_TTL)
        return Response({"token": token, "expiry": row.expiry, "user": user.get_username()})


class HealthSerializer(serializers.Serializer[Any]):
    """Facts about the running system; upper apps add theirs."""

    status = serializers.CharField()
    version = serializers.CharField()
    execution_mode = serializers.CharField()
    isolation = serializers.CharField()
    memory = serializers.CharField(help_text="What this process knows of retrieval memory.")


class HealthView(APIView):
    """The process is up. Asks no other service."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes: list[Any] = []

    @extend_schema(operation_id="health", responses={200: HealthSerializer})
    def get(self, request: Request) -> Response:
        known = {"execution_mode": "v2_atoms", "isolation": "unknown", "memory": "unknown"}
        return Response({"status": "ok", "version": settings.VERSION, **known, **health.facts()})


class CheckSerializer(serializers.Serializer[Any]):
    ok = serializers.BooleanField()
    detail = serializers.CharField()


class ReadySerializer(serializers.Serializer[Any]):
    ready = serializers.BooleanField()
    checks = serializers.DictField(child=CheckSerializer())


class ReadyView(APIView):
    """Whether requests can be served now: 200, or 503 with what is missing."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes: list[Any] = []

    @extend_schema(operation_id="ready", responses={200: ReadySerializer, 503: ReadySerializer})
    def get(self, request: Request) -> Response:
        checks = health.run_checks()
        ready = all(check.ok for check in checks.values())
        shown = {name: {"ok": check.ok, "detail": check.detail} for name, check in checks.items()}
        return Response({"ready": ready, "checks": shown}, status=200 if ready else 503)
