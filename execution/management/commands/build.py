"""``manage.py build REQUEST``: from a request in plain words to a running, tested project."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from common.actors import Actor
from common.errors import InvalidInput
from execution.console.command import FAILED, ConsoleCommand, command_line_owner
from execution.console.journey import Wish, build, make_plan
from execution.console.progress import Teller
from execution.console.summary import summary_lines
from execution.models import Run
from execution.services.runs import ask_to_pause
from execution.states import RunStatus
from planning.models import MasterPlan
from planning.models.masterplan import ExecutionMode
from planning.stacks import STACKS


class Command(ConsoleCommand):
    help = "Build a project from a request in plain words (needs the services: make up)."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("request", help='what to build, for example "tasks with comments"')
        parser.add_argument("--stack", choices=STACKS, default="")
        parser.add_argument("--mode", choices=ExecutionMode.values, default="")
        parser.add_argument("--answers", type=Path, help="JSON file: question id to answer")
        parser.add_argument("--yes", action="store_true", help="approve the plan without asking")
        parser.add_argument("--fault-rate", type=float, default=0.0, help="offline engine: share of faulty answers")
        parser.add_argument("--seed", type=int, default=0, help="offline engine: which answers are faulty")
        parser.add_argument("--out", type=Path, help="copy the finished project into this new folder")

    def work(self, **options: Any) -> int:
        out: Path | None = options["out"]
        check_options(options["fault_rate"], out)
        owner = command_line_owner()
        wish = Wish(
            request=options["request"],
            stack=options["stack"],
            mode=options["mode"],
            answers=options["answers"],
            fault_rate=options["fault_rate"],
            seed=options["seed"],
        )
        quiet = options["quiet"] or options["json"]
        with Teller(quiet=quiet) as teller:
            plan = make_plan(wish, owner=owner, teller=teller)
            teller.say(f"plan {plan.pk}: {plan.project_name}, {plan.total_tasks} tasks")
        if not options["yes"] and not self.approved(plan):
            return FAILED
        run = self.follow(plan, Actor.of(owner), quiet=quiet, unattended=options["yes"])
        return self.finish(run, out, as_json=options["json"]) if run else FAILED

    def approved(self, plan: MasterPlan) -> bool:
        """Ask the person at the terminal; without one, say how to approve."""
        if not sys.stdin.isatty():
            self.complain(f"The plan is a draft and waits for approval: manage.py resume {plan.pk} --approve")
            return False
        for task in plan.tasks.order_by("number"):
            self.stderr.write(f"  {task.short_id}  {task.title}")
        answer = input(f"Build these {plan.total_tasks} tasks? [y/N] ")
        return answer.strip().lower() in {"y", "yes", "s", "si", "sí"}

    def follow(self, plan: MasterPlan, actor: Actor, *, quiet: bool, unattended: bool) -> Run | None:
        """Build and tell; Ctrl-C pauses the run and says how to go on."""
        MasterPlan.objects.filter(pk=plan.pk).update(unattended=unattended)
        try:
            with Teller(quiet=quiet) as teller:
                return build(plan, actor=actor, teller=teller)
        except KeyboardInterrupt:
            paused = ask_to_pause(plan=plan, actor=actor)
            when = "Paused." if paused else "Pausing as soon as what runs is finished."
            self.complain(f"{when} Go on with: manage.py resume {plan.pk}")
            return None

    def finish(self, run: Run, out: Path | None, *, as_json: bool) -> int:
        """Tell how it ended; 0 only for a completed run."""
        completed = run.status == RunStatus.COMPLETED
        if completed and out is not None:
            shutil.copytree(run.plan.workspace_path, out)
        if as_json:
            self.stdout.write(json.dumps(run.report or {"status": run.status, "plan": str(run.plan_id)}))
        else:
            self.stdout.write("\n".join(summary_lines(run)))
        return 0 if completed else FAILED


def check_options(fault_rate: float, out: Path | None) -> None:
    """Raises ``InvalidInput`` before any work is begun."""
    if not 0 <= fault_rate <= 1:
        raise InvalidInput(f"--fault-rate is {fault_rate}; it must be from 0 to 1.")
    if out is not None and out.exists():
        raise InvalidInput(f"{out} exists already.", hint="Name a folder that does not.")
