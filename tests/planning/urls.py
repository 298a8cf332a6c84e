"""The planning half of the API alone, as it is without `execution` on top."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("api/v1/", include("planning.api.urls"))]
