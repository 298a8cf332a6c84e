"""JSON as fast as it can be written: a plan's detail is a few hundred kilobytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from django.db.models import TextField
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder

OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z
_plain = JSONEncoder().default


def to_json(content: Any) -> bytes:
    """Dates, keys and decimals are written as REST framework writes them. Raises ``TypeError`` for what it cannot."""
    return orjson.dumps(content, default=_plain, option=OPTIONS)


class AsWritten(TextField):  # type: ignore[type-arg]  # no such thing when it runs
    """JSON as the database writes it, to be written again as it is: neither read nor made anew, which takes longest."""

    def from_db_value(self, value: str | None, *args: Any) -> orjson.Fragment | None:
        return None if value is None else orjson.Fragment(value)


class FastJSONRenderer(JSONRenderer):
    """As its parent, which still writes indented answers, for people, and numbers beyond 64 bits."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> Any:
        if data is None:
            return b""
        try:
            written = to_json(data)
        except TypeError:
            return super().render(data, accepted_media_type, renderer_context)
        if self.get_indent(accepted_media_type or "", renderer_context or {}) is None:
            return written
        data = orjson.loads(written)  # parts may be written already, which only orjson can put in
        return super().render(data, accepted_media_type, renderer_context)
