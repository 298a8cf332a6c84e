"""``manage.py messages_server``: rehearse the anthropic provider without a key and without cost."""

from __future__ import annotations

import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from integrations.llm.offline.options import EngineOptions
from integrations.llm.rehearsal.answering import Understudy
from integrations.llm.rehearsal.server import handler_with, serving


class Command(BaseCommand):
    help = (
        "Serve the Messages API on this machine, answered by the offline engine. Use it with LLM_PROVIDER=anthropic, "
        "any ANTHROPIC_API_KEY, and ANTHROPIC_BASE_URL set to the address that is printed. Ctrl-C ends it."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=0, help="a free one by default")
        parser.add_argument("--begins-after", type=float, default=0.0, help="seconds until an answer begins")
        parser.add_argument("--fault-rate", type=float, default=0.0, help="share of code with mistakes in it, 0 to 1")
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *args: Any, port: int, begins_after: float, fault_rate: float, seed: int, **options: Any) -> None:
        understudy = Understudy(EngineOptions(fault_rate=fault_rate, seed=seed), begins_after)
        with serving(handler_with(understudy), port=port) as address:
            self.stdout.write(f"ANTHROPIC_BASE_URL={address}")
            self.stdout.flush()
            try:
                threading.Event().wait()
            except KeyboardInterrupt:
                self.stdout.write("")
