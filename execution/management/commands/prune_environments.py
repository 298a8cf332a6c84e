"""``manage.py prune_environments``: remove environments of generated projects that are old or too many, now."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from execution.console.command import ConsoleCommand
from execution.services.housekeeping import prune_environments


class Command(ConsoleCommand):
    help = "Remove environments of generated projects by age and size, as the schedule does daily. Needs no services."
    requires_system_checks = ()

    def work(self, **options: Any) -> int:
        removed = prune_environments()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(item) for item in removed]))
            return 0
        for item in removed:
            self.stdout.write(f"{item.key}  {item.size / 10**6:.0f} MB  {item.why}")
        self.stdout.write(f"{len(removed)} environments removed.")
        return 0
