"""Who is at the other end: by session cookie, by ``Authorization`` header, or by a token in the first message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.models import User
from django.utils.crypto import constant_time_compare
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from common.errors import NotPermitted


class NotAuthenticated(NotPermitted):
    code = "not_authenticated"
    title = "Not signed in"
    status = 401


@dataclass(frozen=True)
class Identity:
    """A user, and how to find out whether what they signed in with still counts."""

    user: User
    still_valid: Callable[[], Awaitable[bool]]


async def by_token(token: str) -> Identity:
    """Raises ``NotAuthenticated``. A token that runs out or is taken back does not count any more."""
    check = database_sync_to_async(_user_of_token)

    async def still_valid() -> bool:
        try:
            await check(token)
        except NotAuthenticated:
            return False
        return True

    return Identity(await check(token), still_valid)


def by_session(scope: dict[str, Any]) -> Identity | None:
    """``None`` for nobody. A session that ran out, was ended, or whose password was changed counts no more."""
    user = scope.get("user")
    if user is None or not user.is_authenticated:
        return None
    person = cast("User", user)
    return Identity(person, lambda: database_sync_to_async(_session_lives)(person, scope.get("session")))


def _session_lives(user: User, session: Any) -> bool:
    present = User.objects.filter(pk=user.pk, is_active=True).first()
    if present is None:
        return False
    if session is None:  # the user was put there by something else than a cookie
        return True
    stored = import_module(settings.SESSION_ENGINE).SessionStore(session.session_key).load()
    return constant_time_compare(stored.get(HASH_SESSION_KEY, ""), present.get_session_auth_hash())


def _user_of_token(token: str) -> User:
    try:
        found: tuple[User, Any] | None = TokenAuthentication().authenticate_credentials(token.encode())
    except AuthenticationFailed:
        found = None
    if found is None:
        raise NotAuthenticated("The token is not valid, or not any more.")
    return found[0]


def header_token(scope: dict[str, Any]) -> str:
    """The token of ``Authorization: Token ...``; empty without one."""
    headers = dict(scope.get("headers", []))
    kind, _space, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if kind.lower() == "token" else ""
