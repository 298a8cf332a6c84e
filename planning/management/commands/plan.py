"""``plan REQUEST``: discovery and plan in this process, with default answers; nothing is built."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.errors import DevMatrixError, InvalidInput
from common.problems import problem
from planning.models import MasterPlan
from planning.selectors.plans import plan_answer_of, plan_with_tree
from planning.services.intake import start_discovery
from planning.services.journey import walk_discovery
from planning.stacks import STACKS

WRONG_USE, FAILED = 2, 1
DEFAULT_OWNER = "local"


class Command(BaseCommand):
    help = "Make a plan from a request in plain words, with default answers. Nothing is built."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("request", metavar="REQUEST")
        parser.add_argument("--owner", default=DEFAULT_OWNER, help="user name of the owner, made when missing")
        parser.add_argument("--stack", choices=STACKS, default="")
        parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            plan = self._plan(options)
        except DevMatrixError as error:
            if options["json"]:
                self.stdout.write(json.dumps(problem(error)))
            raise CommandError(
                str(error), returncode=WRONG_USE if isinstance(error, InvalidInput) else FAILED
            ) from None
        if options["json"]:
            self.stdout.write(json.dumps(_document(plan)))
        else:
            self._print(plan)

    def _plan(self, options: dict[str, Any]) -> MasterPlan:
        discovery = start_discovery(
            owner=owner_named(options["owner"]),
            request=options["request"],
            unattended=True,
            auto_plan=True,
            stack=options["stack"],
            dispatched=False,
        )
        walk_discovery(discovery.pk)
        return plan_with_tree(MasterPlan.objects.values_list("pk", flat=True).get(discovery=discovery))

    def _print(self, plan: MasterPlan) -> None:
        self.stdout.write(f"{plan.project_name}: {plan.description}")
        self.stdout.write(f"{plan.total_tasks} tasks, about {plan.estimated_minutes} minutes, stack {plan.stack}")
        for phase in plan.phases.all():
            self.stdout.write(f"\n{phase.short_id}  {phase.name}")
            for milestone in phase.milestones.all():
                self.stdout.write(f"  {milestone.short_id}  {milestone.name}")
                for task in milestone.tasks.all():
                    self.stdout.write(f"    {task.short_id}  {task.title}  ({', '.join(task.target_files)})")
        self.stdout.write(f"\nDraft {plan.pk} waits for approval.")


def owner_named(username: str) -> User:
    """The user of that name, made without a password when there is none."""
    user, made = User.objects.get_or_create(username=username)
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def _document(plan: MasterPlan) -> dict[str, Any]:
    return {
        "id": str(plan.pk),
        "status": plan.status,
        "discovery": str(plan.discovery_id),
        "total_tasks": plan.total_tasks,
        "estimated_minutes": plan.estimated_minutes,
        "estimated_cost": str(plan.estimated_cost),
        "plan": plan_answer_of(plan).model_dump(mode="json"),
    }
