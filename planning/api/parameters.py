"""Parameters that several views take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from common.errors import InvalidInput

SINCE = OpenApiParameter("since", OpenApiTypes.INT, description="Events after this `seq`; 0 for all.", default=0)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The same request sent again with the same key has one effect and one answer.",
)
LARGEST_SEQ = 2**63 - 1


def since_of(request: Request) -> int:
    """``?since=``, a whole number from 0. Raises ``InvalidInput``."""
    raw = request.query_params.get("since", "0")
    if not (raw.isascii() and raw.isdigit()) or len(raw) > 19 or int(raw) > LARGEST_SEQ:
        raise InvalidInput("since must be a whole number, zero or more.")
    return int(raw)


def edit_of(given: Mapping[str, Any]) -> tuple[dict[str, Any], int | None]:
    """The values of an edit, and the version of the plan that it is for. Raises ``InvalidInput`` without values."""
    values = dict(given)
    version = values.pop("version", None)
    if not values:
        raise InvalidInput("There is nothing to change.")
    return values, version
