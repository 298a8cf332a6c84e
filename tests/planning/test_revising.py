"""A draft is edited: rows, versions, history and events follow, and two editors do not overwrite each other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.test import APIClient

from common.actors import Actor
from common.errors import InvalidInput
from common.models import PlanEvent, PlanHistory
from integrations.llm.shapes import PlanAnswer
from planning import plan_edits
from planning.errors import PlanChanged
from planning.models import MasterPlan, PlanVersion, Subtask, Task, TaskDependency
from planning.plan_checks import tasks_of
from planning.selectors.plans import plan_answer_of, plan_with_tree
from planning.services import editing
from planning.services.renewing import mend_plan
from planning.services.revising import revise_draft
from planning.services.versions import difference
from tests.factories import make_plan, plan_answer
from tests.unit.planning.test_plan_edits import NEW

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.planning.urls")]

ClientOf = Callable[[User | None], APIClient]


def stored(plan: MasterPlan) -> PlanAnswer:
    return plan_answer_of(plan_with_tree(plan.pk))


def task_of(plan: MasterPlan, short_id: str) -> Task:
    return Task.objects.get(plan=plan, short_id=short_id)


def actor_of(plan: MasterPlan) -> Actor:
    return Actor.of(plan.owner)


def test_a_task_is_added_with_everything_that_follows() -> None:
    plan = make_plan()
    task = editing.add_task(
        plan_id=plan.pk,
        milestone="milestone_02_01",
        position=0,
        values={**NEW, "depends_on": ["task_002"], "subtasks": [{"title": "Write"}], "estimated_minutes": 25},
        actor=actor_of(plan),
    )
    assert (task.short_id, task.number, task.milestone.short_id) == ("task_007", 3, "milestone_02_01")
    assert [row.number for row in Task.objects.filter(plan=plan)] == [1, 2, 3, 4, 5, 6, 7]
    assert list(Subtask.objects.filter(task=task).values_list("short_id", "title")) == [("subtask_007_01", "Write")]
    assert TaskDependency.objects.get(task=task).needs.short_id == "task_002"
    plan.refresh_from_db()
    assert (plan.version, plan.total_tasks, plan.estimated_minutes) == (2, 7, 85)
    version = PlanVersion.objects.get(plan=plan, number=2)
    assert (version.type, version.summary) == ("modification", "task_007 added.")
    assert (version.author, version.parent) == (plan.owner, PlanVersion.objects.get(plan=plan, number=1))
    assert PlanAnswer.model_validate(version.snapshot) == stored(plan)
    history = PlanHistory.objects.get(plan_id=plan.pk, change_type="plan_edited")
    assert history.after["tasks"]["added"] == [{"id": "task_007", "title": "Write the report"}]
    assert PlanEvent.objects.get(masterplan_id=plan.pk, type="masterplan_updated").data["version"] == 2


def test_rows_that_are_not_touched_keep_their_keys() -> None:
    plan = make_plan()
    keys = dict(Task.objects.filter(plan=plan).values_list("short_id", "pk"))
    steps = set(Subtask.objects.filter(plan=plan).values_list("pk", flat=True))
    editing.move_task(task_id=keys["task_006"], milestone="milestone_01_01", position=0, actor=actor_of(plan))
    assert dict(Task.objects.filter(plan=plan).values_list("short_id", "pk")) == keys
    assert set(Subtask.objects.filter(plan=plan).values_list("pk", flat=True)) == steps
    assert list(Task.objects.filter(plan=plan).values_list("short_id", flat=True))[:2] == ["task_006", "task_001"]


def test_an_edit_that_changes_nothing_makes_no_version() -> None:
    plan = make_plan()
    task = task_of(plan, "task_001")
    assert editing.edit_task(task_id=task.pk, values={"title": task.title}, actor=actor_of(plan)) is None
    assert PlanVersion.objects.filter(plan=plan).count() == 1


def test_going_back_makes_a_new_version_and_keeps_the_later_one() -> None:
    plan = make_plan()
    editing.remove_task(task_id=task_of(plan, "task_006").pk, actor=actor_of(plan))
    restored = editing.restore_version(plan_id=plan.pk, number=1, actor=actor_of(plan))
    assert restored is not None
    assert (restored.number, restored.type, restored.summary) == (3, "rollback", "Back to version 1: task_006 added.")
    assert PlanVersion.objects.get(plan=plan, number=2).type == "scope_reduction"
    assert stored(plan) == plan_answer()
    assert not difference(plan_id=plan.pk, before=1, after=3)
    assert [item.id for item in difference(plan_id=plan.pk, before=2, after=3).tasks.added] == ["task_006"]


@pytest.mark.django_db(transaction=True)
def test_of_two_edits_at_once_the_second_is_told_what_the_first_did() -> None:
    plan = make_plan()
    start, outcomes = threading.Barrier(2), dict[str, Any]()

    def edit(short_id: str) -> None:
        task = task_of(plan, short_id)
        start.wait()
        try:
            editing.edit_task(task_id=task.pk, values={"title": "Mine"}, actor=actor_of(plan), expected=1)
            outcomes[short_id] = None
        except PlanChanged as refusal:
            outcomes[short_id] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=edit, args=[short_id]) for short_id in ("task_001", "task_002")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [winner] = [short_id for short_id, refusal in outcomes.items() if refusal is None]
    [refusal] = [refusal for refusal in outcomes.values() if refusal is not None]
    assert refusal.detail == f"The plan was changed since version 1: {winner} changed (title)."
    assert (refusal.context["current"], refusal.context["changes"]["tasks"]["modified"][0]["id"]) == (2, winner)


Steps = list[tuple[str, int]]


class EditsKeepRowsAndVersionsEqual(TestCase):
    @settings(max_examples=5, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(["add", "move", "remove", "retitle"]), st.integers(0, 50)), max_size=5))
    def test_rows_say_what_the_last_version_says(self, steps: Steps) -> None:
        plan = make_plan()
        for number, (kind, pick) in enumerate(steps):
            edit = partial(_edit, kind=kind, pick=pick, number=number)
            with suppress(InvalidInput):  # an edit that is refused, for too few phases say, changes nothing
                revise_draft(plan_id=plan.pk, edit=edit, actor=Actor("system"))
        plan.refresh_from_db()
        version = PlanVersion.objects.get(plan=plan, number=plan.version)
        assert PlanAnswer.model_validate(version.snapshot) == stored(plan)
        assert plan.total_tasks == Task.objects.filter(plan=plan).count()


def _edit(plan: PlanAnswer, *, kind: str, pick: int, number: int) -> PlanAnswer:
    tasks = tasks_of(plan)
    short_id = tasks[pick % len(tasks)].id
    milestones = [stage.id for phase in plan.phases for stage in phase.milestones]
    if kind == "add":
        values = {**NEW, "target_files": [f"docs/{number}.md"]}
        return plan_edits.add_task(plan, milestone=milestones[pick % len(milestones)], values=values)[0]
    if kind == "move":
        home = next(stage for phase in plan.phases for stage in phase.milestones if len(stage.tasks) > 1)
        return plan_edits.move_task(plan, home.tasks[-1].id, milestone=milestones[pick % len(milestones)], position=0)
    if kind == "remove" and len(tasks) > 5:
        return plan_edits.remove_task(plan, tasks[-1].id, with_dependents=True)
    return plan_edits.change_task(plan, short_id, {"title": f"Title {number}"})


# -- over the API -----------------------------------------------------------------------------------------------------


def test_a_circle_made_by_an_edit_is_refused_and_nothing_is_stored(client_of: ClientOf) -> None:
    plan = make_plan()
    address = reverse("task", args=[task_of(plan, "task_001").pk])
    answer = client_of(plan.owner).patch(address, {"depends_on": ["task_003"]})
    assert answer.status_code == 400
    assert answer.json()["problems"] == ["These depend on each other in a circle: task_001, task_002, task_003."]
    assert PlanVersion.objects.filter(plan=plan).count() == 1


def test_an_edit_for_an_older_version_is_a_conflict(client_of: ClientOf) -> None:
    plan = make_plan()
    editing.edit_task(task_id=task_of(plan, "task_001").pk, values={"title": "Other"}, actor=actor_of(plan))
    answer = client_of(plan.owner).patch(reverse("masterplan", args=[plan.pk]), {"description": "x", "version": 1})
    assert (answer.status_code, answer.json()["code"], answer.json()["current"]) == (409, "plan_changed", 2)


def test_only_the_version_that_was_read_is_approved(client_of: ClientOf) -> None:
    plan = make_plan()
    editing.edit_task(task_id=task_of(plan, "task_003").pk, values={"title": "Other"}, actor=actor_of(plan))
    client, address = client_of(plan.owner), reverse("masterplan-approve", args=[plan.pk])
    stale = client.post(address, {"version": 1})
    assert (stale.status_code, stale.json()["code"], stale.json()["current"]) == (409, "plan_changed", 2)
    assert stale.json()["detail"] == "The plan was changed since version 1: task_003 changed (title)."
    assert stale.json()["changes"]["tasks"]["modified"][0]["fields"][0]["after"] == "Other"
    assert [client.post(address, {"version": version}).status_code for version in (3, 0, "x")] == [400, 400, 400]
    plan.refresh_from_db()
    assert (plan.status, plan.approved_at) == ("draft", None)
    assert client.post(address, {"version": 2}).json()["status"] == "approved"
    assert client.post(address, {"version": 1}).json()["code"] == "transition_conflict"


def test_a_task_that_others_need_is_removed_with_them_only(client_of: ClientOf) -> None:
    plan = make_plan()
    client, address = client_of(plan.owner), reverse("task", args=[task_of(plan, "task_006").pk])
    needed = client.delete(reverse("task", args=[task_of(plan, "task_005").pk]))
    assert (needed.status_code, needed.json()["dependents"]) == (400, ["task_006"])
    assert client.delete(address).status_code == 204
    assert client.delete(address).status_code == 404


def test_what_only_one_task_covers_is_let_go_knowingly_or_not_at_all(client_of: ClientOf) -> None:
    rules = [{"statement": "Once.", "enforcement": "service"}]
    covering = plan_edits.change_task(plan_answer(), "task_006", {"covers": ["rule_once"]})
    plan = make_plan(answer=covering, discovery__business_rules=rules)
    client, address = client_of(plan.owner), reverse("task", args=[task_of(plan, "task_006").pk])
    refused = client.delete(address)
    assert (refused.status_code, refused.json()["uncovered"]) == (400, ["No task covers rule_once (Once.)."])
    assert client.patch(address, {"covers": []}).status_code == 400
    other = reverse("task", args=[task_of(plan, "task_001").pk])
    assert client.patch(other, {"covers": ["entity_Task", "rule_once"]}).status_code == 200
    assert client.patch(address, {"covers": []}).json()["covers"] == []
    assert client.patch(other, {"covers": ["entity_Task"]}).status_code == 400
    assert client.patch(address, {"covers": ["rule_once"]}).status_code == 200
    assert client.patch(other, {"covers": ["entity_Task"]}).status_code == 200
    assert client.delete(f"{address}?uncover=true").status_code == 204
    assert client.post(reverse("masterplan-version-restore", args=[plan.pk, 1])).status_code == 200
    assert task_of(plan, "task_006").covers == ["rule_once"]


def test_differences_and_versions_that_are_not_there(client_of: ClientOf) -> None:
    plan = make_plan()
    editing.edit_plan(plan_id=plan.pk, values={"description": "Better"}, actor=actor_of(plan))
    client = client_of(plan.owner)
    diff = client.get(reverse("masterplan-version-diff", args=[plan.pk, 1, 2])).json()
    assert diff["plan"] == [{"name": "description", "before": "Tasks with comments", "after": "Better"}]
    assert client.get(reverse("masterplan-version-diff", args=[plan.pk, 1, 9])).status_code == 404
    assert client.post(reverse("masterplan-version-restore", args=[plan.pk, 9])).status_code == 404


def test_after_approval_a_plan_is_not_edited(client_of: ClientOf) -> None:
    plan = make_plan(status="approved")
    client = client_of(plan.owner)
    for answer in (
        client.patch(reverse("masterplan", args=[plan.pk]), {"execution_mode": "mvp"}),
        client.post(reverse("masterplan-tasks", args=[plan.pk]), {**NEW, "milestone": "milestone_01_01"}),
        client.post(reverse("masterplan-version-restore", args=[plan.pk, 1])),
        client.delete(reverse("task", args=[task_of(plan, "task_006").pk])),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "plan_not_editable")
    assert client.patch(reverse("masterplan", args=[plan.pk]), {"rating": 5}).status_code == 200


def test_what_mends_a_plan_under_way_leaves_nothing_to_no_task() -> None:
    covering = plan_edits.change_task(plan_answer(), "task_006", {"covers": ["rule_once"]})
    plan = make_plan(answer=covering, discovery__business_rules=[{"statement": "Once.", "enforcement": "service"}])
    uncovering = partial(plan_edits.change_task, short_id="task_006", values={"covers": []})
    with pytest.raises(InvalidInput) as refused:
        mend_plan(plan, uncovering, why="Shorter", actor=actor_of(plan))
    assert refused.value.context["uncovered"] == ["No task covers rule_once (Once.)."]
    assert PlanVersion.objects.filter(plan=plan).count() == 1
