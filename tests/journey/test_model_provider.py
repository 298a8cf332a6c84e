"""The main job with a real provider: the SDK, a Messages server that is sometimes out of order, and the whole walk."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pytest

from common.models import PlanEvent
from execution.models import AtomAttempt
from integrations.llm.rehearsal.answering import Understudy
from integrations.llm.rehearsal.server import MessagesHandler, serving
from integrations.llm.rehearsal.wire import Answer, Failure, events_of
from integrations.models import LLMCall
from planning.models import MasterPlan
from tests.journey.faults import building, until
from tests.journey.invariants import check_invariants
from tests.journey.private_services import PrivateServices

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

REQUEST = "An API for notes. A note has a title and a text and belongs to a notebook; a notebook has a name."


KEY = "rehearsal"


@dataclass
class Moods:
    """What the server is like at the moment. ``fault_share`` of requests fail in one way or another."""

    understudy: Understudy = field(default_factory=Understudy)
    fault_share: float = 0.0
    down: bool = False
    key: str = KEY
    done: Counter[str] = field(default_factory=Counter)
    _dice: random.Random = field(default_factory=lambda: random.Random(7))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def throw(self) -> str:
        with self._lock:
            faulty = self._dice.random() < self.fault_share
            fault = self._dice.choice(["overloaded", "rate_limited", "cut", "broken_json"]) if faulty else "none"
            kind = "down" if self.down else fault
            self.done[kind] += 1
            return kind


MOODS = Moods()


class MoodyHandler(MessagesHandler):
    """Answers by the offline engine, unless its mood is another."""

    def respond(self, body: dict[str, Any]) -> None:
        if self.headers.get("x-api-key") != MOODS.key and self.headers.get("authorization") != f"Bearer {MOODS.key}":
            self.send_failure(Failure(401, "authentication_error", "invalid x-api-key"))
            return
        match MOODS.throw():
            case "down" | "overloaded":
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


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    MoodyHandler.understudy = MOODS.understudy
    with serving(MoodyHandler) as made:
        yield made


@pytest.fixture(scope="module")
def services(address: str, services: PrivateServices) -> PrivateServices:
    """The usual private services, whose model is our server."""
    services.settings |= {
        "LLM_PROVIDER": "anthropic",
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": address,
        "LLM_BREAKER_SECONDS": "2",
        "RECONCILE_EVERY_SECONDS": "1",
    }
    return services


@pytest.fixture(autouse=True)
def _in_good_order() -> Iterator[None]:
    yield
    MOODS.fault_share, MOODS.down, MOODS.key = 0.0, False, KEY


def calls_of(plan: MasterPlan) -> Any:
    return LLMCall.objects.filter(conversation_id=plan.conversation_id)


@pytest.fixture(scope="module")
def plan(workers: PrivateServices) -> MasterPlan:
    """Built with a fifth of all requests failing, and with an outage while its tasks were drafted."""
    MOODS.fault_share = 0.2
    with building(workers, REQUEST, "--json") as begun:
        plan = begun.run().plan
        until(lambda: plan.tasks.filter(draft__isnull=False).count() >= 3, "three tasks are drafted")
        MOODS.down = True
        paused = MasterPlan.objects.filter(pk=plan.pk, pause_reason="provider_unavailable")
        until(paused.exists, "the run is paused", seconds=300)
        MOODS.down = False
        begun.process.communicate(timeout=240)
    completed = MasterPlan.objects.filter(pk=plan.pk, status="completed")
    until(completed.exists, "the plan is completed", seconds=600)
    return completed.get()


def test_a_provider_that_is_sometimes_out_of_order_builds_the_whole_project(plan: MasterPlan) -> None:
    assert {"overloaded", "rate_limited", "cut", "broken_json"} <= set(MOODS.done), MOODS.done
    failed = calls_of(plan).filter(error_code="stream_cut").count()
    check_invariants(plan, calls_lost=failed)
    assert not AtomAttempt.objects.filter(atom__plan=plan, success=False).exists(), "code is that of the offline engine"


def test_every_request_is_in_the_ledger_with_what_it_cost(plan: MasterPlan) -> None:
    calls = calls_of(plan)
    assert set(calls.values_list("provider", flat=True)) == {"anthropic"}
    codes = Counter(calls.values_list("error_code", flat=True))
    assert {"", "overloaded", "rate_limited", "stream_cut", "answer_invalid"} <= set(codes)
    assert calls.filter(error_code="", cost=0).count() == 0
    assert calls.filter(error_code__in=["overloaded", "rate_limited"], cost__gt=0).count() == 0


def test_watchers_saw_tokens_come_while_the_plan_was_made(plan: MasterPlan) -> None:
    seen = PlanEvent.objects.filter(stream_id=plan.conversation_id, type="masterplan_tokens_progress")
    assert seen.exists()
    assert all(event.data["tokens_received"] > 0 for event in seen)


def test_what_calls_share_was_read_from_the_cache(plan: MasterPlan) -> None:
    drafts = calls_of(plan).filter(purpose="task_code", error_code="")
    assert drafts.filter(tokens_cache_read__gt=0).count() > drafts.count() / 2


def test_an_outage_spends_no_attempt(plan: MasterPlan) -> None:
    assert MOODS.done["down"] > 0
    assert not plan.tasks.filter(draft_attempts__gt=1).exists()


def test_a_wrong_key_is_told_with_what_to_do(workers: PrivateServices) -> None:
    MOODS.key = "another"
    done = workers.manage("build", REQUEST, "--yes")
    assert done.returncode == 2
    assert "ANTHROPIC_API_KEY" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
