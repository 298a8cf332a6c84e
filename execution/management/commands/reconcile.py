"""``manage.py reconcile``: heal stuck work now."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from execution.console.command import ConsoleCommand
from execution.reconciler import reconcile


class Command(ConsoleCommand):
    help = "Find lost claims, rounds that never closed and runs with nothing in flight, and wake them."

    def work(self, **options: Any) -> int:
        healed = reconcile()
        if options["json"]:
            self.stdout.write(json.dumps(dataclasses.asdict(healed)))
        elif not healed.alone:
            self.stdout.write("Another reconciler is at work.")
        else:
            mended = ", ".join(f"{times} {kind}" for kind, times in healed.mended.items()) or "nothing to mend"
            self.stdout.write(f"{healed.runs} runs woken; {mended}.")
        return 0
