"""Gives every web request a trace id and hands it back in ``X-Trace-Id``."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from common.actors import new_trace_id, set_trace_id


class TraceMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        trace_id = new_trace_id()
        set_trace_id(trace_id)
        response = self.get_response(request)
        response["X-Trace-Id"] = trace_id
        return response
