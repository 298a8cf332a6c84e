"""Faults that need no process to be killed: each strikes at one point, and leaves rows and files as they must be."""

from __future__ import annotations

import errno
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.models import PlanEvent, PlanHistory
from execution.models import Atom, AtomAttempt, AtomRevision, Round, Run
from execution.projection import repair_workspace, workspace_of
from execution.reconciler import reconcile
from execution.services.advance import advance_run
from execution.waves import claiming, retrying
from execution.waves.claiming import Attempted, claim_atoms, give_back
from execution.waves.closing import close_round
from execution.waves.judging import judge_drafts
from execution.waves.material import Material
from execution.waves.revisions import new_revision, revision_of
from integrations.llm.shapes import AtomCode
from planning.models import Task
from tests.execution.building import Build, finding, make_build, material_of, retry_atom
from tests.execution.conftest import Checks
from tests.planning.conftest import ScriptedProvider

pytestmark = pytest.mark.django_db

TEXTS = {f"f{number}": f"def f{number}() -> int:\n    return {number}\n\n\n" for number in range(3)}
FILES = {"app/a.py": TEXTS, "app/b.py": {"user": "from app.a import f0\n\nf0()\n"}}


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return make_build(FILES, workspace=tmp_path / "workspace", edges=[("f0", "user")])


def failed_once(build: Build, *names: str) -> Round:
    for name in names:
        build.set(name, status="retrying", attempts=1, feedback=[finding("app/a.py", 1).model_dump()])
    return build.open_round(*names, number=2)


# -- the disk ----------------------------------------------------------------------------------------------------------


