"""How the export of a plan stands, for people and programs."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from common.configuration import configuration
from integrations.models import JiraExport, JiraMapping
from planning.jira.telling import board_url_of, counts_of, failures_of
from planning.models import MasterPlan, Milestone, Phase, Subtask, Task

NEVER = "never"
TIMES = ("asked_at", "began_at", "finished_at", "resume_at")


def export_status(plan: MasterPlan) -> dict[str, Any]:
    """State, counts, what failed and why, what the site lacks, and the issue of every item. Seven queries at most."""
    row = JiraExport.objects.filter(plan_id=plan.pk).first()
    head = {"masterplan_id": str(plan.pk), "enabled": configuration().jira.enabled, "links": _links(plan)}
    if row is None:
        return {**head, "state": NEVER}
    return {
        **head,
        **counts_of(row),
        "target": row.target,
        "asked_by": row.asked_by,
        **{name: getattr(row, name) for name in TIMES},
        "error": row.error,
        "warnings": row.warnings,
        "failures": failures_of(row),
        **_issues(row, plan),
    }


def _issues(row: JiraExport, plan: MasterPlan) -> dict[str, Any]:
    """``issues`` of the plan's items, and those ``left_over`` from items that are no part of it any more."""
    kept = _short_ids(plan)
    mapped = JiraMapping.objects.filter(plan_id=plan.pk, target=row.target).exclude(jira_key="").order_by("short_id")
    shown = [{"item": one.short_id, "type": one.item_type, "key": one.jira_key, "url": url_of(one)} for one in mapped]
    return {
        "issues": [one for one in shown if one["item"] in kept],
        "left_over": [one for one in shown if one["item"] not in kept],
    }


def url_of(mapping: JiraMapping) -> str:
    """Where people find it in Jira."""
    site, _, key = mapping.target.rpartition("/")
    if mapping.item_type == JiraMapping.ItemType.MILESTONE:
        return f"{site}/projects/{key}/versions/{mapping.jira_id}"
    return board_url_of(f"{site}/{mapping.jira_key}")


def _short_ids(plan: MasterPlan) -> set[str]:
    tasks = Task.objects.filter(plan=plan, left_in__isnull=True)
    found = set(Phase.objects.filter(plan=plan).values_list("short_id", flat=True))
    found |= set(Milestone.objects.filter(plan=plan).values_list("short_id", flat=True))
    found |= set(tasks.values_list("short_id", flat=True))
    return found | set(Subtask.objects.filter(task__in=tasks).values_list("short_id", flat=True))


def _links(plan: MasterPlan) -> dict[str, str]:
    return {
        "status": reverse("masterplan-jira", args=[plan.pk]),
        "events": reverse("masterplan-events", args=[plan.pk]),
        "csv": reverse("masterplan-jira-csv", args=[plan.pk]),
        "socket": "/ws/",
    }
