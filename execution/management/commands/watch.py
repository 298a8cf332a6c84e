"""``manage.py watch PLAN``: tell the events of a plan until its run ends; with ``--json`` one envelope a line."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from execution.console.command import ConsoleCommand, plan_named
from execution.console.following import follow
from execution.console.journey import RUN_ENDS
from execution.console.progress import Teller
from planning.selectors.events import envelope


class Command(ConsoleCommand):
    help = "Follow a plan's events."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("plan", help="id of the plan, or its beginning")
        parser.add_argument("--since", type=int, default=0, help="only events after this seq")

    def work(self, **options: Any) -> int:
        events = follow(plan_named(options["plan"]).pk, since=options["since"], until=RUN_ENDS)
        if options["json"]:
            for event in events:
                self.stdout.write(json.dumps(envelope(event)))
            return 0
        with Teller(quiet=options["quiet"]) as teller:
            teller.tell_all(events)
        return 0
