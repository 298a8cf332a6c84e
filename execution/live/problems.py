"""Our errors as answers of a page: a 404 page, a redirect with a message, or JSON for a script that asks for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from common.errors import DevMatrixError, NotFound
from common.problems import CONTENT_TYPE, problem

View = Callable[..., HttpResponse]


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def with_problems(view: View) -> View:
    """What a service refuses is shown in its own words, with its status."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except DevMatrixError as error:
            if wants_json(request):
                return JsonResponse(problem(error), status=error.status, content_type=CONTENT_TYPE)
            if isinstance(error, NotFound):
                raise Http404(error.detail) from None
            return render(request, "live/problem.html", {"error": error}, status=error.status)

    return answer