def test_a_full_disk_keeps_no_round_open_and_the_files_come_when_there_is_room(
    build: Build, checks: list[Checks], monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = build.open_round(*build.atoms)
    for name in build.atoms:
        build.judged(round_, name)

    def full(path: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        close_round(round_.pk)
    assert set(build.statuses().values()) == {"accepted"}
    assert Round.objects.get().status == "closed"
    root = workspace_of(build.plan).root
    assert not (root / "app/a.py").exists()
    advance_run(build.run.pk)
    repair_workspace(build.current_run())
    assert (root / "app/a.py").read_text() == "".join(TEXTS.values())


# -- clocks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_reconciler_whose_clock_is_wrong_takes_nothing_from_the_living_and_frees_the_dead(
    build: Build, sent: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    failed_once(build, "f0", "f1", "f2")
    claims = [claim_atoms(round_id=Round.objects.get().pk, atom_ids=[build.atoms[name].pk]) for name in ("f0", "f1")]
    assert None not in claims
    Atom.objects.filter(name="f1").update(claim_expires=Now() - timedelta(seconds=1))
    wrong = timezone.now() + timedelta(hours=hours)
    monkeypatch.setattr(timezone, "now", lambda: wrong)
    assert reconcile().claims == 1
    assert build.statuses() == {"f0": "running", "f1": "retrying", "f2": "retrying", "user": "pending"}


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_round_is_silent_by_the_databases_clock(
    build: Build, sent: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    round_ = build.open_round("f0")
    Round.objects.update(dispatched_at=Now(), dispatches=1)
    wrong = timezone.now() + timedelta(hours=hours)
    monkeypatch.setattr(timezone, "now", lambda: wrong)
    advance_run(build.run.pk)
    assert sent == []
    Round.objects.update(dispatched_at=Now() - timedelta(seconds=60))
    advance_run(build.run.pk)
    assert sent == [("run_round", round_.pk, "f0")]


# -- back-pressure -----------------------------------------------------------------------------------------------------


def test_while_validation_is_behind_nothing_more_is_generated(
    build: Build, sent: list[tuple[Any, ...]], checks: list[Checks]
) -> None:
    """One round of a plan at a time: what waits for its verdict is never more than that."""
    advance_run(build.run.pk)
    (first,) = [message for message in sent if message[0] == "run_round"]
    judge_drafts(first[1], [atom.pk for atom in build.atoms.values()])
    for _ in range(5):
        advance_run(build.run.pk)
        reconcile()
    assert [message[0] for message in sent].count("run_round") == 1
    assert Round.objects.filter(status="open").count() == 1
    assert set(build.statuses().values()) == {"validating"}


# -- one statement each ------------------------------------------------------------------------------------------------


def test_an_attempt_takes_three_statements_beside_the_model_and_no_more_in_a_larger_plan(
    build: Build, provider: ScriptedProvider
) -> None:
    round_ = failed_once(build, "f0")
    provider.answer("atom_retry", AtomCode(code=TEXTS["f0"]))
    with CaptureQueriesContext(connection) as asked:
        assert retry_atom(round_.pk, build.atoms["f0"].pk) == "recorded"
    statements = [query["sql"] for query in asked.captured_queries]
    own = [sql for sql in statements if "llm" not in sql and not sql.startswith(("SAVEPOINT", "RELEASE"))]
    assert len(own) == 3, own


def test_attempts_of_one_message_share_the_three_statements(
    build: Build, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "_side_by_side", one_after_another)
    round_ = failed_once(build, "f0", "f1", "f2")
    for name in ("f0", "f1", "f2"):
        provider.answer("atom_retry", AtomCode(code=TEXTS[name]))
    with CaptureQueriesContext(connection) as asked:
        became = retrying.retry_atoms(round_.pk, [build.atoms[name].pk for name in ("f0", "f1", "f2")])
    assert became == {"recorded": 3}
    statements = [query["sql"] for query in asked.captured_queries]
    own = [sql for sql in statements if "llm" not in sql and not sql.startswith(("SAVEPOINT", "RELEASE"))]
    assert len(own) == 3, own


def one_after_another(materials: Sequence[Material], run: Run) -> Iterator[retrying.Ended]:
    """In the thread, and so in the transaction, of the test."""
    yield [(material, retrying._done(material, run)) for material in materials]


def test_claims_and_their_end_are_told_and_remembered_as_any_other_change(build: Build) -> None:
    round_ = failed_once(build, "f0", "f1", "f2")
    rows = [build.atoms["f1"], build.atoms["f0"]]
    claim = claim_atoms(round_id=round_.pk, atom_ids=[atom.pk for atom in rows])
    assert claim is not None
    assert claim.atoms == [atom.pk for atom in rows]
    assert (claim.run.pk, claim.run.stage_seconds, claim.run.trace_id) == (build.run.pk, {}, build.run.trace_id)
    assert build.statuses() == {"f0": "running", "f1": "running", "f2": "retrying", "user": "pending"}
    atom = build.atom("f0")
    assert (atom.claim, atom.claims, atom.attempts) == (claim.token, 1, 1)
    assert build.events("atom_execution_progress") == [
        {"atom_id": str(atom.pk), "status": "running", "current": number, "total": 3}
        for number, atom in enumerate(rows, start=1)
    ]
    attempted = [_attempted(build, name, round_, text=f"{name} = 1\n") for name in ("f0", "f1")]
    assert give_back(token=claim.token, attempted=attempted) == {atom.pk for atom in rows}
    assert give_back(token=claim.token, attempted=attempted) == set()
    atom = build.atom("f0")
    revision = attempted[0].revision
    assert revision is not None
    assert (atom.status, atom.claim, atom.attempts, atom.current_id) == ("validating", None, 2, revision.pk)
    assert list(atom.revisions.order_by("number").values_list("number", "text")) == [(1, TEXTS["f0"]), (2, "f0 = 1\n")]
    assert atom.attempt_rows.get(attempt=2).feedback == {"hint": "'%s"}
    told = PlanEvent.objects.filter(stream_id=build.plan.pk).order_by("seq").values_list("seq", "type")
    kinds = ["atom_execution_progress"] * 2 + ["one f0", "two f0", "one f1", "two f1"]
    assert list(told) == list(enumerate(kinds, start=1))
    row = PlanHistory.objects.get(item_id=atom.pk)
    assert (row.before, row.after, row.reason) == ({"status": "running"}, {"status": "validating"}, "attempt 2")


def test_an_answer_whose_claim_is_lost_leaves_those_beside_it_alone(build: Build) -> None:
    round_ = failed_once(build, "f0", "f1")
    claim = claim_atoms(round_id=round_.pk, atom_ids=[build.atoms[name].pk for name in ("f0", "f1")])
    assert claim is not None
    build.set("f0", status="retrying", claim=None)
    attempted = [_attempted(build, name, round_, text=f"{name} = 1\n") for name in ("f0", "f1")]
    assert give_back(token=claim.token, attempted=attempted) == {build.atoms["f1"].pk}
    assert build.statuses()["f0"] == "retrying"
    assert [row.atom_id for row in AtomAttempt.objects.filter(attempt=2)] == [build.atoms["f1"].pk]
    assert [event.type for event in PlanEvent.objects.order_by("seq")][2:] == ["one f1", "two f1"]


def test_what_was_merged_into_the_atom_meanwhile_keeps_its_number(build: Build) -> None:
    round_ = failed_once(build, "f0")
    claim = claim_atoms(round_id=round_.pk, atom_ids=[build.atoms["f0"].pk])
    assert claim is not None
    new_revision(build.atom("f0"), "merged = 1\n", AtomRevision.Origin.IMPORT_MERGE, "system")
    attempted = _attempted(build, "f0", round_, text="x = 1\n")
    assert give_back(token=claim.token, attempted=[attempted]) == {build.atoms["f0"].pk}
    assert AtomRevision.objects.get(text="x = 1\n").number == 3


def _attempted(build: Build, name: str, round_: Round, *, text: str) -> Attempted:
    atom = build.atom(name)
    revision = revision_of(atom, text, "attempt", "model")
    attempt = AtomAttempt(
        atom=atom, attempt=2, round=round_, revision=revision, code=text, feedback={"hint": "'%s"}, success=None
    )
    one, two = (
        PlanEvent(stream_id=build.plan.pk, masterplan_id=build.plan.pk, type=f"{kind} {name}")
        for kind in ("one", "two")
    )
    return Attempted(attempt, revision, (one, two))


def test_what_a_retry_is_told_is_its_file_its_interfaces_and_its_task(build: Build) -> None:
    Task.objects.update(target_files=["app/b.py", "app/a.py"])
    material = material_of(build.atoms["user"])
    assert material.file.text == FILES["app/b.py"]["user"]
    assert [file.path for file in material.interfaces] == ["app/a.py"]
    assert "def f2() -> int" in material.interfaces[0].text
    assert material.project.structure == ["app/a.py", "app/b.py"]
    assert (material.task.id, material.task.depends_on, material.history) == (build.task.short_id, [], [])


def test_a_claim_that_is_not_to_be_had_changes_and_tells_nothing(build: Build) -> None:
    round_ = failed_once(build, "f0")
    assert claim_atoms(round_id=uuid.uuid4(), atom_ids=[build.atoms["f0"].pk]) is None
    assert claim_atoms(round_id=round_.pk, atom_ids=[uuid.uuid4()]) is None
    assert build.events("atom_execution_progress") == []
    assert claiming.WORKABLE == ["pending", "retrying"]
