from __future__ import annotations

from django.contrib import admin

from common.admin_bases import RecordAdmin
from review.models import ReviewDecision, SavedQueue


@admin.register(ReviewDecision)
class ReviewDecisionAdmin(RecordAdmin):
    list_display = ["created_at", "review", "decision", "actor_name", "seconds", "easy", "reason"]
    list_filter = ["decision", "actor_kind", "easy"]
    exclude = ["restores"]
    list_select_related = ["review__atom"]
    search_fields = ["reason", "actor_name", "review__atom__path"]
    show_full_result_count = False


@admin.register(SavedQueue)
class SavedQueueAdmin(RecordAdmin):
    list_display = ["user", "name", "query"]
    list_select_related = ["user"]
    show_full_result_count = False
