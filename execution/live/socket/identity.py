"""Who is at the other end: by session cookie, by ``Authorization`` header, or by a token in the first message."""

from __future__ import annotations

from typing import Any, cast

from channels.db import database_sync_to_async
from django.contrib.auth.models import User
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from common.errors import NotPermitted


class NotAuthenticated(NotPermitted):
    code = "not_authenticated"
    title = "Not signed in"
    status = 401


async def user_of_token(token: str) -> User:
    """Raises ``NotAuthenticated``."""
    user: User = await database_sync_to_async(_user_of_token)(token)
    return user


async def still_active(user: User) -> bool:
    """Whether the account still exists and may sign in."""
    return bool(await database_sync_to_async(User.objects.filter(pk=user.pk, is_active=True).exists)())


def _user_of_token(token: str) -> User:
    try:
        found: tuple[User, Any] | None = TokenAuthentication().authenticate_credentials(token.encode())
    except AuthenticationFailed:
        found = None
    if found is None:
        raise NotAuthenticated("The token is not valid, or not any more.")
    return found[0]


def session_user(scope: dict[str, Any]) -> User | None:
    user = scope.get("user")
    return cast("User", user) if user is not None and user.is_authenticated else None


def header_token(scope: dict[str, Any]) -> str:
    """The token of ``Authorization: Token ...``; empty without one."""
    headers = dict(scope.get("headers", []))
    kind, _space, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if kind.lower() == "token" else ""
