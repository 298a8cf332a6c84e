"""``manage.py resume PLAN``: go on with a paused plan, or start an approved one, and follow it."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.core.management.base import CommandParser

from common.models import Stream
from execution.console.command import FAILED, ConsoleCommand, plan_named
from execution.console.interrupts import interrupt_waits
from execution.console.journey import build, follow_run
from execution.console.progress import Teller
from execution.console.summary import summary_lines
from execution.services.going_back import resume_from
from execution.services.runs import resume_run
from execution.states import RunStatus
from planning.services.approval import approve_plan
from planning.states import PlanStatus


class Command(ConsoleCommand):
    help = "Go on with a paused plan, or start an approved one."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("plan", help="id of the plan, or its beginning")
        parser.add_argument("--approve", action="store_true", help="approve a draft first")
        parser.add_argument("--snapshot", type=uuid.UUID, help="id of an earlier snapshot to go on from")

    def work(self, **options: Any) -> int:
        plan = plan_named(options["plan"])
        if plan.status == PlanStatus.DRAFT and options["approve"]:
            plan = approve_plan(plan_id=plan.pk, actor=self.actor())
        with Teller(quiet=options["quiet"] or options["json"]) as teller:
            if plan.status == PlanStatus.APPROVED:
                run = build(plan, actor=self.actor(), teller=teller)
            else:
                since = Stream.objects.filter(pk=plan.pk).values_list("last_seq", flat=True).first() or 0
                with interrupt_waits():
                    if options["snapshot"]:
                        resume_from(plan=plan, snapshot_id=options["snapshot"], actor=self.actor())
                    else:
                        resume_run(plan=plan, actor=self.actor())
                run = follow_run(plan.pk, teller=teller, since=since)
        if options["json"]:
            self.stdout.write(json.dumps(run.report or {"status": run.status, "plan": str(run.plan_id)}))
        else:
            self.stdout.write("\n".join(summary_lines(run)))
        return 0 if run.status == RunStatus.COMPLETED else FAILED
