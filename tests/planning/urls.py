"""The planning half of the API and the admin alone, as they are without `execution` and `review` on top."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponseForbidden
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("api/v1/", include("planning.api.urls"))]


def handler403(request: HttpRequest, exception: Exception) -> HttpResponseForbidden:
    """The page for it leads to pages that are not here."""
    return HttpResponseForbidden()
