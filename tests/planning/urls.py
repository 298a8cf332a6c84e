"""The planning half of the API and the admin alone, as they are without `execution` and `review` on top."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("api/v1/", include("planning.api.urls"))]
