"""Admin: the ledger and what memory learned are read; limits are set by staff."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from common.admin_bases import RecordAdmin, RecordInline
from integrations.models import CostLimit, JiraMapping, LearningRecord, LearningUse, LLMCall


@admin.register(LLMCall)
class LLMCallAdmin(RecordAdmin):
    list_display = [
        "created_at",
        "purpose",
        "model",
        "attempt",
        "tokens_in",
        "tokens_out",
        "cost",
        "reservation",
        "error_code",
    ]
    list_filter = ["purpose", "provider", "model", "reservation", "error_code", "unpriced"]
    search_fields = ["plan_id", "task_id", "atom_id", "trace_id", "request_id"]
    date_hierarchy = "created_at"
    show_full_result_count = False


@admin.register(CostLimit)
class CostLimitAdmin(ModelAdmin):  # type: ignore[misc]  # unfold is untyped
    """Staff raise limits here; the totals belong to the ledger, and a row with totals is never deleted."""

    list_display = ["__str__", "soft", "hard", "spent", "in_flight", "updated_at"]
    fields = ["plan_id", "soft", "hard", "spent", "in_flight"]
    search_fields = ["plan_id"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["spent", "in_flight"] if obj is None else ["plan_id", "spent", "in_flight"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LearningUseInline(RecordInline):
    model = LearningUse
    fields = ["created_at", "purpose", "similarity", "outcome", "plan_id"]
    readonly_fields = fields


@admin.register(LearningRecord)
class LearningRecordAdmin(RecordAdmin):
    list_display = ["created_at", "collection", "source_type", "source_id", "embedding"]
    list_filter = ["collection", "embedding"]
    search_fields = ["text", "source_id", "plan_id"]
    inlines = [LearningUseInline]
    show_full_result_count = False


@admin.register(LearningUse)
class LearningUseAdmin(RecordAdmin):
    list_display = ["created_at", "record", "purpose", "similarity", "outcome"]
    list_filter = ["outcome", "purpose"]
    list_select_related = ["record"]
    show_full_result_count = False


@admin.register(JiraMapping)
class JiraMappingAdmin(RecordAdmin):
    list_display = ["item_type", "item_id", "jira_key", "state", "exported_at"]
    list_filter = ["state", "item_type"]
    search_fields = ["jira_key", "item_id", "plan_id"]
