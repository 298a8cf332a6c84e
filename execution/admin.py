"""What execution made, to be read: everything here is written by the engine."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.safestring import SafeString

from common.admin_bases import RecordAdmin, RecordInline
from execution import models
from execution.showing import CODE_CSS, code_view, labelled

ATOM_COLOURS = {
    "pending": "default",
    "running": "info",
    "validating": "info",
    "retrying": "warning",
    "accepted": "success",
    "failed": "danger",
    "blocked": "warning",
}
STAGE_COLOURS = {"running": "info", "paused": "warning", "completed": "success", "failed": "danger", "open": "info"}


class CodeMedia:
    css: ClassVar[dict[str, list[str]]] = {"all": [CODE_CSS]}


class RevisionInline(RecordInline):
    model = models.AtomRevision
    fk_name = "atom"
    fields = readonly_fields = ["number", "origin", "author", "created_at", "sha256"]
    tab = True


class AttemptInline(RecordInline):
    model = models.AtomAttempt
    fields = readonly_fields = ["attempt", "success", "model", "effort", "temperature", "tokens_out", "cost", "seconds"]
    tab = True


class ValidationInline(RecordInline):
    model = models.ValidationResult
    fields = readonly_fields = ["level", "layer", "attempt", "passed", "checks_passed", "checks_failed", "reason"]
    tab = True


@admin.register(models.Atom)
class AtomAdmin(RecordAdmin):
    list_display = ["label_", "plan", "kind", "status_", "attempts", "confidence", "complexity", "actual_lines"]
    list_filter = ["status", "kind", "language", "awaiting_decision", "changed_by_person"]
    list_select_related = ["plan"]
    search_fields = ["path", "qualname"]
    show_full_result_count = False
    inlines = [AttemptInline, RevisionInline, ValidationInline]
    fieldsets = [
        (None, {"fields": ["code"]}),
        (
            "State",
            {
                "fields": [
                    ("status", "awaiting_decision", "changed_by_person"),
                    ("attempts", "max_attempts", "confidence"),
                    "hint",
                    "feedback",
                    "confidence_parts",
                ]
            },
        ),
        (
            "Place",
            {
                "fields": [
                    ("plan", "task", "number"),
                    ("path", "position", "kind"),
                    ("qualname", "signature", "language"),
                    "defines",
                    "uses",
                    "imports",
                ]
            },
        ),
        ("Atomicity", {"fields": [("atomicity", "complexity", "actual_lines"), "failed_criteria"]}),
        ("Claim", {"fields": [("claim", "claim_expires", "claims")], "classes": ["collapse"]}),
    ]
    readonly_fields = ["code"]

    class Media(CodeMedia):
        pass

    @admin.display(description="Atom", ordering="number")
    def label_(self, atom: models.Atom) -> str:
        return atom.label()

    @labelled("Status", ATOM_COLOURS, ordering="status")
    def status_(self, atom: models.Atom) -> str:
        return atom.status

    @admin.display(description="Current text")
    def code(self, atom: models.Atom) -> SafeString | str:
        return code_view(atom.current.text, atom.language) if atom.current else "none yet"


@admin.register(models.AtomRevision)
class AtomRevisionAdmin(RecordAdmin):
    list_display = ["atom", "number", "origin", "author", "created_at"]
    list_filter = ["origin"]
    list_select_related = ["atom"]
    search_fields = ["atom__path", "atom__qualname", "sha256"]
    fields = ["atom", "number", "origin", "author", "created_at", "sha256", "code"]
    readonly_fields = ["code"]
    show_full_result_count = False

    class Media(CodeMedia):
        pass

    @admin.display(description="Text")
    def code(self, revision: models.AtomRevision) -> SafeString:
        return code_view(revision.text, revision.atom.language)


@admin.register(models.AtomAttempt)
class AtomAttemptAdmin(RecordAdmin):
    list_display = ["atom", "attempt", "success", "model", "tokens_in", "tokens_out", "cost", "seconds", "created_at"]
    list_filter = ["success", "attempt", "model"]
    list_select_related = ["atom"]
    search_fields = ["atom__path", "atom__qualname"]
    exclude = ["code"]
    readonly_fields = ["shown_code"]
    show_full_result_count = False

    class Media(CodeMedia):
        pass

    @admin.display(description="Code")
    def shown_code(self, attempt: models.AtomAttempt) -> SafeString:
        return code_view(attempt.code, attempt.atom.language)


@admin.register(models.Run)
class RunAdmin(RecordAdmin):
    list_display = ["plan", "mode", "status_", "stage", "atoms_accepted", "atoms_total", "precision", "started_at"]
    list_filter = ["status", "stage", "mode"]
    list_select_related = ["plan"]
    search_fields = ["plan__project_name", "trace_id"]

    @labelled("Status", STAGE_COLOURS, ordering="status")
    def status_(self, run: models.Run) -> str:
        return run.status


@admin.register(models.Wave)
class WaveAdmin(RecordAdmin):
    list_display = ["plan", "number", "status_", "round", "atoms_total", "peak_parallel", "seconds", "started_at"]
    list_filter = ["status"]
    list_select_related = ["plan"]
    search_fields = ["plan__project_name"]
    exclude = ["members"]

    @labelled("Status", STAGE_COLOURS, ordering="status")
    def status_(self, wave: models.Wave) -> str:
        return wave.status


@admin.register(models.Round)
class RoundAdmin(RecordAdmin):
    list_display = ["plan", "wave", "number", "status_", "dispatched_at", "dispatches", "closed_at"]
    list_filter = ["status"]
    list_select_related = ["plan", "wave"]

    @labelled("Status", STAGE_COLOURS, ordering="status")
    def status_(self, round_: models.Round) -> str:
        return round_.status


@admin.register(models.DependencyGraph)
class DependencyGraphAdmin(RecordAdmin):
    list_display = ["plan", "version", "atoms", "edges", "depth", "waves_total", "created_at"]
    list_select_related = ["plan"]
    search_fields = ["plan__project_name"]


@admin.register(models.AtomDependency)
class AtomDependencyAdmin(RecordAdmin):
    list_display = ["source", "target", "type", "weight", "broken", "reason"]
    list_filter = ["type", "broken"]
    list_select_related = ["source", "target"]
    search_fields = ["source__path", "target__path"]
    show_full_result_count = False


@admin.register(models.WaveAtom)
class WaveAtomAdmin(RecordAdmin):
    list_display = ["wave", "position", "atom"]
    list_select_related = ["wave", "atom"]
    show_full_result_count = False


@admin.register(models.ValidationResult)
class ValidationResultAdmin(RecordAdmin):
    list_display = ["created_at", "plan", "level", "layer", "passed", "atom", "checks_failed", "seconds", "reason"]
    list_filter = ["level", "layer", "passed"]
    list_select_related = ["plan", "atom"]
    search_fields = ["plan__project_name", "atom__path"]
    show_full_result_count = False


@admin.register(models.TreeCheck)
class TreeCheckAdmin(RecordAdmin):
    list_display = ["plan", "tree_hash", "seconds", "created_at"]
    list_select_related = ["plan"]


@admin.register(models.SuiteRun)
class SuiteRunAdmin(RecordAdmin):
    list_display = [
        "created_at",
        "plan",
        "wave",
        "final",
        "status",
        "tests_passed",
        "tests_failed",
        "percent",
        "seconds",
    ]
    list_filter = ["status", "final"]
    list_select_related = ["plan", "wave"]
    search_fields = ["plan__project_name"]
    exclude = ["revisions", "files"]
    show_full_result_count = False

    @admin.display(description="Passed")
    def tests_passed(self, row: models.SuiteRun) -> int:
        return len(row.passed)

    @admin.display(description="Failed")
    def tests_failed(self, row: models.SuiteRun) -> int:
        return len(row.failed)


@admin.register(models.AcceptanceSuite)
class AcceptanceSuiteAdmin(RecordAdmin):
    list_display = ["plan", "version", "written_at", "problem"]
    list_select_related = ["plan"]
    search_fields = ["plan__project_name"]


@admin.register(models.AcceptanceTest)
class AcceptanceTestAdmin(RecordAdmin):
    list_display = ["requirement", "priority", "source", "plan", "task", "node_id"]
    list_filter = ["priority", "source"]
    list_select_related = ["plan", "task"]
    search_fields = ["requirement", "node_id"]


@admin.register(models.AcceptanceResult)
class AcceptanceResultAdmin(RecordAdmin):
    list_display = ["created_at", "test", "passed", "seconds"]
    list_filter = ["passed"]
    list_select_related = ["test"]


@admin.register(models.GateResult)
class GateResultAdmin(RecordAdmin):
    list_display = ["created_at", "plan", "wave", "passed", "must_rate", "should_rate", "reason", "overridden_by"]
    list_filter = ["passed"]
    list_select_related = ["plan", "wave", "overridden_by"]


@admin.register(models.FailureAnalysis)
class FailureAnalysisAdmin(RecordAdmin):
    list_display = ["created_at", "plan", "task", "atom", "root_cause", "decided"]
    list_select_related = ["plan", "task", "atom"]
    search_fields = ["root_cause", "plan__project_name"]

    @admin.display(description="Decided", boolean=True)
    def decided(self, failure: Any) -> bool:
        return failure.choice is not None


@admin.register(models.Healing)
class HealingAdmin(RecordAdmin):
    list_display = ["kind", "times", "last_at"]
