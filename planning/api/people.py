"""The person behind a request. Views need one; permissions have made sure of it."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import User
from rest_framework.request import Request

from common.actors import Actor


def person(request: Request) -> User:
    return cast("User", request.user)


def actor_of(request: Request) -> Actor:
    return Actor.of(request.user)
