"""``Idempotency-Key``: the same request of the same person, sent again, has one effect and one answer.

Key, effect and stored answer are one transaction: a second request with the key waits at the unique constraint until
the first is committed and then gets its answer; a failed or killed one leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.db import transaction
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import Conflict, InvalidInput
from common.models import IdempotencyKey

if TYPE_CHECKING:
    from django.contrib.auth.models import User

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replay"
MAX_KEY_CHARS = 200

View = TypeVar("View", bound=Callable[..., Response])


class KeyReused(Conflict):
    """The key was used before, for another request."""

    code = "idempotency_key_reused"
    title = "The key belongs to another request"


def idempotent(view: View) -> View:
    """Decorates a method of an API view whose work is rows and on-commit messages only."""

    @wraps(view)
    def answer(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER, "")
        if not key:
            return view(self, request, *args, **kwargs)
        return _once(request, _usable(key), lambda: view(self, request, *args, **kwargs))

    return answer  # type: ignore[return-value]  # wraps() keeps the signature


def _once(request: Request, key: str, work: Callable[[], Response]) -> Response:
    fingerprint = _fingerprint(request)
    user_id = cast("User", request.user).pk
    with transaction.atomic():
        IdempotencyKey.objects.bulk_create(
            [IdempotencyKey(user_id=user_id, key=key, fingerprint=fingerprint)], ignore_conflicts=True
        )
        row = IdempotencyKey.objects.select_for_update(no_key=True).get(user_id=user_id, key=key)
        if row.fingerprint != fingerprint:
            raise KeyReused("This Idempotency-Key was used for another request.", hint="Take a new key.")
        if row.status_code is not None:
            return Response(row.body, status=row.status_code, headers={REPLAYED: "true"})
        response = work()
        row.status_code = response.status_code
        row.body = json.loads(JSONRenderer().render(response.data) or b"null")
        row.save(update_fields=["status_code", "body"])
        return response


def _usable(key: str) -> str:
    if len(key) > MAX_KEY_CHARS or not key.isprintable():
        raise InvalidInput(f"{HEADER} must be at most {MAX_KEY_CHARS} printable characters.")
    return key


def _fingerprint(request: Request) -> str:
    body = json.dumps(request.data, sort_keys=True, default=str)
    return hashlib.sha256(f"{request.method} {request.path}\n{body}".encode()).hexdigest()
