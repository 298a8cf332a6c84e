"""What Prometheus scrapes, and the same as JSON."""

from __future__ import annotations

import hmac

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.configuration import configuration
from common.errors import NotPermitted
from common.metrics import CONTENT_TYPE, as_json, exposition
from planning.api.people import person


@require_GET
def metrics_page(request: HttpRequest) -> HttpResponse:
    """For Prometheus with the bearer token of the settings (``METRICS_TOKEN``), and for staff who are signed in."""
    if not _may_read(request):
        refusal = HttpResponse("Send the token of METRICS_TOKEN: Authorization: Bearer ...\n", status=401)
        refusal["WWW-Authenticate"] = "Bearer"
        return refusal
    return HttpResponse(exposition(), content_type=CONTENT_TYPE)


def _may_read(request: HttpRequest) -> bool:
    token = configuration().metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    return bool(request.user.is_active and request.user.is_staff)


class MetricsView(APIView):
    @extend_schema(operation_id="metrics", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """The figures of `/metrics` by name, each sample with its labels and value (staff)."""
        if not person(request).is_staff:
            raise NotPermitted("Metrics are read by staff.", hint="Ask an administrator.")
        return Response(as_json())
