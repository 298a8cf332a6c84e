"""What the content security policy must allow for the admin, and only there.

unfold's Alpine.js compiles its expressions (``unsafe-eval``) and sets a width as the attribute ``style``. Inline
scripts, handlers, style sheets and other hosts stay forbidden; the editor's own style sheet has the nonce.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.constants import NONCE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponse

ADMIN_POLICY = {
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, NONCE],
    "style-src-attr": [UNSAFE_INLINE],
}


class AdminPolicyMiddleware:
    """Stands after ``CSPMiddleware`` in the settings, so that it speaks before that writes the header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: Any = self.get_response(request)
        match = request.resolver_match
        if match is not None and "admin" in match.app_names:
            response._csp_replace = ADMIN_POLICY
        answer: HttpResponse = response
        return answer
