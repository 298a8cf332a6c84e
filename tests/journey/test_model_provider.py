"""The main job with a real provider: the SDK, a Messages server that is sometimes out of order, and the whole walk."""

from __future__ import annotations

import random
import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pytest

from common.models import PlanEvent
from devmatrix_project.services.application import ModelWorker
from execution.models import Atom, Run
from execution.states import AtomStatus
from integrations.llm.offline.options import EngineOptions
from integrations.llm.rehearsal.answering import Understudy
from integrations.llm.rehearsal.reading import read_prompt
from integrations.llm.rehearsal.server import MessagesHandler, serving
from integrations.llm.rehearsal.wire import Answer, Failure, events_of
from integrations.models import LLMCall, Reservation
from planning.models import MasterPlan
from tests.journey.faults import building, until
from tests.journey.invariants import check_invariants
from tests.journey.private_services import PrivateServices, frozen, kill

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

REQUEST = "An API for notes. A note has a title and a text and belongs to a notebook; a notebook has a name."


KEY = "rehearsal"
SEED = 3
"""Of the mistakes in the code that the model writes: some atoms are asked for again."""
OUTAGE = 60.0
"""Seconds for which nobody answers at the server's address."""


@dataclass
class Moods:
    """What the server is like at the moment. ``fault_share`` of requests fail in one way or another.

    While it is ``down`` it hangs up on everybody; while ``open`` is not set, nobody gets a second try at an atom.
    """

    understudy: Understudy = field(default_factory=lambda: Understudy(EngineOptions(fault_rate=0.2, seed=SEED)))
    fault_share: float = 0.0
    down: bool = False
    open: threading.Event = field(default_factory=threading.Event)
    key: str = KEY
    done: Counter[str] = field(default_factory=Counter)
    _dice: random.Random = field(default_factory=lambda: random.Random(7))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def throw(self) -> str:
        with self._lock:
            faulty = self._dice.random() < self.fault_share
            fault = self._dice.choice(["overloaded", "rate_limited", "cut", "broken_json"]) if faulty else "none"
            self.done[fault] += 1
            return fault

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Whoever asks for an atom again waits for the end of the block."""
        self.open.clear()
        try:
            yield
        finally:
            self.open.set()

    @contextmanager
    def in_good_order(self) -> Iterator[None]:
        """No request fails within the block."""
        before, self.fault_share = self.fault_share, 0.0
        try:
            yield
        finally:
            self.fault_share = before


MOODS = Moods()
MOODS.open.set()


class MoodyHandler(MessagesHandler):
    """Answers by the offline engine, unless its mood is another."""

    def respond(self, body: dict[str, Any]) -> None:
        if not MOODS.open.is_set() and read_prompt(body).purpose.name == "atom_retry":
            MOODS.open.wait(timeout=300)
        if MOODS.down:
            MOODS.done["down"] += 1
            self.close_connection = True  # in the middle of a request, as a machine that goes down
            return
        if self.headers.get("x-api-key") != MOODS.key and self.headers.get("authorization") != f"Bearer {MOODS.key}":
            self.send_failure(Failure(401, "authentication_error", "invalid x-api-key"))
            return
        match MOODS.throw():
            case "overloaded":
                self.send_failure(Failure(529, "overloaded_error", "Overloaded"))
            case "rate_limited":
                self.send_failure(Failure(429, "rate_limit_error", "slowly", (("retry-after", "1"),)))
            case "cut":
                answer, _ = MOODS.understudy.answer(body)
                assert isinstance(answer, Answer)
                self.cut(answer, body)
            case "broken_json":
                self.send_answer(Answer('{"files": ['), body)
            case _:
                super().respond(body)

    def cut(self, answer: Answer, body: dict[str, Any]) -> None:
        if body.get("stream"):
            self.send_stream(islice(events_of(answer, body["model"]), 4), finish=False)
        else:
            self.send_whole(
                200, "application/json", answer.text[: len(answer.text) // 2], length=len(answer.text) + 999
            )


class Server:
    """The server at an address that stays its own while it is down: connections are refused then."""

    def __init__(self) -> None:
        self._place = socket.socket()
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._place.bind(("127.0.0.1", 0))
        self._running = ExitStack()
        MoodyHandler.understudy = MOODS.understudy

    def start(self) -> str:
        """Its base URL."""
        MOODS.down = False
        return self._running.enter_context(serving(MoodyHandler, port=self._place.getsockname()[1]))

    def stop(self) -> None:
        """Nobody listens any more, and those who are connected are hung up on."""
        MOODS.down = True
        self._running.close()

    def close(self) -> None:
        self._running.close()
        self._place.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def services(server: Server, services: PrivateServices) -> PrivateServices:
    """The usual private services, whose model is our server."""
    services.settings |= {
        "LLM_PROVIDER": "anthropic",
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": server.start(),
        "LLM_BREAKER_SECONDS": "2",
        "CLAIM_LEASE_SECONDS": "5",
        "RECONCILE_EVERY_SECONDS": "1",
        "RESEND_AFTER_SECONDS": "3",
    }
    return services


@pytest.fixture(autouse=True)
def _in_good_order() -> Iterator[None]:
    yield
    MOODS.fault_share, MOODS.key = 0.0, KEY


def calls_of(plan: MasterPlan) -> Any:
    return LLMCall.objects.filter(conversation_id=plan.conversation_id)


@dataclass
class Built:
    """A plan, and the atoms whose second attempt was lost with its worker, and came late."""

    plan: MasterPlan
    killed: dict[uuid.UUID, int]
    late: dict[uuid.UUID, int]
    calls_lost: int = 0


@pytest.fixture(scope="module")
def built(workers: PrivateServices, server: Server) -> Built:
    """With a fifth of all requests failing, an outage while tasks were drafted, and a worker killed and one stopped
    while they waited for the model.
    """
    MOODS.fault_share = 0.2
    with building(workers, REQUEST, "--json") as begun:
        run = begun.run()
        until(lambda: run.plan.tasks.filter(draft__isnull=False).count() >= 3, "three tasks are drafted")
        nobody_answers_for_a_minute(server, run)
        killed, dead = model_worker_dies_while_it_waits_for_retries(workers, run)
        late = model_worker_sleeps_longer_than_its_claims(workers, run, dead)
        begun.process.communicate(timeout=240)
    completed = MasterPlan.objects.filter(pk=run.plan_id, status="completed")
    until(completed.exists, "the plan is completed", seconds=600)
    return Built(completed.get(), killed, late, len(dead))


@pytest.fixture(scope="module")
def plan(built: Built) -> MasterPlan:
    return built.plan


def nobody_answers_for_a_minute(server: Server, run: Run) -> None:
    """The run pauses meanwhile, and goes on by itself when the server is there again."""
    server.stop()
    over = time.monotonic() + OUTAGE
    paused = MasterPlan.objects.filter(pk=run.plan_id, pause_reason="provider_unavailable")
    until(paused.exists, "the run is paused", seconds=300)
    until(lambda: time.monotonic() > over, "a minute is over")
    drafted = run.plan.tasks.filter(draft__isnull=False).count()
    server.start()
    until(lambda: run.plan.tasks.filter(draft__isnull=False).count() > drafted, "it goes on")


def open_calls(run: Run, dead: Collection[uuid.UUID] = ()) -> Any:
    """Calls for atoms that are asked for again, but the ``dead``, of which nobody will ever hear."""
    calls = calls_of(run.plan).filter(purpose="atom_retry", reservation=Reservation.RESERVED)
    return calls.exclude(pk__in=dead)


def retries_in_hand(run: Run, dead: Collection[uuid.UUID] = ()) -> dict[uuid.UUID, int]:
    """Atoms that are being asked for again, with how often each was claimed."""
    asked = Atom.objects.filter(plan_id=run.plan_id, status=AtomStatus.RUNNING, attempts__gt=0, claim__isnull=False)
    return dict(asked.filter(pk__in=open_calls(run, dead).values("atom_id")).values_list("pk", "claims"))


def model_worker_dies_while_it_waits_for_retries(
    workers: PrivateServices, run: Run
) -> tuple[dict[uuid.UUID, int], list[uuid.UUID]]:
    """The atoms that it held, and the calls that at most died with it."""
    worker = workers.service(ModelWorker)
    with MOODS.silent():
        until(lambda: retries_in_hand(run), "atoms are asked for again")
        with frozen(worker):
            held = retries_in_hand(run)
            calls = list(calls_of(run.plan).filter(reservation=Reservation.RESERVED).values_list("pk", flat=True))
            kill(worker)
    workers.start(ModelWorker)
    return held, calls


def model_worker_sleeps_longer_than_its_claims(
    workers: PrivateServices, run: Run, dead: list[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """The atoms whose answers came when their claims had long expired and were free for others."""
    with MOODS.silent(), MOODS.in_good_order():
        until(lambda: retries_in_hand(run, dead), "atoms are asked for again")
        with frozen(workers.service(ModelWorker)):
            held = retries_in_hand(run, dead)
            late = list(open_calls(run, dead).filter(atom_id__in=held).values_list("pk", flat=True))
            MOODS.open.set()
            running = Atom.objects.filter(pk__in=held, status=AtomStatus.RUNNING)
            until(lambda: not running.exists(), "claims of a worker that sleeps are freed")
        until(lambda: not open_calls(run, dead).filter(pk__in=late).exists(), "the late answers are read")
    return held


def test_a_provider_that_is_sometimes_out_of_order_builds_the_whole_project(built: Built) -> None:
    assert {"overloaded", "rate_limited", "cut", "broken_json"} <= set(MOODS.done), MOODS.done
    failed = calls_of(built.plan).filter(error_code="stream_cut").count()
    check_invariants(built.plan, calls_lost=failed + built.calls_lost)


def test_what_a_worker_that_died_had_in_hand_is_asked_again_and_spends_no_attempt(built: Built) -> None:
    assert built.killed
    for atom in Atom.objects.filter(pk__in=built.killed):
        assert atom.claims > built.killed[atom.pk]
        assert list(atom.attempt_rows.order_by("attempt").values_list("attempt", flat=True)) == [
            *range(1, atom.attempts + 1)
        ]


def test_an_answer_that_comes_after_its_claim_is_paid_and_not_stored(built: Built) -> None:
    assert built.late
    for atom in Atom.objects.filter(pk__in=built.late):
        assert atom.claims > built.late[atom.pk]
        paid = LLMCall.objects.filter(atom_id=atom.pk, purpose="atom_retry", error_code="", cost__gt=0).count()
        stored = atom.attempt_rows.filter(attempt__gt=1, cost__gt=0).count()
        assert paid > stored


def test_every_request_is_in_the_ledger_with_what_it_cost(plan: MasterPlan) -> None:
    calls = calls_of(plan)
    assert set(calls.values_list("provider", flat=True)) == {"anthropic"}
    codes = Counter(calls.values_list("error_code", flat=True))
    assert {"", "overloaded", "rate_limited", "stream_cut", "answer_invalid"} <= set(codes)
    assert calls.filter(error_code="", cost=0, reservation=Reservation.SETTLED).count() == 0
    assert calls.filter(error_code__in=["overloaded", "rate_limited"], cost__gt=0).count() == 0


def test_watchers_saw_tokens_come_while_the_plan_was_made(plan: MasterPlan) -> None:
    seen = PlanEvent.objects.filter(stream_id=plan.conversation_id, type="masterplan_tokens_progress")
    assert seen.exists()
    assert all(event.data["tokens_received"] > 0 for event in seen)


def test_what_calls_share_was_read_from_the_cache(plan: MasterPlan) -> None:
    drafts = calls_of(plan).filter(purpose="task_code", error_code="")
    assert drafts.filter(tokens_cache_read__gt=0).count() > drafts.count() / 2


def test_an_outage_spends_no_attempt(plan: MasterPlan) -> None:
    outage = calls_of(plan).exclude(error_code__in=["", "overloaded", "rate_limited", "stream_cut", "answer_invalid"])
    assert outage.exists()
    assert outage.filter(cost__gt=0).count() == 0
    answered = Counter(calls_of(plan).filter(purpose="task_code", error_code="").values_list("task_id", flat=True))
    assert [task.short_id for task in plan.tasks.all() if task.draft_attempts > answered[task.pk]] == []


def test_a_wrong_key_is_told_with_what_to_do(workers: PrivateServices) -> None:
    MOODS.key = "another"
    done = workers.manage("build", REQUEST, "--yes")
    assert done.returncode == 2
    assert "ANTHROPIC_API_KEY" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
