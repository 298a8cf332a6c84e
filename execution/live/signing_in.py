"""Signing in and out; a script is told 401, because a redirect would hand it the page of the login."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.throttling import SimpleRateThrottle

from common.problems import CONTENT_TYPE, problem
from execution.live.problems import wants_json
from execution.live.socket.identity import NotAuthenticated

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

View = Callable[..., HttpResponse]


class SignInThrottle(SimpleRateThrottle):
    """As many tries per address as the setting ``LOGIN_RATE`` allows."""

    scope = "login"

    def get_cache_key(self, request: Any, view: Any) -> str:
        return self.cache_format % {"scope": "login_page", "ident": self.get_ident(request)}


class SignIn(LoginView):
    template_name = "registration/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        throttle = SignInThrottle()
        if throttle.allow_request(cast("Request", request), cast("APIView", self)):
            return super().post(request, *args, **kwargs)
        refused = f"Too many tries. Wait {math.ceil(throttle.wait() or 60)} seconds."
        # A form without data: what was sent is not even looked at.
        context = self.get_context_data(form=self.get_form_class()(request), refused=refused)
        return self.render_to_response(context, status=429)


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
