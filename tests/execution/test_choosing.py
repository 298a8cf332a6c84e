"""What a person chooses for a failure is done: every kind of proposal, a fix by hand, its task left out."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from rest_framework.test import APIClient

from common.actors import Actor
from common.errors import Conflict, InvalidInput
from common.models import PlanEvent, PlanHistory
from execution.choosing import (
    Choice,
    apply_choices,
    choose,
    choose_proposal,
    fix_by_hand,
    resend_choices,
    skip_failed,
)
from execution.models import Atom, FailureAnalysis, Run
from execution.services.advance import advance_run
from execution.services.atomizing import atomize_plan
from execution.services.ordering import order_plan
from execution.services.runs import ask_to_pause
from execution.services.small_runs import NotBeingBuilt
from execution.states import Stage
from planning.models import MasterPlan, PlanVersion, Task
from tests.execution.building import finding, report_of
from tests.execution.conftest import Checks
from tests.execution.test_modes import drafted

pytestmark = pytest.mark.django_db

Sent = list[tuple[Any, ...]]
PROPOSALS = [
    {"title": "Only integers", "action": "modify_task_scope", "detail": "no floats", "probability": 0.6, "minutes": 5},
    {
        "title": "Add rounding",
        "action": "create_dependency_task",
        "detail": "A function that rounds.",
        "probability": 0.3,
        "minutes": 8,
        "target_file": "app/rounding.py",
        "exports": [{"name": "rounded", "signature": "def rounded(value: float) -> int"}],
    },
    {"title": "Say more", "action": "modify_task_context", "detail": "see b", "probability": 0.1, "minutes": 1},
]


@pytest.fixture
def failure() -> FailureAnalysis:
    """The first atom of the third of six tasks waits for a decision; the two before are accepted; those after wait."""
    run = drafted()
    atomize_plan(run)
    order_plan(Run.objects.select_related("plan").get(pk=run.pk))
    for atom in Atom.objects.filter(task__short_id__in=["task_001", "task_002"]):
        Atom.objects.filter(pk=atom.pk).update(status="accepted", accepted=atom.current, attempts=1)
    Atom.objects.filter(task__number__gt=3).update(status="blocked")
    atom = Atom.objects.filter(task__short_id="task_003").earliest("number")
    Atom.objects.filter(pk=atom.pk).update(status="validating", awaiting_decision=True, attempts=3)
    return FailureAnalysis.objects.create(
        plan=run.plan, task=atom.task, atom=atom, attempts=3, root_cause="It rounds.", proposals=deepcopy(PROPOSALS)
    )


def owner(failure: FailureAnalysis) -> Actor:
    return Actor.of(failure.plan.owner)


def paused(failure: FailureAnalysis) -> FailureAnalysis:
    ask_to_pause(plan=failure.plan, actor=owner(failure))
    return failure


def task(short_id: str) -> Task:
    return Task.objects.get(short_id=short_id)


def choice_of(failure: FailureAnalysis) -> dict[str, Any]:
    failure.refresh_from_db()
    assert failure.choice is not None
    return {key: value for key, value in failure.choice.items() if key != "at"}


def test_another_scope_is_a_new_version_in_which_the_task_is_written_anew(failure: FailureAnalysis) -> None:
    choose_proposal(analysis=paused(failure), index=0, actor=owner(failure))

    version = PlanVersion.objects.get(number=2)
    assert version.summary.startswith("Only integers: ")
    changed = task("task_003")
    assert changed.description.endswith("Changed scope: Only integers: no floats")
    assert (changed.draft, changed.cut_again, changed.hint) == (None, True, "Only integers: no floats")
    assert (Run.objects.get().stage, Run.objects.get().status) == (Stage.CODE_GENERATION, "paused")
    assert failure.atom is not None
    failure.atom.refresh_from_db()
    assert (failure.atom.status, failure.atom.awaiting_decision, failure.atom.max_attempts) == ("retrying", False, 4)
    assert not Atom.objects.filter(status="blocked").exists(), "what it held back is released"
    assert set(Atom.objects.filter(task__number__lt=3).values_list("status", flat=True)) == {"accepted"}
    assert choice_of(failure) == {
        "proposal": 0,
        "action": "modify_task_scope",
        "applied": True,
        "target_file": "",
        "version": 2,
        "by": owner(failure).name,
    }
    assert PlanHistory.objects.get(change_type="proposal_chosen").actor_name == owner(failure).name


def test_a_new_task_comes_before_the_one_that_failed_which_needs_its_names(failure: FailureAnalysis) -> None:
    choose_proposal(analysis=paused(failure), index=1, actor=owner(failure))
    new, failing = task("task_007"), task("task_003")
    assert (new.title, new.target_files, new.status, new.draft) == (
        "Add rounding",
        ["app/rounding.py"],
        "pending",
        None,
    )
    assert new.milestone_id == failing.milestone_id
    assert set(failing.dependency_rows.values_list("needs__short_id", flat=True)) == {"task_002", "task_007"}
    assert {"name": "rounded", "task": "task_007"} in failing.needs
    assert failing.draft is None
    assert task("task_004").draft is not None


def test_with_a_run_under_way_the_change_waits_for_the_safe_point_and_then_the_run_goes_on(
    failure: FailureAnalysis, sent: Sent
) -> None:
    run = Run.objects.get()
    Atom.objects.filter(task__number=4).update(status="running", awaiting_decision=False)
    choose_proposal(analysis=failure, index=0, actor=owner(failure))
    assert (Run.objects.get().pause_asked, choice_of(failure)["applied"]) == ("proposal_chosen", False)
    assert PlanVersion.objects.count() == 1
    apply_choices(run.plan_id)
    assert choice_of(failure)["applied"] is False, "not while it runs"

    Atom.objects.filter(status="running").update(status="blocked")
    advance_run(run.pk)
    assert ("apply_choices", run.plan_id) in sent
    assert resend_choices() == 1
    for _ in range(2):
        apply_choices(run.plan_id)
    assert choice_of(failure)["applied"] is True
    assert (PlanVersion.objects.count(), Run.objects.get().status, resend_choices()) == (2, "running", 0)
    assert Run.objects.get().stage == Stage.CODE_GENERATION


def test_more_context_is_given_at_once_and_changes_no_plan(failure: FailureAnalysis) -> None:
    atom = choose_proposal(analysis=failure, index=2, actor=owner(failure))
    assert (atom.status, atom.hint) == ("retrying", "Say more: see b")
    assert (PlanVersion.objects.count(), Run.objects.get().status) == (1, "running")


def test_nobody_changes_a_plan_that_people_approved_while_they_are_away(failure: FailureAnalysis) -> None:
    atom = choose_proposal(analysis=failure, index=1, actor=owner(failure), unattended=True)
    assert atom.hint == "Add rounding: A function that rounds."
    assert PlanVersion.objects.count() == 1


@pytest.mark.parametrize("target", ["", "app/file_1.py", "../away.py"])
def test_a_new_task_needs_a_file_that_no_other_task_writes(failure: FailureAnalysis, target: str) -> None:
    failure.proposals[1]["target_file"] = target
    failure.save()
    with pytest.raises(InvalidInput, match="target_file"):
        choose_proposal(analysis=paused(failure), index=1, actor=owner(failure))
    failure.refresh_from_db()
    assert (failure.choice, PlanVersion.objects.count()) == (None, 1)
    choose_proposal(analysis=failure, index=1, actor=owner(failure), target_file="app/other.py")
    assert task("task_007").target_files == ["app/other.py"]


def test_a_choice_that_does_not_fit_any_more_is_given_back(failure: FailureAnalysis) -> None:
    Atom.objects.filter(task__number=4).update(status="running")
    choose_proposal(analysis=failure, index=1, actor=owner(failure))
    Atom.objects.filter(status="running").update(status="blocked")
    version = PlanVersion.objects.get()
    version.snapshot["phases"][0]["milestones"][0]["tasks"][0]["target_files"] = ["app/rounding.py"]
    version.save()
    advance_run(Run.objects.get().pk)
    apply_choices(failure.plan_id)
    failure.refresh_from_db()
    assert (failure.choice, Run.objects.get().status) == (None, "running")
    assert PlanEvent.objects.filter(type="error").latest("seq").data["code"] == "invalid_input"


def test_a_plan_that_was_given_up_is_not_changed(failure: FailureAnalysis) -> None:
    Run.objects.update(status="cancelled")
    MasterPlan.objects.update(status="cancelled")
    failure.refresh_from_db()
    with pytest.raises(NotBeingBuilt):
        choose_proposal(analysis=failure, index=0, actor=owner(failure))


def test_a_fix_by_hand_is_checked_and_taken_once(failure: FailureAnalysis, checks: list[Checks]) -> None:
    code = "def task_003() -> int:\n    return 3\n\n\n"
    wrong = [finding("app/file_3.py", 2)]
    checks.append(lambda files: report_of(*wrong if "return 3" in files["app/file_3.py"] else []))
    with pytest.raises(InvalidInput) as refused:
        fix_by_hand(analysis=failure, code=code, actor=owner(failure))
    assert refused.value.context["diagnostics"][0]["message"] == "wrong"
    failure.refresh_from_db()
    assert failure.choice is None

    checks.pop()
    fix_by_hand(analysis=failure, code=code, actor=owner(failure))
    assert failure.atom is not None
    failure.atom.refresh_from_db()
    assert (failure.atom.status, failure.atom.changed_by_person) == ("accepted", True)
    assert choice_of(failure) == {"action": "fix", "by": owner(failure).name}
    assert not Atom.objects.filter(status="blocked").exists()
    with pytest.raises(Conflict):
        fix_by_hand(analysis=failure, code=code, actor=owner(failure))


def test_skipping_leaves_the_task_out_with_what_needs_it(failure: FailureAnalysis) -> None:
    skipped = skip_failed(analysis=failure, actor=owner(failure), reason="not needed")
    assert [one.short_id for one in skipped] == ["task_003", "task_004", "task_005", "task_006"]
    assert choice_of(failure) == {"action": "skip", "by": owner(failure).name}


def test_a_pause_leaves_the_choice_open(failure: FailureAnalysis) -> None:
    choose(analysis=failure, wanted=Choice("pause", reason="tomorrow"), actor=owner(failure))
    failure.refresh_from_db()
    assert (failure.choice, MasterPlan.objects.get().pause_detail) == (None, "tomorrow")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"proposal": 2}, 202),
        ({"action": "skip", "reason": "no"}, 202),
        ({"action": "pause"}, 202),
        ({"action": "fix", "code": "  "}, 400),
        ({"action": "proposal"}, 400),
        ({"action": "dance"}, 400),
        ({"proposal": 3}, 400),
        ({}, 400),
    ],
)
def test_each_choice_is_a_call_of_the_api(
    failure: FailureAnalysis, client_of: Callable[[User | None], APIClient], body: dict[str, Any], status: int
) -> None:
    answer = client_of(failure.plan.owner).post(reverse("failure-choose", args=[failure.pk]), body)
    assert answer.status_code == status, answer.content
    failure.refresh_from_db()
    assert (failure.choice is None) == (status == 400 or body.get("action") == "pause")


def test_who_looks_at_the_atom_finds_its_failure(
    failure: FailureAnalysis, client_of: Callable[[User | None], APIClient]
) -> None:
    client = client_of(failure.plan.owner)
    atom = reverse("atom", args=[failure.atom_id])
    assert client.get(atom).json()["failure"] == str(failure.pk)
    FailureAnalysis.objects.update(attempts=failure.attempts - 1)
    assert client.get(atom).json()["failure"] is None
