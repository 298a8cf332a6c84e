"""Writes ``docs/states.md``: every state machine as a diagram, from its declaration."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from common.states import Machine

INTRODUCTION = """# States

Made from the code by `manage.py state_diagrams`; a test compares. Every change goes through `common.transitions`, which
demands a legal old state, exactly one row, and writes history and event in the same transaction.
"""


class Command(BaseCommand):
    help = "Write docs/states.md from the declared state machines."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only compare; exit status 1 when it differs")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        target = Path(settings.BASE_DIR) / "docs" / "states.md"
        text = document()
        if check:
            if not target.is_file() or target.read_text() != text:
                self.stderr.write("docs/states.md is not up to date: run manage.py state_diagrams")
                sys.exit(1)
            return
        target.write_text(text)


def document() -> str:
    """The whole page, machines in the order of the walk."""
    parts = [INTRODUCTION]
    for app in ("planning", "execution", "review"):
        if not apps.is_installed(app):
            continue
        module = importlib.import_module(f"{app}.states")
        machines = [value for value in vars(module).values() if isinstance(value, Machine)]
        for machine in machines:
            parts.append(f"## {machine.name} ({app})\n\n```mermaid\n{machine.mermaid()}\n```\n")
    return "\n".join(parts)
