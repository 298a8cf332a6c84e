from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from common.admin_bases import RecordAdmin, RecordInline
from planning.expectation import Expectation
from planning.models import MasterPlan, Milestone, Phase, PlanVersion, Task


class PhaseInline(RecordInline):
    model = Phase
    fields = ["number", "name", "type", "status", "estimated_hours"]
    readonly_fields = fields


class MilestoneInline(RecordInline):
    model = Milestone
    fields = ["number", "phase", "name", "status", "estimated_minutes"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Milestone]:
        rows: QuerySet[Milestone] = super().get_queryset(request)
        return rows.select_related("phase")


class TaskInline(RecordInline):
    model = Task
    fields = ["number", "milestone", "title", "type", "priority", "status", "estimated_minutes", "attempts"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        rows: QuerySet[Task] = super().get_queryset(request)
        return rows.select_related("milestone").defer("draft", "output", "validation_results")


class VersionInline(RecordInline):
    model = PlanVersion
    fields = ["number", "type", "summary", "author", "created_at"]
    readonly_fields = fields


@admin.register(MasterPlan)
class MasterPlanAdmin(RecordAdmin):
    """The whole plan on one page."""

    list_display = ["project_name", "status", "progress_percent", "owner", "total_tasks", "stack", "created_at"]
    list_filter = ["status", "stack", "execution_mode", "unattended"]
    search_fields = ["project_name", "original_request", "owner__username", "trace_id"]
    list_select_related = ["owner"]
    date_hierarchy = "created_at"
    fieldsets = [
        (None, {"fields": [("project_name", "status", "execution_mode"), "description", "original_request"]}),
        (
            "Progress",
            {"fields": [("total_tasks", "completed_tasks", "failed_tasks", "blocked_tasks", "skipped_tasks")]},
        ),
        (
            "Estimates and cost",
            {
                "fields": [
                    ("estimated_minutes", "corrected_minutes", "actual_minutes"),
                    "origin_of_the_correction",
                    ("estimated_cost", "generation_cost"),
                ]
            },
        ),
        (
            "Reasons",
            {
                "fields": [
                    ("pause_reason", "pause_detail"),
                    "rejection_reason",
                    "cancellation_reason",
                    "failure_reason",
                    "rating",
                ]
            },
        ),
        (
            "Origin",
            {
                "fields": [
                    ("owner", "workspace"),
                    ("discovery", "conversation"),
                    "workspace_path",
                    "trace_id",
                    "whole_plan",
                ]
            },
        ),
        (
            "Times",
            {"fields": [("created_at", "approved_at", "started_at", "paused_at"), ("completed_at", "failed_at")]},
        ),
    ]
    readonly_fields = ["corrected_minutes", "origin_of_the_correction", "whole_plan"]
    inlines = [PhaseInline, MilestoneInline, TaskInline, VersionInline]

    @admin.display(description="Estimate corrected by memory")
    def corrected_minutes(self, plan: MasterPlan) -> str:
        expected = Expectation.from_json(plan.expectation)
        return f"{expected.corrected(plan.estimated_minutes):g} minutes" if expected else "-"

    @admin.display(description="What memory expected")
    def origin_of_the_correction(self, plan: MasterPlan) -> str:
        expected = Expectation.from_json(plan.expectation)
        return expected.origin if expected else "-"

    @admin.display(description="Everything in it")
    def whole_plan(self, plan: MasterPlan) -> str:
        return format_html('<a href="/api/v1/masterplans/{}/export/">Export as JSON</a>', plan.pk)
