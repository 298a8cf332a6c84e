"""``status``: what is under way."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from planning.models import DiscoveryDocument, MasterPlan
from planning.states import UNFINISHED_PLAN

SHOWN = 50


class Command(BaseCommand):
    help = "Show discoveries and plans that are not finished, latest first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="finished ones too")
        parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        discoveries = DiscoveryDocument.objects.select_related("owner")
        plans = MasterPlan.objects.select_related("owner")
        if not options["all"]:
            discoveries = discoveries.exclude(status__in=["completed", "cancelled"])
            plans = plans.filter(status__in=UNFINISHED_PLAN)
        document = {
            "discoveries": [_discovery(row) for row in discoveries[:SHOWN]],
            "plans": [_plan(row) for row in plans[:SHOWN]],
        }
        if options["json"]:
            self.stdout.write(json.dumps(document))
        else:
            self._print(document)

    def _print(self, document: dict[str, list[dict[str, Any]]]) -> None:
        for row in document["discoveries"]:
            failed = f"  failed: {row['error']}" if row["error"] else ""
            self.stdout.write(f"discovery {row['id']}  {row['status']:<20} {row['request']}{failed}")
        for row in document["plans"]:
            self.stdout.write(
                f"plan      {row['id']}  {row['status']:<20} {row['completed_tasks']}/{row['total_tasks']} tasks  "
                f"{row['project_name']}"
            )
        if not any(document.values()):
            self.stdout.write("Nothing is under way.")


def _discovery(row: DiscoveryDocument) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "status": row.status,
        "owner": row.owner.username,
        "request": row.original_request[:80],
        "error": row.error["detail"] if row.error else None,
    }


def _plan(row: MasterPlan) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "status": row.status,
        "owner": row.owner.username,
        "project_name": row.project_name,
        "total_tasks": row.total_tasks,
        "completed_tasks": row.completed_tasks,
        "progress_percent": float(row.progress_percent),
        "pause_reason": row.pause_reason,
    }
