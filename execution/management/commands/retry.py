"""``manage.py retry PLAN TASK``: a new draft, or one more attempt at what failed of a task; resume the plan after."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from execution.console.command import ConsoleCommand, plan_named, task_named
from execution.services.trying_again import retry_task


class Command(ConsoleCommand):
    help = "Try a task again."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("plan", help="id of the plan, or its beginning")
        parser.add_argument("task", help="short id of the task, for example task_004")
        parser.add_argument("--hint", default="", help="words for the model")

    def work(self, **options: Any) -> int:
        plan = plan_named(options["plan"])
        task = retry_task(task_id=task_named(plan, options["task"]).pk, hint=options["hint"], actor=self.actor())
        if options["json"]:
            self.stdout.write(json.dumps({"plan": str(plan.pk), "task": task.short_id, "status": task.status}))
        else:
            self.stdout.write(f"{task.short_id} is tried again. {self.how_to_go_on(plan)}".rstrip())
        return 0
