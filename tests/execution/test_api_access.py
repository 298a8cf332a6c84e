"""Who may do what with an execution: one table. It fails when an endpoint of execution has no row."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from django.contrib.auth.models import User
from django.urls import URLPattern, reverse
from django.utils import timezone
from rest_framework.test import APIClient

from common.actors import Actor
from execution.api import urls
from execution.models import Atom, DependencyGraph, FailureAnalysis, Run
from execution.projection import project_workspace
from execution.services.modifying import request_modification
from execution.services.runs import ask_to_pause
from planning.models import MasterPlan, ModificationProposal, Task
from planning.plan_impact import Impact
from tests.execution.building import PERSON, Build, make_build
from tests.factories import StaffFactory, UserFactory, make_plan, plan_answer

pytestmark = pytest.mark.django_db

METHODS = ["get", "post", "put", "patch", "delete"]
FILES = {"app/a.py": {"first": "import os\n"}, "app/b.py": {"second": "import re\n"}}
Client = Callable[[User | None], APIClient]


def running(folder: Path) -> Build:
    """A plan under way whose first atom is accepted and written, the second waits for a decision."""
    build = make_build(FILES, edges=[("first", "second")], workspace=folder / "workspace")
    build.accept("first")
    build.set("second", status="validating", awaiting_decision=True, attempts=3)
    project_workspace(build.plan)
    return build


def draft(folder: Path) -> MasterPlan:
    return make_plan()


def approved(folder: Path) -> MasterPlan:
    return make_plan(status="approved")


def plan(folder: Path) -> MasterPlan:
    return running(folder).plan


def paused(folder: Path) -> MasterPlan:
    build = running(folder)
    ask_to_pause(plan=build.plan, actor=PERSON)
    return build.plan


def atom(folder: Path) -> Atom:
    return running(folder).atom("second")


def graph(folder: Path) -> DependencyGraph:
    return running(folder).graph


def failure(folder: Path) -> FailureAnalysis:
    build = running(folder)
    proposals = [
        {"title": "Say more", "action": "modify_task_context", "detail": "b", "probability": 0.5, "minutes": 1}
    ]
    return FailureAnalysis.objects.create(
        plan=build.plan,
        task=build.task,
        atom=build.atom("second"),
        attempts=3,
        root_cause="It is missing.",
        proposals=proposals,
    )


def modification(folder: Path) -> ModificationProposal:
    """It waits to be analysed."""
    plan = approved(folder)
    return request_modification(plan=plan, requirement="Tasks have a color.", actor=Actor.of(plan.owner))


def analysed(folder: Path) -> ModificationProposal:
    """It waits for a decision."""
    plan = approved(folder)
    after = plan_answer().model_copy(update={"description": "Tasks with colors"})
    return ModificationProposal.objects.create(
        plan=plan,
        requirement="Tasks have a color.",
        proposed_plan=after.model_dump(mode="json"),
        impact=Impact(summary="A color.", words="description changed").model_dump(mode="json"),
        analysed_at=timezone.now(),
    )


def task(folder: Path) -> Task:
    return running(folder).task


def failed_task(folder: Path) -> Task:
    row = running(folder).task
    Task.objects.filter(pk=row.pk).update(status="failed", draft=[{"path": "app/b.py", "text": "import re\n"}])
    return row


@dataclass(frozen=True)
class Row:
    """An endpoint and method; what it is about; the answers to owner, stranger, staff who is not the owner."""

    name: str
    method: str
    make: Callable[[Path], Any] | None
    owner: int
    stranger: int
    staff: int
    body: dict[str, Any] = field(default_factory=dict)
    more: tuple[Any, ...] = ()
    superuser: int | None = None
    """Where it is not the owner's answer."""
    names_plan: bool = False
    """Whether the plan is named in the body, not in the address."""


READ: dict[str, Any] = {"owner": 200, "stranger": 404, "staff": 200}
CHANGE: dict[str, Any] = {"owner": 200, "stranger": 404, "staff": 403}
START: dict[str, Any] = {"owner": 202, "stranger": 404, "staff": 403}

TABLE = [
    Row("masterplan-approve", "post", draft, **START, body={"execute": True}),
    Row("masterplan-execute", "post", approved, **START),
    Row("masterplan-pause", "post", plan, **CHANGE),
    Row("masterplan-resume", "post", paused, **START),
    Row("masterplan-cancel", "post", plan, **CHANGE, body={"reason": "enough"}),
    Row("masterplan-progress", "get", plan, **READ),
    Row("masterplan-snapshots", "get", paused, **READ),
    Row("masterplan-cost", "get", plan, **READ),
    Row(
        "masterplan-cost-limit",
        "put",
        plan,
        owner=403,
        stranger=404,
        staff=200,
        superuser=200,
        body={"soft": "60", "hard": "120"},
    ),
    Row("masterplan-report", "get", plan, owner=404, stranger=404, staff=404),
    Row("masterplan-download", "get", plan, **READ),
    Row("masterplan-files", "get", plan, **READ),
    Row("masterplan-file", "get", plan, **READ, more=("app/a.py",)),
    Row("masterplan-modifications", "get", plan, **READ),
    Row("masterplan-modifications", "post", plan, **START, body={"requirement": "Tasks have a color."}),
    Row("modification", "get", modification, **READ),
    Row("modification-approve", "post", analysed, **START),
    Row("modification-reject", "post", modification, **CHANGE, body={"reason": "Later."}),
    Row("modification-adjust", "post", modification, **START, body={"adjustment": "And a size."}),
    Row("task-retry", "post", failed_task, **START, body={"hint": "try a list"}),
    Row("task-skip", "post", task, **CHANGE, body={"reason": "not needed"}),
    Row("failure", "get", failure, **READ),
    Row("failure-choose", "post", failure, **START, body={"proposal": 0}),
    Row("atoms", "get", None, owner=200, stranger=200, staff=200),
    Row("atom", "get", atom, **READ),
    Row("atom-attempts", "get", atom, **READ),
    Row("graph", "get", graph, **READ),
    Row("graph-waves", "get", graph, **READ),
    Row("graph-visualize", "get", graph, **READ),
    Row("execution-start", "post", approved, **START, names_plan=True),
    Row("execution-status", "get", plan, **READ),
    Row("atom-retry", "post", atom, **START, body={"hint": "try a list"}),
    # No test of this module has a vector store; what each finds is in test_memory_api.py.
    Row("memory-search", "get", None, owner=503, stranger=503, staff=503, body={"q": "orders"}),
    Row("memory-stats", "get", None, owner=200, stranger=200, staff=200),
]


