from __future__ import annotations

from django.contrib import admin

from common.admin_bases import RecordAdmin
from common.models import PlanEvent, PlanHistory, Stream


@admin.register(PlanEvent)
class PlanEventAdmin(RecordAdmin):
    list_display = ["ts", "stream", "seq", "type"]
    list_filter = ["type"]
    show_full_result_count = False


@admin.register(PlanHistory)
class PlanHistoryAdmin(RecordAdmin):
    list_display = ["created_at", "change_type", "item_label", "actor_name", "reason"]
    list_filter = ["change_type", "item_type", "actor_kind"]
    search_fields = ["item_label", "plan_id", "item_id"]
    show_full_result_count = False


@admin.register(Stream)
class StreamAdmin(RecordAdmin):
    list_display = ["id", "kind", "last_seq"]
