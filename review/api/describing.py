"""What the OpenAPI schema says of a call, and how a body becomes data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from review.api.responses import EditReviewProblemSerializer, ProblemSerializer

View = TypeVar("View", bound=Callable[..., Any])

PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409), ProblemSerializer)
UNPROCESSABLE = {422: EditReviewProblemSerializer}


def described(
    body_shape: type[Serializer[Any]] | None, answer: Any, *, code: int = 200, more: dict[int, Any] | None = None
) -> Callable[[View], View]:
    """The call takes ``body_shape`` and answers ``answer`` with ``code``, or a problem document."""
    responses = {code: answer, **PROBLEMS, **(more or {})}
    return extend_schema(tags=["review"], request=body_shape, responses=responses)


def body(shape: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """The request's data, validated."""
    filled = shape(data=request.data)
    filled.is_valid(raise_exception=True)
    data: dict[str, Any] = filled.validated_data
    return data
