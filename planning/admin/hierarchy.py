from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from common.admin_bases import RecordAdmin, RecordInline
from planning.admin.showing import as_json, as_list
from planning.models import Milestone, Phase, Subtask, Task, TaskDependency


class SubtaskInline(RecordInline):
    model = Subtask
    fields = ["number", "title", "status", "estimated_minutes"]
    readonly_fields = fields
    show_change_link = False


class NeededTaskInline(RecordInline):
    model = TaskDependency
    fk_name = "task"
    fields = ["needs"]
    readonly_fields = fields
    verbose_name_plural = "depends on"
    show_change_link = False


@admin.register(Task)
class TaskAdmin(RecordAdmin):
    list_display = ["short_id", "title", "plan", "type", "priority", "status", "attempts"]
    list_filter = ["status", "type", "priority", "complexity"]
    search_fields = ["title", "short_id", "plan__project_name"]
    list_select_related = ["plan"]
    fields = [
        ("short_id", "status", "type"),
        ("priority", "complexity", "story_points"),
        "title",
        "description",
        ("plan", "milestone"),
        "files",
        "contract",
        "criteria",
        ("estimated_minutes", "actual_minutes", "attempts", "max_attempts"),
        "last_error",
        ("started_at", "completed_at", "definition_of_done_satisfied"),
        "done_report",
    ]
    inlines = [SubtaskInline, NeededTaskInline]

    @admin.display(description="target files")
    def files(self, task: Task) -> SafeString | str:
        return as_list(task.target_files)

    @admin.display(description="exports and needs")
    def contract(self, task: Task) -> SafeString | str:
        return as_json({"exports": task.exports, "needs": task.needs})

    @admin.display(description="acceptance criteria and conditions")
    def criteria(self, task: Task) -> SafeString | str:
        return as_json(
            {
                "acceptance_criteria": task.acceptance_criteria,
                "preconditions": task.preconditions,
                "postconditions": task.postconditions,
            }
        )

    @admin.display(description="definition of done")
    def done_report(self, task: Task) -> SafeString | str:
        """Every criterion with its verdict and why, as it was judged last."""
        rows = task.definition_of_done.get("checks", [])
        return as_list([f"{row['verdict'].replace('_', ' ')}: {row['name']} ({row['why']})" for row in rows])


@admin.register(Phase)
class PhaseAdmin(RecordAdmin):
    list_display = ["short_id", "name", "plan", "type", "status", "estimated_hours"]
    list_filter = ["status", "type"]
    list_select_related = ["plan"]


@admin.register(Milestone)
class MilestoneAdmin(RecordAdmin):
    list_display = ["short_id", "name", "plan", "phase", "status", "estimated_minutes"]
    list_filter = ["status"]
    list_select_related = ["plan", "phase"]


@admin.register(Subtask)
class SubtaskAdmin(RecordAdmin):
    list_display = ["short_id", "title", "task", "status"]
    list_filter = ["status"]
    list_select_related = ["task"]
