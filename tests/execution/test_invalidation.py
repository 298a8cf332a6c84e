"""After a modification what changed is made again, what uses it is judged again, and nothing else is touched."""

from __future__ import annotations

from typing import Any

import pytest

from execution.drafts.drafting import present_files
from execution.models import Atom, AtomAttempt, DependencyGraph, Round, Run, Wave
from execution.services import ordering
from execution.services.atomizing import atomize_plan
from execution.services.ordering import order_plan
from execution.waves.judging import judge_drafts
from planning.models import MasterPlan, Task
from tests.factories import make_plan

pytestmark = pytest.mark.django_db

BASE = '"""One."""\n\n\ndef first() -> int:\n    return 1\n\n\ndef second() -> int:\n    return 2\n'
USER = "from app.file_1 import first\n\n\ndef uses() -> int:\n    return first()\n"
OTHER = "from app.file_1 import second\n\n\ndef other() -> int:\n    return second()\n"
ALONE = "def alone() -> int:\n    return 4\n"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """A plan whose first four files are cut, ordered and accepted."""
    monkeypatch.setattr(ordering, "environment_for", lambda *args: None)
    plan = make_plan(status="in_progress")
    run = Run.objects.create(plan=plan, mode="v2_atoms", stage="atomization")
    Task.objects.filter(number__gt=4).update(status="skipped")
    for number, text in enumerate((BASE, USER, OTHER, ALONE), start=1):
        draft = [{"path": f"app/file_{number}.py", "text": text}]
        Task.objects.filter(number=number).update(draft=draft, status="in_progress")
    for task in plan.tasks.all():
        task.dependency_rows.all().delete()
    build(run)
    for atom in Atom.objects.all():
        Atom.objects.filter(pk=atom.pk).update(status="accepted", accepted=atom.current_id, attempts=3, max_attempts=3)
    Task.objects.filter(number__lte=4).update(status="done", code_percent=100)
    return run


def build(run: Run) -> None:
    """Cut what is to be cut, and order it."""
    Run.objects.filter(pk=run.pk).update(stage="atomization")
    atomize_plan(Run.objects.select_related("plan").get(pk=run.pk))
    order_plan(Run.objects.select_related("plan").get(pk=run.pk))


def change_base(run: Run, text: str) -> None:
    """The first task was drafted anew in version 2."""
    MasterPlan.objects.update(version=2)
    draft = [{"path": "app/file_1.py", "text": text}]
    Task.objects.filter(number=1).update(draft=draft, cut_again=True, status="in_progress")
    build(run)


def statuses() -> dict[str, str]:
    return {atom.qualname: atom.status for atom in Atom.objects.order_by("number") if atom.kind == "function"}


def rows(*names: str) -> list[Any]:
    return list(Atom.objects.filter(qualname__in=names).order_by("number").values())


def test_only_the_new_text_and_what_uses_it_loses_its_acceptance(run: Run) -> None:
    untouched = rows("second", "other", "alone")
    change_base(run, BASE.replace("return 1", "return 11"))
    now = [(atom.qualname, atom.status) for atom in Atom.objects.filter(kind="function").order_by("number")]
    assert now == [
        ("first", "skipped"), ("second", "accepted"), ("uses", "retrying"), ("other", "accepted"),
        ("alone", "accepted"),        ("first", "pending"),
    ]  # fmt: skip
    assert rows("second", "other", "alone") == untouched
    assert dict(Task.objects.filter(number__lte=4).values_list("number", "status")) == {
        1: "in_progress", 2: "in_progress", 3: "done", 4: "done"
    }  # fmt: skip


def test_a_draft_like_the_old_one_changes_nothing(run: Run) -> None:
    before = rows("first", "second", "uses", "other", "alone")
    change_base(run, BASE)
    assert rows("first", "second", "uses", "other", "alone") == before
    task = Task.objects.get(number=1)
    assert (task.cut_again, task.status) == (False, "ready_for_test")


def test_what_used_something_that_is_gone_is_judged_again(run: Run) -> None:
    change_base(run, BASE.replace("def second() -> int:\n    return 2\n", "").rstrip() + "\n")
    assert statuses() == {
        "first": "accepted", "second": "skipped", "uses": "accepted", "other": "retrying", "alone": "accepted"
    }  # fmt: skip


def test_the_new_graph_has_what_is_there_and_waves_without_work_are_complete(run: Run) -> None:
    change_base(run, BASE.replace("return 1", "return 11"))
    graph = DependencyGraph.objects.get(version=2)
    members = set(graph.memberships.values_list("atom", flat=True))
    assert members == set(Atom.objects.exclude(status="skipped").values_list("pk", flat=True))
    for wave in Wave.objects.filter(graph=graph):
        finished = not wave.members.exclude(status="accepted").exists()
        assert (wave.status == "completed") == finished


def test_judging_a_text_again_asks_no_model_and_spends_no_attempt(run: Run) -> None:
    change_base(run, BASE.replace("return 1", "return 11"))
    atom = Atom.objects.get(qualname="uses")
    assert (atom.attempts, atom.max_attempts) == (3, 5)
    wave = Wave.objects.get(graph__version=2, members=atom)
    round_ = Round.objects.create(wave=wave, plan=run.plan, number=1, atom_ids=[str(atom.pk)])
    Run.objects.update(stage="waves")
    assert judge_drafts(round_.pk, [atom.pk]) == 1
    atom.refresh_from_db()
    assert (atom.status, atom.attempts, AtomAttempt.objects.filter(atom=atom).count()) == ("validating", 3, 0)


def test_a_model_sees_the_files_of_a_task_that_is_written_anew_and_of_no_other(run: Run) -> None:
    Task.objects.filter(number=1).update(cut_again=True, draft=None)
    shown = {task.number: present_files(task) for task in Task.objects.filter(number__lte=4)}
    assert [(file.path, file.text) for file in shown[1]] == [("app/file_1.py", BASE)]
    assert (shown[2], shown[3], shown[4]) == ([], [], [])