def name_of(pattern: URLPattern) -> str:
    return str(pattern.name)


def test_every_endpoint_and_method_has_a_row() -> None:
    offered = set()
    for pattern in [*urls.v1, *urls.v2]:
        view = cast("Any", pattern.callback).view_class
        offered |= {(name_of(pattern), method) for method in METHODS if hasattr(view, method)}
    assert offered == {(row.name, row.method) for row in TABLE}


@pytest.mark.parametrize("who", ["owner", "stranger", "staff", "nobody", "superuser"])
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.name}")
def test_the_table_holds(row: Row, who: str, client_of: Client, tmp_path: Path) -> None:
    item = row.make(tmp_path) if row.make else None
    owner = getattr(item, "owner", None) or (item.plan.owner if item else UserFactory())
    people: dict[str, User | None] = {
        "owner": owner,
        "stranger": UserFactory(),
        "staff": StaffFactory(),
        "superuser": StaffFactory(is_superuser=True),
        "nobody": None,
    }
    address = reverse(row.name, args=[item.pk, *row.more] if item and not row.names_plan else [])
    body = {"masterplan_id": str(item.pk)} if row.names_plan and item else row.body

    client = client_of(people[who])
    send = getattr(client, row.method)
    answer = client.get(address, body) if row.method == "get" else send(address, body, format="json")

    if answer.streaming:
        answer.getvalue()  # which closes it
    answers = {"nobody": 401, "superuser": row.superuser or row.owner}
    expected = answers[who] if who in answers else getattr(row, who)
    assert answer.status_code == expected, getattr(answer, "content", b"")
    if expected >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == expected
    if expected in (401, 403) or (expected == 404 and who == "stranger"):
        assert Run.objects.exclude(status__in=["running", "paused"]).count() == 0
        assert not Atom.objects.filter(status__in=["retrying", "skipped"]).exists()
        assert not FailureAnalysis.objects.filter(choice__isnull=False).exists()


def test_the_list_of_atoms_shows_ones_own_and_staff_see_all(client_of: Client, tmp_path: Path) -> None:
    mine, other = running(tmp_path / "a"), running(tmp_path / "b")

    def ids(user: User) -> set[str]:
        return {row["id"] for row in client_of(user).get(reverse("atoms")).json()["results"]}

    own = {str(atom.pk) for atom in mine.atoms.values()}
    assert ids(mine.plan.owner) == own
    assert ids(StaffFactory()) == own | {str(atom.pk) for atom in other.atoms.values()}
    assert ids(UserFactory()) == set()


ILLEGAL = [
    ("masterplan-execute", "draft", "in_progress"),
    ("masterplan-execute", "completed", "in_progress"),
    ("masterplan-execute", "in_progress", "in_progress"),
    ("masterplan-approve", "approved", "approved"),
    ("masterplan-pause", "draft", "paused"),
    ("masterplan-pause", "completed", "paused"),
    ("masterplan-resume", "draft", "in_progress"),
    ("masterplan-resume", "cancelled", "in_progress"),
    ("masterplan-cancel", "completed", "cancelled"),
    ("masterplan-cancel", "rejected", "cancelled"),
]


@pytest.mark.parametrize(("name", "status", "wanted"), ILLEGAL)
def test_a_wrong_state_is_409_and_names_the_legal_ones(client_of: Client, name: str, status: str, wanted: str) -> None:
    row = make_plan(status=status)
    answer = client_of(row.owner).post(reverse(name, args=[row.pk]), {"execute": True}, format="json")
    assert answer.status_code == 409, answer.content
    body = answer.json()
    assert body["code"] == "transition_conflict"
    assert (body["current"], body["wanted"], body["legal"]) == (status, wanted, row.machine.targets(status))


@pytest.mark.parametrize("row", [row for row in TABLE if row.make], ids=lambda row: f"{row.method} {row.name}")
def test_what_does_not_exist_is_404(row: Row, client_of: Client) -> None:
    address = reverse(row.name, args=[] if row.names_plan else [uuid.uuid4(), *row.more])
    client = client_of(StaffFactory(is_superuser=True))
    body = {"masterplan_id": str(uuid.uuid4())} if row.names_plan else row.body
    answer = client.get(address) if row.method == "get" else getattr(client, row.method)(address, body, format="json")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
