from __future__ import annotations

from django.apps import AppConfig

from common.metrics import register_source


class ReviewConfig(AppConfig):
    name = "review"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from review import receivers
        from review.metrics import review_figures

        receivers.connect()
        register_source("reviews", review_figures)
