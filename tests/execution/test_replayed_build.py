"""A build of the offline engine, recorded; the recording, played by a provider that knows nothing but the files."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from common.actors import set_trace_id
from execution.drafts.drafting import draft_task
from execution.models import Run
from execution.services.advance import advance_run
from execution.services.runs import start_run
from execution.states import Stage
from integrations.models import LLMCall
from planning.models import MasterPlan, PlanVersion, Task
from planning.services.approval import approve_plan
from planning.services.intake import start_discovery
from planning.services.journey import walk_discovery
from tests.execution.building import PERSON
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
REQUEST = "An API for a library: books with title and isbn, authors with name, and loans of books to members."
Sent = list[tuple[Any, ...]]


def built(sent: Sent, *, backwards: bool) -> MasterPlan:
    """Planned, approved and drafted; what may be drafted at the same time in one order or the other."""
    set_trace_id("")
    discovery = start_discovery(owner=UserFactory(), request=REQUEST, unattended=True, dispatched=False)
    walk_discovery(discovery.pk)
    plan = MasterPlan.objects.get(discovery=discovery)
    run = start_run(plan=approve_plan(plan_id=plan.pk, actor=PERSON), actor=PERSON)
    while Run.objects.get(pk=run.pk).stage == Stage.CODE_GENERATION:
        sent.clear()
        advance_run(run.pk)
        tasks = [message[2] for message in sent if message[0] == "draft_task"]
        for task in reversed(tasks) if backwards else tasks:
            draft_task(run.pk, task)
    return plan


def drafts(plan: MasterPlan) -> dict[str, Any]:
    return dict(Task.objects.filter(plan=plan).values_list("short_id", "draft"))


def test_a_recorded_build_is_played_back_to_the_same_plan_and_drafts(sent: Sent, settings: Any, tmp_path: Path) -> None:
    def use(**values: Any) -> None:
        settings.DEVMATRIX = dataclasses.replace(settings.DEVMATRIX, llm_recording_dir=tmp_path, **values)

    use(llm_provider="offline", llm_record=True)
    first = built(sent, backwards=False)
    use(llm_provider="replay", llm_record=False)
    second = built(sent, backwards=True)

    one, two = (PlanVersion.objects.get(plan=plan).snapshot for plan in (first, second))
    assert one == two
    assert drafts(first) == drafts(second)
    assert all(drafts(second).values())
    calls = [LLMCall.objects.filter(trace_id=plan.trace_id) for plan in (first, second)]
    asked = [sorted(rows.values_list("purpose", "prompt_version", "tokens_in", "tokens_out")) for rows in calls]
    assert asked[0] == asked[1]
    assert set(calls[1].values_list("provider", "model", "cost")) == {("replay", "recorded", Decimal(0))}
    assert len(list(tmp_path.rglob("*.json"))) == calls[0].count() > 30
