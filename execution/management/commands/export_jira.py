"""``manage.py export_jira PLAN``: bring a plan to Jira, or write the CSV for its importer."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from common.errors import InvalidInput
from common.rendering import to_json
from execution.console.command import FAILED, ConsoleCommand, plan_named
from planning.jira.asking import csv_of, offer_csv, request_export
from planning.jira.exporting import continue_export
from planning.jira.status import export_status
from planning.jira.turns import forget
from planning.models import MasterPlan

LOOK_EVERY = 1.0
"""Seconds between two looks at an export that waits, or that a worker has taken."""


class Command(ConsoleCommand):
    help = "Bring a plan to Jira, as it is now. Exit status 1: some items, or all, could not be exported."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("plan", help="id of the plan, or its beginning")
        parser.add_argument("--csv", metavar="FILE", help="write a CSV for Jira's importer; - is standard output")
        parser.add_argument(
            "--forget",
            metavar="ITEM",
            action="append",
            default=[],
            help="make this item anew, as task_004; may be repeated",
        )

    def work(self, **options: Any) -> int:
        plan = plan_named(options["plan"])
        if options["csv"]:
            return self._write_csv(plan, options["csv"], as_json=options["json"])
        for short_id in options["forget"]:
            forget(plan=plan, short_id=short_id)
        request_export(plan=plan, actor=self.actor())
        status = self._followed(plan, quiet=options["quiet"] or options["json"])
        if options["json"]:
            self.stdout.write(to_json(status).decode())
        else:
            self._say(status)
        return 0 if status["state"] == "complete" else FAILED

    def _write_csv(self, plan: MasterPlan, name: str, *, as_json: bool) -> int:
        if name == "-":
            if as_json:
                raise InvalidInput("--json and --csv - both want standard output.")
            for line in csv_of(plan):
                self.stdout.write(line, ending="")
            return 0
        try:
            with Path(name).open("w", newline="", encoding="utf-8") as file:
                file.writelines(csv_of(plan))
        except OSError as error:
            raise InvalidInput(f"{name} cannot be written: {error.strerror}.") from None
        offer_csv(plan=plan)
        self.stdout.write(json.dumps({"plan": str(plan.pk), "csv": name}) if as_json else f"Written to {name}.")
        return 0

    def _followed(self, plan: MasterPlan, *, quiet: bool) -> dict[str, Any]:
        """Done here, or by the worker that was faster; waits for Jira as long as it must."""
        told = ""
        while True:
            continue_export(plan.pk)
            status = export_status(plan)
            if status["state"] not in ("requested", "running", "waiting"):
                return status
            if not quiet and told != status["state"]:
                told = status["state"]
                self.stderr.write(f"{told} {(status['error'] or {}).get('detail', '')}".strip())
            time.sleep(LOOK_EVERY)

    def _say(self, status: dict[str, Any]) -> None:
        counts = f"{status['created']} made, {status['updated']} changed, {status['unchanged']} as they were"
        self.stdout.write(f"{status['state']}: {counts}, {status['failed']} failed. {status['board_url']}")
        for warning in status["warnings"]:
            self.stdout.write(f"  note   {warning['message']}")
        for failure in status["failures"]:
            self.stdout.write(f"  failed {failure['item']}: {failure['error']}")
        if status["error"]:
            self.complain(f"{status['error']['detail']} {status['error'].get('hint', '')}".strip())
