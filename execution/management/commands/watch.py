"""``manage.py watch PLAN``: tell the events of a plan until its run ends; with ``--json`` one envelope a line."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.core.management.base import CommandParser

from common.models import PlanEvent
from execution.console.command import ConsoleCommand, plan_named
from execution.console.following import follow
from execution.console.journey import RUN_BEGINS, RUN_ENDS
from execution.console.progress import Teller
from planning.selectors.events import envelope


class Command(ConsoleCommand):
    help = "Follow a plan's events."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("plan", help="id of the plan, or its beginning")
        parser.add_argument("--since", type=int, default=0, help="only events after this seq")

    def work(self, **options: Any) -> int:
        plan = plan_named(options["plan"])
        events = follow(plan.pk, since=options["since"], until=RUN_ENDS, not_before=begun_last(plan.pk))
        if options["json"]:
            for event in events:
                self.stdout.write(json.dumps(envelope(event)))
            return 0
        with Teller(quiet=options["quiet"]) as teller:
            teller.tell_all(events)
        return 0


def begun_last(plan_id: uuid.UUID) -> int:
    """Where the run went on last: ends before that are past. 0 when it never began."""
    begun = PlanEvent.objects.filter(stream_id=plan_id, type__in=RUN_BEGINS)
    return begun.order_by("-seq").values_list("seq", flat=True).first() or 0
