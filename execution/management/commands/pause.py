"""``manage.py pause PLAN``: stop at the next safe point."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from execution.console.command import ConsoleCommand, plan_named
from execution.services.runs import ask_to_pause


class Command(ConsoleCommand):
    help = "Pause a plan that is being built."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("plan", help="id of the plan, or its beginning")
        parser.add_argument("--reason", default="", help="why, for those who watch")

    def work(self, **options: Any) -> int:
        plan = plan_named(options["plan"])
        paused = ask_to_pause(plan=plan, actor=self.actor(), note=options["reason"])
        if options["json"]:
            self.stdout.write(json.dumps({"plan": str(plan.pk), "paused": paused}))
        else:
            self.stdout.write("Paused." if paused else "Pausing as soon as what runs is finished.")
        return 0
