"""What people and programs ask for: an export to Jira, or a CSV for its importer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from common.actors import Actor
from common.changes import change
from common.errors import InvalidInput
from integrations.jira.settings import jira_in_force
from integrations.models import JiraExport
from planning import dispatch
from planning.jira.csv_rows import csv_lines
from planning.jira.status import export_status
from planning.jira.telling import tell_csv_ready
from planning.jira.tree import items_of_plan
from planning.jira.turns import ask
from planning.models import MasterPlan

API, CSV = "api", "csv"


def ask_for_export(*, plan: MasterPlan, how: str, actor: Actor) -> dict[str, Any]:
    """How the export stands after it was asked for. Raises ``InvalidInput``, ``JiraNotConfigured``."""
    if how == CSV:
        offer_csv(plan=plan)
    elif how == API:
        request_export(plan=plan, actor=actor)
    else:
        raise InvalidInput(f"There is no format {how!r}.", hint=f"Known: {API}, {CSV}.")
    return export_status(plan)


def request_export(*, plan: MasterPlan, actor: Actor) -> JiraExport:
    """Have a worker bring the plan to Jira as it then is. Raises ``JiraNotConfigured``."""
    settings = jira_in_force()
    with change():
        row = ask(plan=plan, settings=settings, actor=actor)
        dispatch.export_to_jira(plan.pk)
    return row


def offer_csv(*, plan: MasterPlan) -> str:
    """Tell those who watch that the CSV is there, and where."""
    url = reverse("masterplan-jira-csv", args=[plan.pk])
    rows = sum(1 for item in items_of_plan(plan.pk) if item.kind != "milestone")
    tell_csv_ready(plan.pk, rows=rows, url=url)
    return url


def csv_of(plan: MasterPlan) -> Iterator[str]:
    """Line by line; read when the first is asked for."""
    yield from csv_lines(items_of_plan(plan.pk))
