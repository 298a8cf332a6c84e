"""What plans teach memory, and how what memory gave is judged: on a real store, from the rows alone."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from execution.failures import analyse_failure
from execution.learning import closed_and_not_learned, learn_from
from execution.models import AtomAttempt, AtomRevision, FailureAnalysis, Run
from execution.reconciler import reconcile
from execution.waves.attempting import retry_inputs
from execution.waves.recording import Verdict, record_use_of_memory
from integrations.memory.learning import Lesson, remember
from integrations.memory.recalling import recall
from integrations.models import LearningLookup, LearningRecord, LearningUse, PlanOutcome
from planning.expectation import Expectation
from planning.models import MasterPlan, Task
from planning.services.approval import reject_plan
from tests.execution.building import PERSON, Build, finding, make_build, material_of
from tests.factories import make_plan
from tests.integrations.conftest import configure, embedded, memory_at_rest  # noqa: F401 - fixtures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("embedded")]

FILES = {"app/a.py": {"first": "def first() -> int:\n    return ''\n", "second": "def second():\n    return 2\n"}}
WRONG = finding("app/a.py", 2, code="return-value", message='Incompatible return value type (got "str", line 2)')


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return make_build(FILES, workspace=tmp_path / "workspace")


def tried(build: Build, name: str, *, number: int, success: bool) -> AtomAttempt:
    atom = build.atom(name)
    errors = [] if success else [WRONG.model_dump()]
    return AtomAttempt.objects.create(
        atom=atom, attempt=number, success=success, code=atom.current.text if atom.current else "", errors=errors
    )


def solved(build: Build, text: str = "def first() -> int:\n    return 1\n") -> None:
    """The first atom failed once and was right at its second attempt; everything is accepted."""
    tried(build, "first", number=1, success=False)
    tried(build, "first", number=2, success=True)
    revision = AtomRevision.objects.create(
        atom=build.atom("first"), number=2, text=text, origin="attempt", author="model", sha256="0" * 64
    )
    build.set("first", current=revision, attempts=2)
    build.accept("first", "second")


def close(build: Build, status: str = "completed", task_status: str = "done", **fields: Any) -> None:
    Task.objects.filter(plan=build.plan).update(status=task_status)
    moments = {f"{status}_at": timezone.now()}
    MasterPlan.objects.filter(pk=build.plan.pk).update(status=status, actual_minutes=5, **moments, **fields)


def learned(collection: str, **wanted: Any) -> list[LearningRecord]:
    return list(LearningRecord.objects.filter(collection=collection, **wanted).order_by("created_at"))


def test_a_plan_that_succeeded_teaches_itself_its_tasks_its_discovery_and_its_solutions(build: Build) -> None:
    solved(build)
    close(build)
    learn_from(build.plan.pk)

    plan = learned("successful_masterplans")[0]
    assert (plan.source_id, plan.metadata["stack"], plan.metadata["tasks"]) == (build.plan.pk, "fastapi", 1)
    assert "completed, 1 of 1 tasks done" in plan.lesson
    task = learned("successful_tasks")[0]
    assert task.source_id == build.task.pk
    assert "return 1" in task.lesson
    atom = learned("failed_tasks", source_type="atom")[0]
    assert atom.text == 'return-value Incompatible return value type (got "str", )'
    assert (atom.metadata["found_by"], atom.metadata["solved"]) == ("errors", True)
    assert "-    return ''\n+    return 1" in atom.lesson
    mistakes = learned("failed_tasks", source_type="task")[0]
    assert "done after mistakes" in mistakes.lesson
    assert learned("failed_masterplans") == []
    assert set(LearningRecord.objects.values_list("embedding", flat=True)) == {"hashed-subtokens-2"}


def test_a_plan_is_remembered_with_what_its_report_says_of_its_code(build: Build) -> None:
    close(build)
    learned_ = {"kind": "avoid", "name": "types X", "description": "Say what is returned.", "when": "In services."}
    ended = {"status": "completed", "stage": "finished"}
    Run.objects.filter(pk=build.run.pk).update(**ended, report={"learned": [learned_]})
    Run.objects.create(plan=build.plan, mode="v2_atoms", **ended, report={"learned": []})  # a small one, later
    learn_from(build.plan.pk)
    lesson = learned("successful_masterplans")[0].lesson
    assert "Learned from its code: avoid types X: Say what is returned. In services." in lesson


def test_nothing_is_learned_twice(build: Build) -> None:
    solved(build)
    close(build)
    learn_from(build.plan.pk)
    before = set(LearningRecord.objects.values_list("pk", "updated_at"))
    learn_from(build.plan.pk)
    assert set(LearningRecord.objects.values_list("pk", "updated_at")) == before
    assert PlanOutcome.objects.count() == 1


def test_the_outcome_of_a_plan_is_kept_in_numbers(build: Build) -> None:
    solved(build)
    expected = Expectation(precedents=2, stack=None, tasks=2.5, minutes=7.0, factor=0.8, factor_from=3)
    close(build, expectation=expected.as_json())
    learn_from(build.plan.pk)
    outcome = PlanOutcome.objects.get()
    assert (outcome.status, outcome.succeeded, outcome.started) == ("completed", True, True)
    assert (outcome.tasks_done, outcome.tasks_total, outcome.success_rate) == (1, 1, 1.0)
    assert (outcome.atoms_at_once, outcome.atoms_total, outcome.first_attempt_success) == (1, 2, 0.5)
    assert (outcome.estimated_minutes, outcome.expected_minutes, outcome.actual_minutes) == (10, 8, 5)
    assert (outcome.estimation_accuracy, outcome.time_ratio) == (0.625, 0.5)
    assert (outcome.modifications, outcome.expected_tasks, outcome.discovery_quality) == (0, 2.5, 1.0)


def test_a_plan_of_which_too_little_was_done_is_a_failure_and_may_become_a_success(build: Build) -> None:
    close(build, "failed", "failed", failure_reason="given up")
    learn_from(build.plan.pk)
    assert "given up" in learned("failed_masterplans")[0].lesson
    assert learned("successful_masterplans") == []
    build.accept("first", "second")
    close(build)
    learn_from(build.plan.pk)
    assert learned("failed_masterplans") == []
    assert len(learned("successful_masterplans")) == 1
    assert PlanOutcome.objects.get().status == "completed"


def test_a_failure_for_good_is_learned_and_what_solves_it_later_replaces_it(build: Build) -> None:
    tried(build, "first", number=1, success=False)
    build.set("first", status="validating", awaiting_decision=True, attempts=3)
    FailureAnalysis.objects.create(
        plan=build.plan, task=build.task, atom=build.atom("first"), attempts=3, root_cause="The type is wrong."
    )
    learn_from(build.plan.pk)
    record = learned("failed_tasks")[0]
    assert record.metadata["solved"] is False
    assert "Cause: The type is wrong." in record.lesson
    build.set("first", awaiting_decision=False)
    build.accept("first")
    learn_from(build.plan.pk)
    again = learned("failed_tasks")[0]
    assert (again.pk, again.metadata["solved"]) == (record.pk, True)


def test_an_atom_that_is_still_being_worked_on_teaches_nothing(build: Build) -> None:
    tried(build, "first", number=1, success=False)
    build.set("first", status="retrying", attempts=1)
    learn_from(build.plan.pk)
    assert LearningRecord.objects.count() == 0


def test_a_rejected_draft_teaches_why_and_says_nothing_of_estimates() -> None:
    plan = make_plan()
    reject_plan(plan_id=plan.pk, actor=PERSON, reason="Far too large.")
    learn_from(plan.pk)
    assert "Far too large." in learned("failed_masterplans")[0].lesson
    outcome = PlanOutcome.objects.get()
    assert (outcome.started, outcome.estimation_accuracy, outcome.time_ratio) == (False, None, None)


def test_a_plan_cancelled_before_it_was_built_judges_nothing() -> None:
    plan = make_plan(status="cancelled", cancelled_at=timezone.now())
    recall("successful_masterplans", text="tasks", purpose="masterplan", used_for=plan.discovery_id)
    learn_from(plan.pk)
    assert LearningRecord.objects.exclude(collection="discovery_patterns").count() == 0
    assert [row.outcome for row in LearningLookup.objects.all()] == ["unjudged"]


def test_the_reconciler_finds_plans_that_were_closed_and_not_learned(build: Build, sent: list[tuple[Any, ...]]) -> None:
    assert closed_and_not_learned() == []
    close(build, "cancelled", "cancelled")
    assert closed_and_not_learned() == [build.plan.pk]
    reconcile()
    assert ("learn", build.plan.pk) in sent
    learn_from(build.plan.pk)
    assert closed_and_not_learned() == []
    close(build)  # reopened, and closed in another way
    assert closed_and_not_learned() == [build.plan.pk]


def lesson(collection: Any, text: str, **metadata: Any) -> None:
    remember([Lesson(collection, text=text, source_type="task", source_id=uuid.uuid4(), metadata=metadata)])


def test_a_retry_is_given_what_solved_such_errors_and_its_end_judges_that(build: Build) -> None:
    said = 'return-value Incompatible return value type (got "str")'
    lesson("failed_tasks", said, found_by="errors", solved=True)
    lesson("failed_tasks", f"{said} ", found_by="errors", solved=False)
    lesson("failed_tasks", said, found_by="task", solved=True)
    attempt = tried(build, "first", number=2, success=False)
    atom = build.set("first", status="retrying", attempts=1)
    assert retry_inputs(material_of(atom), [WRONG]).examples == [said]
    use = LearningUse.objects.get()
    assert (use.purpose, use.used_for_id, use.plan_id, use.outcome) == ("atom_retry", atom.pk, build.plan.pk, "open")
    record_use_of_memory([Verdict(atom, attempt, [WRONG], passed=False)])
    use.refresh_from_db()
    assert (use.outcome, use.ended_as) == ("failed", "failed again")
    retry_inputs(material_of(atom), [WRONG])
    record_use_of_memory([Verdict(atom, attempt, [], passed=True)])
    ends = LearningLookup.objects.order_by("created_at").values_list("outcome", "ended_as")
    assert list(ends) == [("failed", "failed again"), ("succeeded", "accepted")]


@pytest.mark.parametrize(("retried", "words"), [(False, "done at once"), (True, "done after retries")])
def test_what_a_draft_was_given_is_judged_by_whether_it_was_right_at_once(
    build: Build, retried: bool, words: str
) -> None:
    recall("successful_tasks", text="x", purpose="task_code", used_for=build.task.pk, plan=build.plan.pk)
    if retried:
        tried(build, "first", number=1, success=False)
    build.accept("first", "second")
    Task.objects.filter(plan=build.plan).update(status="done", draft_attempts=1)
    learn_from(build.plan.pk)
    assert [(row.outcome, row.ended_as) for row in LearningLookup.objects.all()] == [("succeeded", words)]


def test_an_analysis_of_a_failure_asks_for_learning(build: Build, sent: list[tuple[Any, ...]], provider: Any) -> None:
    from integrations.llm.shapes import DebugAnalysis, Proposal  # noqa: PLC0415 - of this test alone

    proposal = Proposal(title="t", action="modify_task_context", detail="d", probability=0.5, minutes=1)
    provider.answer(
        "debug_analysis",
        DebugAnalysis(root_cause="r", symptoms=[], why_retries_failed="w", conclusion="c", proposals=[proposal]),
    )
    build.set("first", status="validating", awaiting_decision=True, attempts=3)
    analyse_failure(build.atoms["first"].pk)
    assert ("learn", build.plan.pk) in sent
