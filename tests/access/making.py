"""The rows that the tables are about, each in a state in which its owner may do what the table says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.utils import timezone

from common.actors import Actor
from execution.models import AcceptanceTest, Atom, DependencyGraph, FailureAnalysis, GateResult, Wave
from execution.projection import project_workspace
from execution.services.modifying import request_modification
from execution.services.pausing import pause_now
from execution.services.runs import ask_to_pause, start_run
from planning.models import (
    Conversation,
    DiscoveryDocument,
    MasterPlan,
    Message,
    Milestone,
    ModificationProposal,
    Task,
    Workspace,
)
from planning.plan_impact import Impact
from planning.services import editing
from review.models import Review
from tests import factories
from tests.execution.building import PERSON, Build, make_build
from tests.review.builders import make_review

FILES = {"app/a.py": {"first": "import os\n"}, "app/b.py": {"second": "import re\n"}}


def workspace(folder: Path) -> Workspace:
    row: Workspace = factories.WorkspaceFactory()
    return row


def conversation(folder: Path) -> Conversation:
    row: Conversation = factories.ConversationFactory()
    return row


def message(folder: Path) -> Message:
    return Message.objects.create(conversation=conversation(folder), role="user", content="Hello")


def discovery(status: str) -> Callable[[Path], DiscoveryDocument]:
    def make(folder: Path) -> DiscoveryDocument:
        row: DiscoveryDocument = factories.DiscoveryFactory(status=status)
        factories.DiscoveryQuestionFactory(discovery=row, key="users")
        return row

    return make


def draft(folder: Path) -> MasterPlan:
    return factories.make_plan()


def approved(folder: Path) -> MasterPlan:
    return factories.make_plan(status="approved")


def first_task(folder: Path) -> Task:
    return Task.objects.select_related("plan").filter(plan=draft(folder)).earliest("number")


def last_task(folder: Path) -> Task:
    return Task.objects.select_related("plan").filter(plan=draft(folder)).latest("number")


def running(folder: Path) -> Build:
    """A plan under way whose first atom is accepted and written, the second waits for a decision."""
    build = make_build(FILES, edges=[("first", "second")], workspace=folder / "workspace")
    build.accept("first")
    build.set("second", status="validating", awaiting_decision=True, attempts=3)
    project_workspace(build.plan)
    return build


def plan(folder: Path) -> MasterPlan:
    return running(folder).plan


def paused(folder: Path) -> MasterPlan:
    build = running(folder)
    ask_to_pause(plan=build.plan, actor=PERSON)
    return build.plan


def modification(folder: Path) -> ModificationProposal:
    """It waits to be analysed."""
    plan = approved(folder)
    return request_modification(plan=plan, requirement="Tasks have a color.", actor=Actor.of(plan.owner))


def analysed_modification(folder: Path) -> ModificationProposal:
    """It waits for a decision."""
    after = factories.plan_answer().model_copy(update={"description": "Tasks with colors"})
    return ModificationProposal.objects.create(
        plan=approved(folder),
        requirement="Tasks have a color.",
        proposed_plan=after.model_dump(mode="json"),
        impact=Impact(summary="A color.", words="description changed").model_dump(mode="json"),
        analysed_at=timezone.now(),
    )


def changed_since(folder: Path) -> MasterPlan:
    """Approved in its second version."""
    plan = draft(folder)
    editing.edit_plan(plan_id=plan.pk, values={"description": "Tasks with colors"}, actor=Actor.of(plan.owner))
    MasterPlan.objects.filter(pk=plan.pk).update(status="approved")
    return MasterPlan.objects.get(pk=plan.pk)


def task(folder: Path) -> Task:
    return running(folder).task


def failed_task(folder: Path) -> Task:
    row = running(folder).task
    Task.objects.filter(pk=row.pk).update(status="failed", draft=[{"path": "app/b.py", "text": "import re\n"}])
    return row


CODE_BY_HAND = [{"path": "app/file_1.py", "text": "def name_1() -> None:\n    return None\n"}]


def undrafted_task(folder: Path) -> Task:
    """No model could make its code."""
    row = start_run(plan=approved(folder), actor=PERSON).plan.tasks.earliest("number")
    Task.objects.filter(pk=row.pk).update(status="failed")
    return Task.objects.select_related("plan").get(pk=row.pk)


def atom(folder: Path) -> Atom:
    return running(folder).atom("second")


def graph(folder: Path) -> DependencyGraph:
    return running(folder).graph


def acceptance_test(folder: Path) -> AcceptanceTest:
    return AcceptanceTest.objects.create(plan=running(folder).plan, requirement="It works.", node_id="tests/t.py::t")


def wave(folder: Path) -> Wave:
    return running(folder).waves[0]


def milestone(folder: Path) -> Milestone:
    found = running(folder).task.milestone
    return Milestone.objects.select_related("plan").get(pk=found.pk)


def gated(folder: Path) -> MasterPlan:
    """It waits at a gate that has failed."""
    build = running(folder)
    failing = [{"test": "t", "requirement": "It works.", "priority": "must", "node_id": "t.py::t", "error": ""}]
    GateResult.objects.create(plan=build.plan, run=build.run, passed=False, reason="must 0 of 1", failing=failing)
    pause_now(build.run, reason="gate_failed", actor=PERSON)
    return build.plan


def failure(folder: Path) -> FailureAnalysis:
    build = running(folder)
    proposal = {"title": "Say more", "action": "modify_task_context", "detail": "b", "probability": 0.5, "minutes": 1}
    return FailureAnalysis.objects.create(
        plan=build.plan,
        task=build.task,
        atom=build.atom("second"),
        attempts=3,
        root_cause="It is missing.",
        proposals=[proposal],
    )


def review(folder: Path) -> Review:
    return make_review()
