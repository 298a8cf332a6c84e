"""``manage.py skip PLAN TASK``: leave a task out, with what needs it; resume the plan after."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from execution.console.command import ConsoleCommand, plan_named, task_named
from execution.services.skipping import skip_task, tasks_left_out_with


class Command(ConsoleCommand):
    help = "Leave a task out, and every task that needs it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("plan", help="id of the plan, or its beginning")
        parser.add_argument("task", help="short id of the task, for example task_004")
        parser.add_argument("--reason", default="")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be left out")

    def work(self, **options: Any) -> int:
        plan = plan_named(options["plan"])
        task = task_named(plan, options["task"])
        if options["dry_run"]:
            skipped = tasks_left_out_with(task.pk)
        else:
            skipped = skip_task(task_id=task.pk, actor=self.actor(), reason=options["reason"])
        if options["json"]:
            names = [one.short_id for one in skipped]
            self.stdout.write(json.dumps({"plan": str(plan.pk), "skipped": names, "dry_run": options["dry_run"]}))
            return 0
        word = "Would be left out" if options["dry_run"] else "Left out"
        lines = [f"{word}: {one.short_id} {one.title}" for one in skipped] or ["Nothing more is left out."]
        self.stdout.write("\n".join([*lines, *([self.how_to_go_on(plan)] if self.how_to_go_on(plan) else [])]))
        return 0
