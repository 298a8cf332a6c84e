"""`manage.py doctor`: checks the machine, services, isolation and settings, and says how to mend what is wrong."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from common import machine
from common.configuration import configuration
from common.machine import Finding, Outcome
from execution.sandbox.isolation import isolation
from integrations.jira.permissions import check_jira
from integrations.llm import recordings
from integrations.llm.access import check_access
from integrations.llm.errors import RecordingDamaged
from integrations.llm.prices import is_priced, table
from integrations.memory.health import check_memory

OLD_PRICES_DAYS = 180
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
        *check_schema(),
        machine.check_redis(os.environ.get("REDIS_URL", "")),
        check_memory(),
        check_isolation(),
        check_settings(),
        *check_models(),
        check_prices(),
        *check_recording(),
        *check_export(),
    ]


def check_schema() -> list[Finding]:
    """Whether the database has had every migration of this version, where it answers."""
    if not os.environ.get("DATABASE_URL"):
        return []
    try:
        executor = MigrationExecutor(connection)
    except OperationalError:
        return []  # the server has been told of already
    waiting = [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    if not waiting:
        return [Finding("schema", Outcome.PASSED, "every migration is applied")]
    detail = f"migrations not applied: {len(waiting)}, the first is {waiting[0]}"
    return [Finding("schema", Outcome.FAILED, detail, "Run `make up`, or manage.py migrate.")]


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


def check_prices() -> Finding:
    """The table was checked at the start; here is its date, and whether the models in use have a price."""
    in_force = configuration()
    prices = table()
    days = (timezone.now().date() - prices.as_of).days
    detail = f"as of {prices.as_of.isoformat()}, {len(prices.models)} models"
    unpriced = [name for name in (in_force.model_strong, in_force.model_fast) if not is_priced("anthropic", name)]
    if in_force.llm_provider == "anthropic" and unpriced:
        mend = f"Give {' and '.join(unpriced)} a price in LLM_PRICES_FILE; until then the highest known one is counted."
        return Finding("prices", Outcome.WARNING, detail, mend)
    if days > OLD_PRICES_DAYS:
        return Finding("prices", Outcome.WARNING, f"{detail}, {days} days old", "Compare them with the vendor's page.")
    return Finding("prices", Outcome.PASSED, detail)


def check_recording() -> list[Finding]:
    """Every file of the recording that is to be played."""
    in_force = configuration()
    if in_force.llm_provider != "replay":
        return []
    folder = in_force.llm_recording_dir
    files = list(recordings.files_of(folder))
    if not files:
        mend = "Let LLM_RECORDING_DIR be a folder that LLM_RECORD=true has filled."
        return [Finding("recording", Outcome.FAILED, f"no recorded call below {folder}", mend)]
    try:
        for path in files:
            recordings.read(path)
    except RecordingDamaged as error:
        return [Finding("recording", Outcome.FAILED, error.detail, error.hint)]
    return [Finding("recording", Outcome.PASSED, f"{len(files)} calls in {folder}")]


def check_export() -> list[Finding]:
    """Whether plans can be exported to Jira, where that is switched on: its site is asked."""
    access = check_jira()
    if access is None:
        return []
    outcome = Outcome.FAILED if not access.works else Outcome.WARNING if access.hint else Outcome.PASSED
    return [Finding("jira", outcome, access.detail, access.hint)]


def as_text(finding: Finding) -> str:
    lines = [f"  {MARKS[finding.outcome]:<8} {finding.name:<11} {finding.detail}"]
    if finding.mend:
        lines.append(f"           {'':<11} -> {finding.mend}")
    return "\n".join(lines)
