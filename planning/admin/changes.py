from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from common.admin_bases import RecordAdmin
from planning.admin.showing import as_json
from planning.models import ExecutionSnapshot, ModificationProposal, PlanVersion


@admin.register(PlanVersion)
class PlanVersionAdmin(RecordAdmin):
    list_display = ["plan", "number", "type", "summary", "author", "created_at"]
    list_filter = ["type"]
    list_select_related = ["plan", "author"]
    fields = ["plan", ("number", "type"), "summary", "parent", "progress_percent", "author", "changes", "whole"]

    @admin.display(description="changed since the parent")
    def changes(self, version: PlanVersion) -> SafeString | str:
        return as_json(version.diff)

    @admin.display(description="snapshot")
    def whole(self, version: PlanVersion) -> SafeString | str:
        return as_json(version.snapshot)


@admin.register(ModificationProposal)
class ModificationProposalAdmin(RecordAdmin):
    list_display = ["__str__", "plan", "status", "requested_by", "created_at", "decided_at"]
    list_filter = ["status"]
    list_select_related = ["plan", "requested_by"]


@admin.register(ExecutionSnapshot)
class ExecutionSnapshotAdmin(RecordAdmin):
    list_display = ["plan", "reason", "taken_by", "can_resume", "created_at", "resumed_at"]
    list_filter = ["reason"]
    list_select_related = ["plan"]
