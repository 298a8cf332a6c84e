"""Signing in and out; a script is told 401, because a redirect would hand it the page of the login."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, JsonResponse

from common.problems import CONTENT_TYPE, problem
from execution.live.problems import wants_json
from execution.live.socket.identity import NotAuthenticated

View = Callable[..., HttpResponse]


class SignIn(LoginView):
    template_name = "registration/login.html"
    redirect_authenticated_user = True


def required_for_scripts(view: View) -> View:
    """``login_required``, with a problem document for scripts."""
    for_people = login_required(view)

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated and wants_json(request):
            error = NotAuthenticated("You are signed out.", hint="Sign in again; nothing is lost.")
            return JsonResponse(problem(error), status=error.status, content_type=CONTENT_TYPE)
        return for_people(request, *args, **kwargs)

    return answer
