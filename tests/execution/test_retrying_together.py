"""Atoms that come in one message: asked side by side, each stored once, and none of them lost with another."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections

from common.errors import DevMatrixError
from execution.models import Atom, AtomAttempt, Round
from execution.waves import claiming, retrying
from execution.waves.hands import Hands
from execution.waves.retrying import retry_atoms
from integrations.llm.errors import PromptTooLarge, ProviderUnavailable
from integrations.llm.gateway import Reply
from integrations.llm.prices import Usage
from integrations.llm.shapes import AtomCode, AtomRetryInputs
from tests.execution.building import Build, finding, make_build

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = [f"f{number}" for number in range(4)]
TEXTS = {name: f"def {name}() -> int:\n    return 1\n\n\n" for name in NAMES}
PATIENCE = 30


@pytest.fixture
def build(tmp_path: Path) -> Build:
    build = make_build({"app/a.py": TEXTS}, workspace=tmp_path / "workspace")
    for name in NAMES:
        build.set(name, status="retrying", attempts=1, feedback=[finding("app/a.py").model_dump()])
    return build


@pytest.fixture
def round_(build: Build) -> Round:
    return build.open_round(*NAMES, number=2)


@pytest.fixture
def when_asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], None]], None]:
    """What happens while a model is asked about the atom of a name; it answers with the text that is there."""

    def install(happens: Callable[[str], None]) -> None:
        def ask(purpose: str, inputs: AtomRetryInputs, **_: Any) -> Reply[AtomCode]:
            happens(inputs.atom.qualname)
            return Reply(
                answer=AtomCode(code=inputs.atom.text),
                call_id=uuid.uuid4(),
                provider="test",
                model="test",
                tokens=Usage(),
                cost=Decimal(0),
                seconds=0.0,
                temperature=None,
                effort=None,
                requests=1,
            )

        monkeypatch.setattr("execution.waves.attempting.ask", ask)

    return install


def keys(build: Build) -> list[uuid.UUID]:
    return [build.atoms[name].pk for name in NAMES]


def test_the_models_are_asked_at_the_same_time(build: Build, round_: Round, when_asked: Any) -> None:
    together = threading.Barrier(len(NAMES))
    when_asked(lambda name: together.wait(PATIENCE))
    assert retry_atoms(round_.pk, keys(build)) == {"recorded": 4}
    assert set(build.statuses().values()) == {"validating"}
    rows = AtomAttempt.objects.order_by("atom__number").values_list("atom__name", "attempt", "code")
    assert list(rows) == [(name, 2, TEXTS[name]) for name in NAMES]


def test_no_more_at_once_than_the_process_has_hands_and_none_is_claimed_before(
    build: Build, round_: Round, when_asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = Hands(2)
    monkeypatch.setattr(retrying, "hands", lambda: hands)
    pairs = threading.Barrier(2)
    claimed = []

    def look(name: str) -> None:
        claimed.append(Atom.objects.filter(status="running").count())
        pairs.wait(PATIENCE)

    when_asked(look)
    assert retry_atoms(round_.pk, keys(build)) == {"recorded": 4}
    assert claimed == [2] * 4
    assert hands.free == 2


def test_who_waits_for_hands_or_models_holds_no_connection(
    build: Build, round_: Round, when_asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = connections["default"]
    hands = Hands(2)
    monkeypatch.setattr(retrying, "hands", lambda: hands)
    held: list[bool] = []
    take = hands.taken

    def taken(*arguments: Any, **named: Any) -> Any:
        held.append(ours.connection is not None)
        return take(*arguments, **named)

    monkeypatch.setattr(hands, "taken", taken)

    def look(name: str) -> None:
        for _ in range(PATIENCE * 100):
            if ours.connection is None:
                return
            threading.Event().wait(0.01)
        held.append(True)

    when_asked(look)
    assert retry_atoms(round_.pk, keys(build)) == {"recorded": 4}
    assert held == [False, False]


def test_a_slow_call_keeps_no_hand_but_its_own(
    build: Build, round_: Round, when_asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = Hands(4)
    monkeypatch.setattr(retrying, "hands", lambda: hands)
    others_are_back = threading.Event()
    give = hands.give

    def given(number: int) -> None:
        give(number)
        if hands.free == 3:
            others_are_back.set()

    monkeypatch.setattr(hands, "give", given)
    in_time: list[bool] = []

    def slow(name: str) -> None:
        if name == "f0":
            in_time.append(others_are_back.wait(PATIENCE))

    when_asked(slow)
    assert retry_atoms(round_.pk, keys(build)) == {"recorded": 4}
    assert in_time == [True]
    assert hands.free == 4


def test_a_prompt_that_is_too_large_is_a_fault_of_its_atom_and_stops_no_other(
    build: Build, round_: Round, when_asked: Any
) -> None:
    when_asked(failing("f1", PromptTooLarge("It does not fit.")))
    assert retry_atoms(round_.pk, keys(build)) == {"recorded": 4}
    attempts = AtomAttempt.objects.order_by("atom__number").values_list("atom__name", "success", "errors__0__code")
    assert list(attempts) == [
        ("f0", None, None),
        ("f1", False, "prompt_too_large"),
        ("f2", None, None),
        ("f3", None, None),
    ]
    build.run.refresh_from_db()
    assert build.run.status == "running"


def test_an_outage_of_one_call_puts_its_atom_back_and_keeps_what_the_others_answered(
    build: Build, round_: Round, when_asked: Any
) -> None:
    when_asked(failing("f1", ProviderUnavailable("Down.")))
    assert retry_atoms(round_.pk, keys(build)) == {"recorded": 3, "provider_unavailable": 1}
    assert build.statuses() == {"f0": "validating", "f1": "retrying", "f2": "validating", "f3": "validating"}
    assert (build.atom("f1").claim, build.atom("f1").attempts) == (None, 1)
    assert build.current_run().status == "paused"


def test_an_error_that_nobody_expected_is_raised_after_the_others_are_stored(
    build: Build, round_: Round, when_asked: Any
) -> None:
    when_asked(failing("f2", RuntimeError("a bug")))
    with pytest.raises(RuntimeError, match="a bug"):
        retry_atoms(round_.pk, keys(build))
    assert build.statuses() == {"f0": "validating", "f1": "validating", "f2": "running", "f3": "validating"}
    assert build.atom("f2").claim is not None, "it is free when the claim ends"


def test_a_database_that_is_away_for_one_answer_does_not_cost_those_that_come_later(
    build: Build, round_: Round, when_asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = threading.Event()

    def give_back(**given: Any) -> set[uuid.UUID]:
        if not away.is_set():
            away.set()
            raise OperationalError("the server closed the connection")
        return claiming.give_back(**given)

    monkeypatch.setattr(retrying, "give_back", give_back)
    monkeypatch.setattr(retrying, "TOGETHER", 0)
    when_asked(lambda name: None if name == "f0" else require(away.wait(PATIENCE)))
    with pytest.raises(OperationalError):
        retry_atoms(round_.pk, keys(build))
    assert build.statuses() == {"f0": "running", "f1": "validating", "f2": "validating", "f3": "validating"}


def require(happened: bool) -> None:
    assert happened


def failing(name: str, error: DevMatrixError | RuntimeError) -> Callable[[str], None]:
    def happens(asked: str) -> None:
        if asked == name:
            raise error

    return happens


def test_what_others_hold_is_left_to_them(build: Build, round_: Round, when_asked: Any) -> None:
    when_asked(lambda name: None)
    build.set("f0", status="running", claim=uuid.uuid4())
    assert retry_atoms(round_.pk, keys(build)) == {"not ours": 1, "recorded": 3}
    assert retry_atoms(round_.pk, keys(build)) == {"not ours": 4}
    assert AtomAttempt.objects.count() == 3
