from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from common.admin_bases import RecordAdmin, RecordInline
from planning.admin.showing import as_json
from planning.documents import DOMAIN_FIELDS
from planning.models import DiscoveryDocument, DiscoveryQuestion


class QuestionInline(RecordInline):
    model = DiscoveryQuestion
    fields = ["position", "category", "question", "default", "answer", "answered_by"]
    readonly_fields = fields
    show_change_link = False


@admin.register(DiscoveryDocument)
class DiscoveryAdmin(RecordAdmin):
    list_display = ["__str__", "status", "owner", "unattended", "cost", "created_at"]
    list_filter = ["status", "unattended", "stack"]
    search_fields = ["original_request", "owner__username", "trace_id"]
    list_select_related = ["owner"]
    fields = [
        ("status", "owner", "workspace"),
        "original_request",
        "understood",
        "not_understood",
        "model_of_the_domain",
        ("tokens", "cost", "model"),
        "problem",
        ("created_at", "analysed_at", "validated_at", "completed_at"),
        "trace_id",
    ]
    inlines = [QuestionInline]

    @admin.display(description="domain model")
    def model_of_the_domain(self, discovery: DiscoveryDocument) -> SafeString | str:
        return as_json({name: value for name in DOMAIN_FIELDS if (value := getattr(discovery, name))})

    @admin.display(description="error")
    def problem(self, discovery: DiscoveryDocument) -> SafeString | str:
        return as_json(discovery.error)
