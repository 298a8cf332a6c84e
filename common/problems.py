"""Errors as problem documents (RFC 9457), for every answer of the API."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response

from common.errors import DevMatrixError, NotFound, NotPermitted, ServiceUnavailable

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"


def problem(error: DevMatrixError) -> dict[str, Any]:
    """The document for one of our own errors."""
    document: dict[str, Any] = {
        "type": f"urn:devmatrix:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
    }
    if error.hint:
        document["hint"] = error.hint
    return {**error.context, **document}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler."""
    if isinstance(error, Http404):
        error = NotFound("There is nothing here, or not for you.")
    elif isinstance(error, PermissionDenied):
        error = NotPermitted("You may not do this.")
    elif isinstance(error, DatabaseError):
        logger.error("The database refused a request: %s", error)
        error = ServiceUnavailable("The database did not answer.", hint="Try again in a moment.")
    if isinstance(error, DevMatrixError):
        return Response(problem(error), status=error.status, content_type=CONTENT_TYPE)
    if isinstance(error, exceptions.APIException):
        return _foreign(error)
    return None


def _foreign(error: exceptions.APIException) -> Response:
    headers: dict[str, str] = {}
    if (wait := getattr(error, "wait", None)) is not None:  # of Throttled
        headers["Retry-After"] = str(int(wait) + 1)
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    code = error.default_code if isinstance(error.detail, (dict, list)) else getattr(error.detail, "code", "error")
    document: dict[str, Any] = {
        "type": f"urn:devmatrix:problem:{code}",
        "title": status_title(error.status_code),
        "status": error.status_code,
        "code": code,
    }
    if isinstance(error, exceptions.ValidationError):
        document |= {"code": "invalid_input", "type": "urn:devmatrix:problem:invalid_input"}
        document["detail"] = "Some fields are not valid."
        document["errors"] = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
    else:
        document["detail"] = str(error.detail)
    return Response(document, status=error.status_code, headers=headers, content_type=CONTENT_TYPE)


def status_title(code: int) -> str:
    return {
        status.HTTP_400_BAD_REQUEST: "The input is not valid",
        status.HTTP_401_UNAUTHORIZED: "Not signed in",
        status.HTTP_403_FORBIDDEN: "Not permitted",
        status.HTTP_404_NOT_FOUND: "Not found",
        status.HTTP_405_METHOD_NOT_ALLOWED: "This method is not offered here",
        status.HTTP_415_UNSUPPORTED_MEDIA_TYPE: "This content type is not read here",
        status.HTTP_429_TOO_MANY_REQUESTS: "Too many requests",
    }.get(code, "The request was refused")
