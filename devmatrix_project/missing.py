"""The answer to an address of the API that does not exist: a problem document, as for everything else there."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from common.errors import NotFound


@extend_schema(exclude=True)
class Missing(APIView):
    permission_classes = [AllowAny]
    authentication_classes = []

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        raise NotFound(f"There is no {request.path} here.", hint="See /api/docs/ for what there is.")
