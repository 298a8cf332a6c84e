"""A document is untrusted bytes: whatever is wrong with it is named, and nothing of it stays."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from common.errors import DevMatrixError, NotFound
from common.models import PlanEvent
from common.portable import reading
from common.portable.errors import AlreadyThere, BadDocument, UnderWay
from common.portable.writing import Seal
from execution.models import Atom, Run
from execution.services.carrying import import_plan
from planning.models import MasterPlan, Task, Workspace
from tests.execution.building import at_once
from tests.factories import MasterPlanFactory, WorkspaceFactory
from tests.portable.rich import exported, forget, parsed, rich_plan

pytestmark = pytest.mark.django_db

Rows = dict[str, Any]
MADE: list[bytes] = []


@pytest.fixture
def document(tmp_path: Path) -> bytes:
    """Of a plan that is not here; made once."""
    if not MADE:
        with transaction.atomic():
            MADE.append(exported(rich_plan(tmp_path)))
            transaction.set_rollback(True)
    return MADE[0]


def sealed(document: dict[str, Any]) -> bytes:
    """As somebody would do who knows how."""
    for name, rows in document["sections"].items():
        seal = Seal()
        for row in rows:
            seal.add(orjson.dumps(row))
        document["seal"][name] = seal.shown()
    return json.dumps(document).encode()


def refused(document: bytes, **options: str) -> DevMatrixError:
    """The error; nothing that the document names is in the database."""
    with pytest.raises(DevMatrixError) as error:
        import_plan(source=io.BytesIO(document), **options)
    assert (User.objects.exists(), Workspace.objects.exists(), MasterPlan.objects.exists()) == (False, False, False)
    return error.value


def first(name: str, **fields: Any) -> Callable[[Rows], None]:
    return lambda rows: rows[name][0].update(fields)


def without(name: str, field: str) -> Callable[[Rows], None]:
    return lambda rows: rows[name][0].pop(field) and None


OTHER = "11111111-2222-4333-8444-555555555555"

WRONG: dict[str, tuple[Callable[[Rows], Any], str, str]] = {
    "a number as text": (first("task", number="1"), "task, row 1, field number", "valid integer"),
    "a number too large": (first("task", number=2**31), "task, row 1, field number", "less than or equal"),
    "an unknown state": (first("atom", status="perfect"), "atom, row 1, field status", "'pending'"),
    "an unknown field": (first("plan", is_admin=True), "plan, row 1, field is_admin", "not permitted"),
    "a missing field": (without("plan", "stack"), "plan, row 1, field stack", "required"),
    "a claim": (first("plan", claim=OTHER), "plan, row 1, field claim", "not permitted"),
    "no id": (first("atom", id="1"), "atom, row 1, field id", "UUID"),
    "a time without a zone": (first("plan", created_at="2026-01-01T00:00:00"), "plan, row 1, field created_at", "time"),
    "an object for a list": (first("atom", uses={}), "atom, row 1, field uses", "valid array"),
    "too long a text": (first("plan", project_name="x" * 121), "plan, row 1, field project_name", "120 characters"),
    "too many places": (first("model_call", cost="0.1234567"), "model_call, row 1, field cost", "decimal places"),
    "not a number": (first("suite_run", percent="NaN"), "suite_run, row 1, field percent", "number"),
    "the character zero": (first("plan", description="a\0b"), "plan, row 1", "character zero"),
    "a row that is none": (lambda rows: rows["phase"].append([]), "phase, row 5", "A row is an object"),
    "an id twice": (lambda rows: rows["atom"].append(rows["atom"][0]), "atom, row 4, field id", "is there twice"),
    "a row outside": (first("atom", task=OTHER), "atom, row 1, field task", "is not in the document"),
    "a later row outside": (first("atom", current=OTHER), "atom, row 1, field current", "is not in the document"),
    "a row of another kind": (
        lambda rows: rows["atom"][0].update(task=rows["phase"][0]["id"]),
        "atom, row 1, field task",
        "is not in the document",
    ),
    "a path that leads out": (first("atom", path="../x.py"), "atom, row 1, field path", "../x.py"),
    "a target that leads out": (first("task", target_files=["/etc/x"]), "task, row 1, field target_files", "relative"),
    "a draft that leads out": (
        first("task", draft=[{"path": "a/../../x", "text": ""}]),
        "task, row 1, field draft",
        "leads out",
    ),
    "a draft without paths": (first("task", draft=[{}]), "task, row 1, field draft", "path"),
    "a folder of its own": (first("plan", workspace_path="/etc"), "plan, row 1, field workspace_path", "{workspace}"),
    "no snapshot of a plan": (first("version", snapshot={}), "version, row 1, field snapshot", "PlanAnswer"),
    "a switch that is none": (first("run", switches={"magic": 1}), "run, row 1, field switches", "magic"),
    "a rule of the database": (
        lambda rows: rows["task"][0].update(short_id=rows["task"][1]["short_id"]),
        "task",
        "task_short_id_unique_in_plan",
    ),
    "accepted without a text": (first("atom", status="accepted", accepted=None), "atom", "accepted_atom_has"),
    "the limit of everything": (first("cost_limit", plan_id=None), "cost_limit", "would not be exported again"),
    "a call of nobody": (
        first("model_call", plan_id=None, discovery_id=None, conversation_id=None),
        "model_call",
        "would not be exported again",
    ),
    "another order": (lambda rows: rows["task"].reverse(), "task", "would not be exported again"),
    "money written otherwise": (first("model_call", cost=0.25), "model_call", "would not be exported again"),
    "a run under way": (first("run", status="running"), "run", "being worked on"),
    "a plan under way": (first("plan", status="in_progress"), "plan", "being worked on"),
    "a call under way": (
        first("model_call", reservation="reserved", settled_at=None, cost="0.000000"),
        "model_call",
        "being worked on",
    ),
    "a gap in the events": (lambda rows: rows["event"].pop(0), "stream", "do not count"),
    "no name of a user": (first("plan", owner="a b<c>"), "", "no name of a user"),
}


@pytest.mark.parametrize("which", WRONG)
def test_what_is_wrong_is_named_with_its_place(which: str, document: bytes) -> None:
    change, place, words = WRONG[which]
    changed = parsed(document)
    change(changed["sections"])
    error = refused(sealed(changed))
    assert isinstance(error, BadDocument)
    assert str(error).startswith(place), str(error)
    assert words in str(error), str(error)


HEAD: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another format": lambda found: found.update(format="other"),
    "a later format": lambda found: found.update(format_version=2),
    "an unknown part": lambda found: found.update(secret="x"),
    "an unknown section": lambda found: found["sections"].update(user=[]),
    "a section missing": lambda found: found["sections"].pop("gate"),
    "a section that is no list": lambda found: found["sections"].update(gate={}),
    "no sections": lambda found: found.pop("sections"),
    "no scope": lambda found: found.pop("scope"),
    "no seal": lambda found: found.pop("seal"),
    "half a seal": lambda found: found["seal"].pop("gate"),
    "one row less": lambda found: found["sections"]["gate"].pop(),
    "one word changed": lambda found: found["sections"]["gate"][0].update(reason="Fine."),
    "another plan": lambda found: found["scope"].update(plan=OTHER),
    "a scope that is no id": lambda found: found["scope"].update(plan=1),
}


@pytest.mark.parametrize("which", HEAD)
def test_a_document_that_is_not_whole_is_refused(which: str, document: bytes) -> None:
    changed = parsed(document)
    HEAD[which](changed)
    assert isinstance(refused(json.dumps(changed).encode()), BadDocument)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (b"", "cut off"),
        (b"{", "cut off"),
        (b"[]", "'{' is expected"),
        (b'{"format": NaN}', "NaN is no number"),
        (b'{"format": "\xff"}', "UTF-8"),
        (b'{"format": "a", "format": "a"}', "twice"),
        (b'{"format": ' + b"[" * 100_000, "nested"),
        (b'{"format": ' + b"[" * 950 + b"]" * 950 + b', "sections": {}}', ""),
        (b"{1: 2}", "A key of an object is no text."),
        (b'{"sections": {}}', "Field required"),
    ],
)
def test_bytes_that_are_no_document(given: bytes, words: str) -> None:
    error = refused(given)
    assert isinstance(error, BadDocument)
    assert words in str(error)


@pytest.mark.parametrize("value", [b'"\\ud800"', b"[" * 900 + b"]" * 900, b"1" * 5_000])
def test_values_that_no_database_keeps(value: bytes, document: bytes) -> None:
    error = refused(document.replace(b'"language":""', b'"language":' + value, 1))
    assert isinstance(error, BadDocument)


def test_a_document_that_is_cut_off_anywhere(document: bytes) -> None:
    for share in (0.01, 0.5, 0.99):
        assert isinstance(refused(document[: int(len(document) * share)]), BadDocument)
    assert isinstance(refused(document + b"{}"), BadDocument)


def test_sizes_are_bounded(document: bytes, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEVMATRIX = replace(settings.DEVMATRIX, plan_import_max_bytes=len(document) - 1)
    assert "is larger than" in str(refused(document))
    settings.DEVMATRIX = replace(settings.DEVMATRIX, plan_import_max_bytes=len(document))
    monkeypatch.setattr(reading, "WINDOW", 64)
    monkeypatch.setattr(reading, "LONGEST_VALUE", 1_000)
    assert "One value is longer" in str(refused(document))


def test_an_owner_who_is_not_here(document: bytes) -> None:
    assert isinstance(refused(document, owner="nobody"), NotFound)


def importing(document: bytes, **options: str) -> None:
    with transaction.atomic():
        import_plan(source=io.BytesIO(document), **options)


def test_a_plan_that_is_here_is_not_touched(document: bytes) -> None:
    importing(document)
    with pytest.raises(AlreadyThere) as error:
        importing(document)
    assert (error.value.code, error.value.status) == ("already_there", 409)
    assert error.value.context == {"plan": parsed(document)["scope"]["plan"]}


def test_a_row_that_is_here_and_differs_is_named(document: bytes) -> None:
    importing(document)
    plan = MasterPlan.objects.get()
    workspace, conversation = plan.workspace, plan.conversation
    forget(plan)
    made = workspace.created_at
    workspace.save(force_insert=True)
    Workspace.objects.filter(pk=workspace.pk).update(created_at=made)
    conversation.title = "Renamed"
    conversation.save(force_insert=True)
    with pytest.raises(AlreadyThere) as error:
        importing(document)
    assert "conversation, row 1" in str(error.value)
    assert "title" in str(error.value)


def test_rows_of_another_plan_are_out_of_reach(document: bytes) -> None:
    """By plain ids and ids in JSON as well, where no foreign key watches."""
    other = MasterPlanFactory()
    for name, field, value in [
        ("model_call", "task_id", str(other.pk)),
        ("round", "atom_ids", [str(other.pk)]),
        ("snapshot", "atoms", {str(other.pk).upper(): {}}),
        ("jira_mapping", "item_id", str(other.pk)),
    ]:
        changed = parsed(document)
        changed["sections"][name][0][field] = value
        with pytest.raises(BadDocument) as error:
            importing(sealed(changed))
        assert f"{name}, row 1, field {field}: {other.pk} belongs to another plan." in str(error.value)


def test_a_workspace_of_the_same_name_asks_for_another(document: bytes) -> None:
    rows = parsed(document)["sections"]
    owner = User.objects.create(username=rows["plan"][0]["owner"])
    WorkspaceFactory(owner=owner, slug=rows["workspace"][0]["slug"])
    with pytest.raises(AlreadyThere) as error:
        importing(document)
    assert "--workspace" in str(error.value)
    importing(document, workspace="Another")
    assert MasterPlan.objects.get().workspace.name == "Another"


def test_a_plan_that_somebody_works_on_is_not_exported(tmp_path: Path) -> None:
    plan = rich_plan(tmp_path)
    later = timezone.now() + timedelta(hours=1)
    busy: list[tuple[Any, dict[str, Any]]] = [
        (Run.objects.filter(plan=plan), {"status": "running"}),
        (Task.objects.filter(plan=plan), {"draft_claim": uuid.uuid4(), "draft_claim_expires": later}),
        (plan.conversation.messages.filter(role="assistant"), {"metadata": {"awaits_answer": True}}),
        (MasterPlan.objects.filter(pk=plan.pk), {"replanning": {"stack": "django"}}),
    ]
    for rows, fields in busy:
        with transaction.atomic():
            rows.update(**fields)
            with pytest.raises(UnderWay) as error:
                exported(plan)
            transaction.set_rollback(True)
        assert (error.value.status, "Pause it" in error.value.hint) == (409, True)
    assert Atom.objects.filter(plan=plan).update(claim=uuid.uuid4(), claim_expires=timezone.now()) == 3
    assert exported(plan), "a claim that has expired is nobody's"
    assert PlanEvent.objects.filter(stream_id=plan.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_imports_at_once_one_does_it(document: bytes) -> None:
    answers = at_once(*[lambda: import_plan(source=io.BytesIO(document))] * 2)
    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyThere", "Arrived"]
    assert MasterPlan.objects.count() == 1
