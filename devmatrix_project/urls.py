"""Where everything is reached."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from devmatrix_project.missing import Missing
from execution.api import urls as execution_api
from execution.api.metrics import metrics_page

api_v1: list[URLPattern | URLResolver] = [*execution_api.v1, path("", include("planning.api.urls"))]
api_v2: list[URLPattern | URLResolver] = [*execution_api.v2, path("review/", include("review.api.urls"))]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/v1/", include(api_v1)),
    path("api/v2/", include(api_v2)),
    path("metrics", metrics_page, name="metrics"),
    path("api/<path:rest>", Missing.as_view()),
    path("", include("execution.live.urls")),
]
