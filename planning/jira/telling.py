"""What watchers of a plan are told of its export."""

from __future__ import annotations

import uuid
from typing import Any

from common.changes import emit
from common.errors import DevMatrixError
from integrations.models import JiraExport, JiraMapping

MOST_FAILURES = 50


def board_url_of(target: str) -> str:
    """Where people find the project; Jira leads on to its board."""
    site, _, key = target.rpartition("/")
    return f"{site}/browse/{key}" if site else ""


def tell_progress(row: JiraExport) -> None:
    emit(_stream(row), "jira_export_progress", counts_of(row))


def tell_complete(row: JiraExport) -> None:
    """With the items that failed, and why, and what the site does not offer."""
    failures = failures_of(row)[:MOST_FAILURES]
    emit(_stream(row), "jira_export_complete", {**counts_of(row), "failures": failures, "warnings": row.warnings})


def tell_failed(row: JiraExport, error: DevMatrixError) -> None:
    emit(_stream(row), "error", {"code": error.code, "message": error.detail, "hint": error.hint})


def tell_csv_ready(plan_id: uuid.UUID, *, rows: int, url: str) -> None:
    data = {"created": rows, "updated": 0, "failed": 0, "board_url": "", "url": url}
    emit(("plan", plan_id), "jira_csv_ready", data)


def counts_of(row: JiraExport) -> dict[str, Any]:
    return {
        "state": row.state,
        "total": row.total,
        "created": row.created,
        "updated": row.updated,
        "unchanged": row.unchanged,
        "failed": row.failed,
        "board_url": board_url_of(row.target),
    }


def failures_of(row: JiraExport) -> list[dict[str, str]]:
    """Which items failed and why. One query."""
    mappings = JiraMapping.objects.filter(plan_id=row.plan_id, target=row.target, state=JiraMapping.State.FAILED)
    return [
        {"item": one.short_id, "type": one.item_type, "key": one.jira_key, "error": one.last_error}
        for one in mappings.order_by("item_type", "short_id")
    ]


def _stream(row: JiraExport) -> tuple[str, uuid.UUID]:
    return ("plan", row.plan_id)
