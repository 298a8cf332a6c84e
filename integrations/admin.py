"""Admin: the ledger and what memory learned are read; limits are set by staff."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import DecimalField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.forms import CharField, ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import Truncator
from unfold.admin import ModelAdmin
from unfold.decorators import action

from common.actors import Actor
from common.admin_bases import RecordAdmin, RecordInline
from integrations.llm.cost_limits import set_limits
from integrations.memory.dashboard import dashboard
from integrations.models import (
    CostEstimate,
    CostLimit,
    JiraExport,
    JiraMapping,
    LearningLookup,
    LearningRecord,
    LearningUse,
    LLMCall,
    PlanOutcome,
)


@admin.register(LLMCall)
class LLMCallAdmin(RecordAdmin):
    list_display = [
        "created_at",
        "purpose",
        "model",
        "attempt",
        "prompt_version",
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


class CostLimitForm(ModelForm):  # type: ignore[type-arg]  # Django's own takes no argument
    reason = CharField(required=False, max_length=2_000, help_text="Kept in the history.")

    class Meta:
        model = CostLimit
        fields = ["plan_id", "soft", "hard"]


@admin.register(CostLimit)
class CostLimitAdmin(ModelAdmin):  # type: ignore[misc]  # unfold is untyped
    """Staff raise a plan's limits here, administrators those of everything; the totals belong to the ledger."""

    form = CostLimitForm
    list_display = ["__str__", "soft", "hard", "spent", "in_flight", "updated_at"]
    fields = ["plan_id", "soft", "hard", "reason", "spent", "in_flight", "warned_limit"]
    search_fields = ["plan_id"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        totals = ["spent", "in_flight", "warned_limit"]
        return totals if obj is None else ["plan_id", *totals]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        of_everything = obj is not None and obj.plan_id is None
        return bool(request.user.is_superuser) if of_everything else self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: CostLimit, form: CostLimitForm, change: bool) -> None:
        """Through the service: in the history, told to watchers, and never over totals that moved meanwhile."""
        if obj.plan_id is None and not request.user.is_superuser:
            raise PermissionDenied("The limits of everything are set by administrators.")
        given = form.cleaned_data
        actor = Actor.of(request.user)
        set_limits(obj.plan_id, soft=given["soft"], hard=given["hard"], actor=actor, reason=given["reason"])
        obj.pk = CostLimit.objects.values_list("pk", flat=True).get(plan_id=obj.plan_id)


@admin.register(CostEstimate)
class CostEstimateAdmin(RecordAdmin):
    """What builds were expected to cost, and what they did, as far as they are."""

    list_display = ["plan_id", "moment", "purpose", "calls", "cost", "spent", "error", "unpriced"]
    list_filter = ["moment", "purpose", "unpriced"]
    search_fields = ["plan_id"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[CostEstimate]:
        calls = LLMCall.objects.filter(plan_id=OuterRef("plan_id"), purpose=OuterRef("purpose")).order_by()
        total = Subquery(calls.values("purpose").annotate(total=Sum("cost")).values("total"))
        rows: QuerySet[CostEstimate] = super().get_queryset(request)
        return rows.annotate(was_spent=Coalesce(total, Value(Decimal(0)), output_field=DecimalField()))

    @admin.display(ordering="was_spent")
    def spent(self, row: Any) -> Decimal:
        return Decimal(row.was_spent)

    @admin.display(description="error")
    def error(self, row: Any) -> Decimal:
        return Decimal(row.was_spent) - Decimal(row.cost)


class LearningUseInline(RecordInline):
    model = LearningUse
    fields = ["created_at", "purpose", "similarity", "outcome", "ended_as", "plan_id"]
    readonly_fields = fields


@admin.register(LearningRecord)
class LearningRecordAdmin(RecordAdmin):
    """What was learned; the dashboard that says whether it helped is reached from the list."""

    list_display = ["created_at", "collection", "text_", "source_type", "embedding"]
    list_filter = ["collection", "embedding", "source_type"]
    search_fields = ["text", "source_id", "plan_id"]
    inlines = [LearningUseInline]
    show_full_result_count = False
    actions_list = ["dashboard"]

    @admin.display(description="Found by")
    def text_(self, record: LearningRecord) -> str:
        return Truncator(record.text).chars(100)

    @action(description="Does memory help?", url_path="dashboard")  # type: ignore[untyped-decorator]  # unfold is untyped
    def dashboard(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        title = "Learning: does memory help?"
        context = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **dashboard()}
        return TemplateResponse(request, "integrations/memory_dashboard.html", context)


@admin.register(LearningLookup)
class LearningLookupAdmin(RecordAdmin):
    list_display = ["created_at", "purpose", "collection", "answer", "found", "similarity", "milliseconds", "outcome"]
    list_filter = ["answer", "purpose", "outcome"]
    search_fields = ["used_for_id", "plan_id"]
    show_full_result_count = False


@admin.register(LearningUse)
class LearningUseAdmin(RecordAdmin):
    list_display = ["created_at", "record", "purpose", "similarity", "outcome", "ended_as"]
    list_filter = ["outcome", "purpose"]
    list_select_related = ["record"]
    show_full_result_count = False


@admin.register(PlanOutcome)
class PlanOutcomeAdmin(RecordAdmin):
    list_display = ["name", "status", "closed_at", "tasks_done", "tasks_total", "estimated_minutes", "actual_minutes"]
    list_filter = ["status", "succeeded", "stack"]
    search_fields = ["name", "plan_id"]
    show_full_result_count = False


@admin.register(JiraExport)
class JiraExportAdmin(RecordAdmin):
    list_display = ["plan_id", "target", "state", "asked_at", "created", "updated", "failed", "finished_at"]
    list_filter = ["state"]
    search_fields = ["plan_id", "target"]


@admin.register(JiraMapping)
class JiraMappingAdmin(RecordAdmin):
    list_display = ["short_id", "item_type", "plan_id", "jira_key", "state", "exported_at"]
    list_filter = ["state", "item_type"]
    search_fields = ["jira_key", "short_id", "item_id", "plan_id"]
