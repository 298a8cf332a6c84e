"""``manage.py retry PLAN ITEM``: a task, an atom or a wave is tried again; resume the plan after."""

from __future__ import annotations

import json
import re
from typing import Any

from django.core.management.base import CommandParser

from execution.console.command import ConsoleCommand, atom_named, plan_named, task_named, wave_named
from execution.services.trying_again import retry_task, try_again
from execution.services.wave_control import retry_wave
from planning.models import MasterPlan


class Command(ConsoleCommand):
    help = "Try a task, an atom or a wave again."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("plan", help="id of the plan, or its beginning")
        parser.add_argument("item", help="short id of a task (task_004), a wave (wave_3), or the id of an atom")
        parser.add_argument("--hint", default="", help="words for the model")

    def work(self, **options: Any) -> int:
        plan = plan_named(options["plan"])
        said = self._retry(plan, options["item"], options["hint"])
        if options["json"]:
            self.stdout.write(json.dumps({"plan": str(plan.pk), **said}))
        else:
            self.stdout.write(f"{options['item']} is tried again. {self.how_to_go_on(plan)}".rstrip())
        return 0

    def _retry(self, plan: MasterPlan, item: str, hint: str) -> dict[str, Any]:
        """What became of it. A new draft or one more attempt for a task, one more attempt for what else failed."""
        wave = re.fullmatch(r"wave_0*(\d{1,6})", item)
        if wave is not None:
            atoms = retry_wave(wave_id=wave_named(plan, int(wave[1])).pk, hint=hint, actor=self.actor())
            return {"wave": int(wave[1]), "atoms": [str(atom.pk) for atom in atoms]}
        atom = atom_named(plan, item)
        if atom is not None:
            atom = try_again(atom=atom, hint=hint or "Try again.", actor=self.actor())
            return {"atom": str(atom.pk), "status": atom.status}
        task = retry_task(task_id=task_named(plan, item).pk, hint=hint, actor=self.actor())
        return {"task": task.short_id, "status": task.status}
