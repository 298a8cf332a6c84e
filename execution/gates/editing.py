"""Acceptance tests in the hands of people: changed and removed; what a person did stands over what is generated."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from django.utils import timezone

from common.actors import Actor
from common.changes import change, remember
from common.errors import Conflict, InvalidInput, NotFound
from execution.acceptance.written import problems_of_code
from execution.gates.criteria import Source
from execution.models import AcceptanceTest

_NODE = re.compile(r"^[\w./-]+\.py::[\w:\[\]., -]+$")


@dataclass(frozen=True)
class TestText:
    """What a person says of a test: its requirement, how much it matters, and its code or the test of the project."""

    __test__ = False  # for pytest

    requirement: str
    priority: str
    code: str = ""
    node_id: str = ""


def change_test(*, test_id: uuid.UUID, text: TestText, actor: Actor) -> AcceptanceTest:
    """Put a person's test in the place of one. Raises ``NotFound``, ``InvalidInput`` for one that proves nothing."""
    _require_proof(text)
    with change():
        test = _held(test_id)
        before = _words(test)
        _require_alone(test, text.requirement)
        test.requirement, test.priority = text.requirement, text.priority
        test.code, test.node_id, test.untestable = text.code, text.node_id, ""
        test.source = Source.PERSON
        test.save()
        _remember(test, "acceptance_test_changed", actor, before=before, after=_words(test))
    return test


def remove_test(*, test_id: uuid.UUID, actor: Actor) -> None:
    """It counts no more, and nothing makes it again; its results stay. Raises ``NotFound``."""
    with change():
        test = _held(test_id)
        AcceptanceTest.objects.filter(pk=test.pk).update(removed_at=timezone.now())
        _remember(test, "acceptance_test_removed", actor, before=_words(test), after={})


def _held(test_id: uuid.UUID) -> AcceptanceTest:
    rows = AcceptanceTest.objects.select_for_update(no_key=True)
    test = rows.filter(pk=test_id, removed_at__isnull=True).first()
    if test is None:
        raise NotFound("There is no such acceptance test.")
    return test


def _require_alone(test: AcceptanceTest, requirement: str) -> None:
    same = AcceptanceTest.objects.filter(plan_id=test.plan_id, task=test.task, requirement=requirement)
    if same.exclude(pk=test.pk).exists():
        raise Conflict("Another test proves this requirement.", hint="Change or remove that one.")


def _require_proof(text: TestText) -> None:
    if bool(text.code.strip()) == bool(text.node_id):
        raise InvalidInput("Give either code or the test of the project.", hint="Send `code` or `node_id`, not both.")
    if text.node_id and not _NODE.match(text.node_id):
        raise InvalidInput(f"{text.node_id!r} is no test.", hint="Name it as pytest does: tests/test_x.py::test_y.")
    problems = problems_of_code(text.code) if text.code.strip() else []
    if problems:
        raise InvalidInput(f"The test proves nothing: {'; '.join(problems)}.", hint="Let each test assert something.")


def _words(test: AcceptanceTest) -> dict[str, str]:
    fields = ("requirement", "priority", "node_id", "code", "source")
    return {name: str(getattr(test, name)) for name in fields}


def _remember(
    test: AcceptanceTest, change_type: str, actor: Actor, *, before: dict[str, str], after: dict[str, str]
) -> None:
    remember(
        plan_id=test.plan_id,
        change_type=change_type,
        actor=actor,
        item_type="acceptance_test",
        item_id=test.pk,
        item_label=test.requirement,
        before=before,
        after=after,
    )
