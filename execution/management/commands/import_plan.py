"""``manage.py import_plan FILE``: a plan that was exported, here or elsewhere. Nothing of it is started."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any

from django.core.management.base import CommandParser

from common.errors import InvalidInput
from execution.console.command import ConsoleCommand
from execution.services.carrying import Arrived, import_plan


class Command(ConsoleCommand):
    help = "Read a plan with everything in it from the document that export_plan wrote."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", help="the document; - for standard input")
        parser.add_argument("--owner", default="", help="user who is to own it, instead of its owner")
        parser.add_argument("--workspace", default="", help="name that its workspace is to have")

    def work(self, **options: Any) -> int:
        with _opened(options["file"]) as source:
            arrived = import_plan(source=source, owner=options["owner"], workspace=options["workspace"])
        if options["json"]:
            self.stdout.write(json.dumps(_as_data(arrived)))
        elif not options["quiet"]:
            self.stdout.write("\n".join(_as_words(arrived)))
        return 0


def _opened(name: str) -> Any:
    if name == "-":
        source: IO[bytes] = sys.stdin.buffer
        return nullcontext(source)
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise InvalidInput(f"{name} cannot be read: {error.strerror}.") from None


def _as_data(arrived: Arrived) -> dict[str, Any]:
    plan = arrived.plan
    return {
        "plan": str(plan.pk),
        "name": plan.project_name,
        "status": plan.status,
        "owner": plan.owner.get_username(),
        "workspace_path": plan.workspace_path,
        "rows": arrived.imported.rows,
        "users_made": arrived.imported.people_made,
    }


def _as_words(arrived: Arrived) -> list[str]:
    plan, rows = arrived.plan, arrived.imported.rows
    lines = [f"{plan.project_name} ({plan.pk}) is here: {plan.status}, {sum(rows.values()):,} rows."]
    if plan.workspace_path:
        lines.append(f"  files {plan.workspace_path}")
    if arrived.imported.people_made:
        lines.append(f"  users made, inactive and without a password: {', '.join(arrived.imported.people_made)}")
    return lines
