"""What is taken from a finished build for later plans: asked of a model once, from its accepted code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from execution.closing.patterns import MOST_CODE, outcomes_of_tasks, patterns_of
from execution.models import AtomAttempt
from integrations.llm.errors import ProviderUnavailable
from integrations.models import LLMCall
from planning.models import Task
from tests.execution.building import Build, finding, make_build
from tests.factories import TaskFactory
from tests.integrations.conftest import ScriptedProvider, configure, provider  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db

PATHS = [f"app/services/{name}.py" for name in ("book", "loan", "member")]
WRONG = finding(PATHS[1], 2, code="return-value", message="Incompatible return value")


def service(name: str) -> str:
    lines = [f"def create_{name}(session, values):", f"    row = {name.title()}(**values)", "    session.add(row)"]
    return "\n".join([*lines, "    return row", ""])


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Three tasks of a file each, done and accepted; the second one's atom failed once."""
    files = {path: {path: service(Path(path).stem)} for path in PATHS}
    made = make_build(files, workspace=tmp_path)
    made.accept(*PATHS)
    Task.objects.filter(pk=made.task.pk).update(status="done", target_files=PATHS[:1])
    for number, path in enumerate(PATHS[1:], start=91):
        task = TaskFactory(
            milestone=made.task.milestone, plan=made.plan, short_id=f"task_{number}", number=number, status="done",
            target_files=[path],
        )  # fmt: skip
        made.set(path, task=task)
    AtomAttempt.objects.create(
        atom=made.atom(PATHS[1]), attempt=1, success=False, code="x", errors=[WRONG.model_dump()]
    )
    return made


def test_tasks_are_shown_with_their_files_and_what_failed_those_with_failures_first(build: Build) -> None:
    found = outcomes_of_tasks(build.plan)
    shown = [(one.task, one.attempts, len(one.errors)) for one in found]
    assert shown[0] == ("task_91", 2, 1)
    assert set(shown[1:]) == {(build.task.short_id, 1, 0), ("task_92", 1, 0)}
    assert found[0].files[0].text == service("loan")
    assert found[0].errors[0].code == "return-value"


def test_only_so_much_code_is_shown_as_there_is_room_for(build: Build) -> None:
    revision = build.atom(PATHS[0]).accepted
    assert revision is not None
    revision.text = "x = 1\n" * (MOST_CODE // 6)
    revision.save(update_fields=["text"])
    assert [one.task for one in outcomes_of_tasks(build.plan)] == ["task_91", "task_92"]


def test_the_offline_engine_finds_what_tasks_share_and_what_failed(build: Build) -> None:
    found = {pattern.kind: pattern for pattern in patterns_of(build.run)}
    assert found["use"].name == "create_*"
    assert len(found["use"].tasks) == 3
    assert "Incompatible return value" in found["avoid"].description
    call = LLMCall.objects.get()
    assert (call.purpose, call.plan_id) == ("pattern_extraction", build.plan.pk)


def test_nobody_is_asked_where_memory_is_off_or_hardly_anything_was_built(
    build: Build,
    configure: Callable[..., Any],  # noqa: F811
) -> None:
    configure(memory_enabled=False)
    assert patterns_of(build.run) == []
    configure(memory_enabled=True)
    Task.objects.filter(pk=build.task.pk).update(status="failed")
    assert patterns_of(build.run) == []
    assert not LLMCall.objects.exists()


def test_a_report_does_not_wait_for_a_provider_that_is_down(
    build: Build,
    provider: ScriptedProvider,  # noqa: F811
) -> None:
    provider.answers = [ProviderUnavailable("It does not answer.")]
    assert patterns_of(build.run) == []
