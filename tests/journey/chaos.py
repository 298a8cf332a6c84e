"""Faults drawn from a seed: the same seed draws the same faults in the same order; the machine decides the moments."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

from celery import Celery
from django.db import connection

from common.errors import DevMatrixError
from devmatrix_project.services.application import ApplicationService, Beat, DefaultWorker, ModelWorker, ProcessorWorker
from execution.dispatch import URGENCIES
from execution.models import Round, Run
from execution.reconciler import reconcile
from execution.services.runs import ask_to_pause, resume_run
from execution.states import RoundStatus, RunStatus
from integrations.models import LLMCall, Reservation
from planning.models import MasterPlan, Task
from planning.states import PlanStatus
from tests.execution.building import PERSON
from tests.journey.private_services import PrivateServices, children, frozen, kill

QUEUES = ("llm", "cpu", "default", "maintenance")
WORKERS: tuple[type[ApplicationService], ...] = (ModelWorker, ProcessorWorker, DefaultWorker)
FAULTS = 7
PAUSES = (0.1, 1.5)
"""Seconds between two faults."""


@dataclass
class Chaos:
    """What strikes a run. ``struck`` tells what was done, ``calls_lost`` how many calls at most died on the way."""

    services: PrivateServices
    run: Run
    dice: random.Random
    struck: list[str] = field(default_factory=list)
    calls_lost: int = 0

    def rage(self) -> None:
        """Strike until enough was struck, or the run is over."""
        for _ in range(FAULTS):
            time.sleep(self.dice.uniform(*PAUSES))
            fault = self.dice.choice(self.faults())
            if not Run.objects.filter(pk=self.run.pk, status__in=[RunStatus.RUNNING, RunStatus.PAUSED]).exists():
                return
            self.calls_lost += self._calls_in_hand()
            fault()
            self.struck.append(fault.__name__)

    def faults(self) -> list[Callable[[], object]]:
        return [
            self.kill_a_worker,
            self.kill_a_worker,
            self.kill_children,
            self.end_a_worker,
            self.kill_beat,
            self.lose_redis,
            self.restart_redis,
            self.restart_postgresql,
            self.double_messages,
            self.forget_chords,
            self.call_back_twice,
            self.reconcile_from_two_places,
            self.pause_and_resume,
        ]

    # -- processes

    def kill_a_worker(self) -> None:
        kind = self.dice.choice(WORKERS)
        self._kill(kind)

    def kill_beat(self) -> None:
        self._kill(Beat)

    def kill_children(self) -> None:
        """Of the worker that forks; it starts new ones itself."""
        for process in children(self.services.service(ProcessorWorker)):
            process.kill()

    def end_a_worker(self) -> None:
        """SIGTERM: it finishes what it has in hand, if it may."""
        kind = self.dice.choice(WORKERS)
        self.services.service(kind).stop()
        self.services.start(kind)

    def _kill(self, kind: type[ApplicationService]) -> None:
        service = self.services.service(kind)
        with frozen(service):
            self.calls_lost += self._calls_in_hand()
            kill(service)
        self.services.start(kind)

    def _calls_in_hand(self) -> int:
        """Calls under way, and drafts whose call is settled and whose answer is not stored yet."""
        reserved = LLMCall.objects.filter(reservation=Reservation.RESERVED)
        drafts = Task.objects.filter(plan_id=self.run.plan_id, draft__isnull=True, draft_claim__isnull=False)
        return reserved.count() + drafts.count()

    # -- data services

    def lose_redis(self) -> None:
        kill(self.services.redis)
        (self.services.redis.data / "dump.rdb").unlink(missing_ok=True)
        self.services.redis.start()

    def restart_redis(self) -> None:
        with self.services.broker() as broker:
            broker.save()
        kill(self.services.redis)
        self.services.redis.start()

    def restart_postgresql(self) -> None:
        """What is asked of a model at that moment may be lost: nobody can say then that it was paid."""
        with ExitStack() as still:
            for kind in WORKERS:
                still.enter_context(frozen(self.services.service(kind)))
            self.calls_lost += self._calls_in_hand()
            connection.close()
            self.services.postgresql.stop()
            self.services.postgresql.start()

    # -- messages

    def double_messages(self) -> None:
        kind = self.dice.choice(WORKERS)
        with frozen(self.services.service(kind)):
            time.sleep(0.3)
            self.double_waiting_messages()

    def double_waiting_messages(self) -> int:
        """What waits in the queues, twice; how many messages that are."""
        doubled = 0
        with self.services.broker() as broker:
            for queue in QUEUES:
                for level in range(URGENCIES):
                    name = f"{queue}\x06\x16{level}" if level else queue
                    for message in broker.lrange(name, 0, -1):
                        doubled += bool(broker.lpush(name, message))
        return doubled

    def forget_chords(self) -> None:
        with self.services.broker() as broker:
            for key in broker.scan_iter("celery-taskset-meta-*"):
                broker.delete(key)

    def call_back_twice(self) -> bool:
        """``False`` when no round is open."""
        round_ = Round.objects.filter(plan_id=self.run.plan_id, status=RoundStatus.OPEN).first()
        with Celery(broker=self.services.redis.url) as sender:
            for _ in range(2 if round_ else 0):
                sender.send_task("execution.tasks.close_round", args=[str(round_.pk)], queue="cpu")  # type: ignore[union-attr]  # there is one
        return round_ is not None

    # -- people and the reconciler

    def reconcile_from_two_places(self) -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda _: _reconcile(), range(2)))

    def pause_and_resume(self) -> None:
        """From a process whose messages reach nobody."""
        plan = MasterPlan.objects.get(pk=self.run.plan_id)
        with suppress(DevMatrixError):
            ask_to_pause(plan=plan, actor=PERSON)
        time.sleep(self.dice.uniform(*PAUSES))
        self.resume()

    def resume(self) -> None:
        """Go on, if the run waits for a person."""
        plan = MasterPlan.objects.get(pk=self.run.plan_id)
        if plan.status in (PlanStatus.PAUSED, PlanStatus.IN_PROGRESS):
            with suppress(DevMatrixError):
                resume_run(plan=plan, actor=PERSON)


def _reconcile() -> None:
    try:
        reconcile()
    finally:
        connection.close()
