"""`manage.py doctor`: checks the machine, services, isolation and settings, and says how to mend what is wrong."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from common import machine
from common.configuration import configuration
from common.machine import Finding, Outcome
from execution.sandbox.isolation import isolation
from integrations.llm.access import check_access

MARKS = {Outcome.PASSED: "ok", Outcome.FAILED: "WRONG", Outcome.WARNING: "note", Outcome.NOT_RUN: "not run"}


class Command(BaseCommand):
    help = "Check this machine and say how to mend what is wrong. Needs no services. Exit status 1: something is wrong."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examine()
        sound = all(finding.outcome is not Outcome.FAILED for finding in findings)
        if options["json"]:
            self.stdout.write(json.dumps({"passed": sound, "checks": [asdict(finding) for finding in findings]}))
        else:
            self.stdout.write("\n".join(map(as_text, findings)))
        if not sound:
            raise SystemExit(1)


def examine() -> list[Finding]:
    """All checks, in the order in which one would mend them."""
    folder = configuration().state_dir
    return [
        machine.check_python(),
        *machine.check_programs(),
        machine.check_space(folder),
        machine.check_writable(folder),
        machine.check_postgresql(os.environ.get("DATABASE_URL", "")),
        machine.check_redis(os.environ.get("REDIS_URL", "")),
        check_isolation(),
        check_settings(),
        *check_models(),
    ]


def check_isolation() -> Finding:
    """What generated code is run in, against the level that the settings demand."""
    present, wanted = isolation(), configuration().sandbox_required_level
    detail = f"level {int(present.level)} ({present.name}), required {wanted}"
    if present.level < wanted:
        mend = "Allow unprivileged user namespaces; until then DevMatrix refuses to run generated code. Missing: "
        return Finding("isolation", Outcome.FAILED, detail, mend + "; ".join(present.missing))
    if present.missing:
        return Finding("isolation", Outcome.WARNING, detail, "Not in force: " + "; ".join(present.missing))
    return Finding("isolation", Outcome.PASSED, detail)


def check_settings() -> Finding:
    """Invalid values have stopped the start already; here is what they amount to."""
    in_force = configuration()
    mode = "development" if settings.DEVELOPMENT else "production"
    detail = f"{mode}, model provider {in_force.llm_provider}"
    return Finding("settings", Outcome.PASSED, detail)


def check_models() -> list[Finding]:
    """Key, address and models of the settings, where there is somebody to ask."""
    outcomes = {True: Outcome.PASSED, False: Outcome.FAILED, None: Outcome.WARNING}
    return [Finding("model", outcomes[access.works], access.detail, access.hint) for access in check_access()]


def as_text(finding: Finding) -> str:
    lines = [f"  {MARKS[finding.outcome]:<8} {finding.name:<11} {finding.detail}"]
    if finding.mend:
        lines.append(f"           {'':<11} -> {finding.mend}")
    return "\n".join(lines)
