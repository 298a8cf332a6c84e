"""``manage.py cancel PLAN``: stop for good; files stay."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from execution.console.command import ConsoleCommand, plan_named
from execution.services.cancelling import cancel_plan


class Command(ConsoleCommand):
    help = "Cancel a plan."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("plan", help="id of the plan, or its beginning")
        parser.add_argument("--reason", default="")

    def work(self, **options: Any) -> int:
        plan = cancel_plan(plan=plan_named(options["plan"]), actor=self.actor(), reason=options["reason"])
        self.stdout.write(
            json.dumps({"plan": str(plan.pk), "status": plan.status}) if options["json"] else "Cancelled."
        )
        return 0
