"""Real processes die in the middle of a build: it is finished all the same, and nothing accepted is done twice."""

from __future__ import annotations

import random
import uuid
from contextlib import ExitStack
from datetime import datetime

import pytest
from django.db import connection

from devmatrix_project.services.application import DefaultWorker, ModelWorker, ProcessorWorker
from execution.models import Atom, AtomAttempt, Round, Run, Wave
from execution.states import AtomStatus, RoundStatus, Stage, WaveStatus
from integrations.models import LLMCall, Reservation
from planning.models import MasterPlan, Task
from planning.states import PlanStatus
from tests.journey.chaos import Chaos
from tests.journey.faults import Build, building, kill_when, until
from tests.journey.invariants import check_invariants
from tests.journey.private_services import PrivateServices, children, frozen, interrupt, kill

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(1500)]

SETTINGS = {
    "CLAIM_LEASE_SECONDS": "3",
    "DATABASE_IDLE_TRANSACTION_SECONDS": "5",
    "RECONCILE_EVERY_SECONDS": "1",
    "RESEND_AFTER_SECONDS": "3",
    "ATOM_BATCH_SIZE": "5",
}
REQUEST = "An API for notes. A note has a title and a text."
ORDER = list(Stage.values)

Accepted = dict[uuid.UUID, tuple[uuid.UUID | None, int]]
"""Accepted atoms with their accepted text and number of attempts."""


def in_waves(build: Build) -> Run:
    """The run of a build, as soon as its first wave is complete."""
    run = build.run()
    until(lambda: Wave.objects.filter(plan=run.plan, status=WaveStatus.COMPLETED).exists(), "a wave is completed")
    return run


def accepted_of(plan: MasterPlan) -> Accepted:
    rows = Atom.objects.filter(plan=plan, status=AtomStatus.ACCEPTED).values_list("pk", "accepted_id", "attempts")
    return {pk: (revision, attempts) for pk, revision, attempts in rows}


def assert_kept(before: Accepted, plan: MasterPlan) -> None:
    """What was accepted before is accepted as it was, and was not tried again."""
    assert before
    after = accepted_of(plan)
    assert {pk: after.get(pk) for pk in before} == before


def completed(run: Run) -> None:
    """Wait until the plan is completed; whoever watches may have been told in between that no worker is there."""
    until(MasterPlan.objects.filter(pk=run.plan_id, status=PlanStatus.COMPLETED).exists, "it is built", seconds=600)


def open_round(run: Run) -> Round | None:
    return Round.objects.filter(plan_id=run.plan_id, status=RoundStatus.OPEN, dispatches__gt=0).first()


def test_a_build_outlives_every_kind_of_worker_and_a_death_in_every_stage(workers: PrivateServices) -> None:
    with building(workers, REQUEST, "--json") as build:
        run = build.run()
        drafted, in_hand = model_worker_dies_while_tasks_are_drafted(workers, run)
        died = {stage: dies_within(workers, run, stage) for stage in (Stage.ATOMIZATION, Stage.ORDERING)}
        in_waves(build)
        before, judged = processor_dies_while_atoms_are_judged(workers, run)
        before |= processor_dies_while_a_round_is_closed(workers, run)
        before |= default_worker_dies_between_two_rounds(workers, run)
        in_hand += postgresql_is_restarted(workers)
        redis_is_restarted_with_its_data(workers)
        before |= every_worker_is_asked_to_end(workers, run)
        for stage in (Stage.INFRASTRUCTURE, Stage.TESTING, Stage.CLOSING):
            died[stage] = dies_within(workers, run, stage)
        completed(run)
    assert died[Stage.TESTING] is not None, "the longest; others may be over before one could look"
    in_hand += sum(calls or 0 for calls in died.values())
    tasks = Task.objects.filter(plan=run.plan)
    assert dict(tasks.filter(pk__in=drafted).values_list("pk", "drafted_at")) == drafted
    assert_kept(before, run.plan)
    assert not Atom.objects.filter(pk__in=judged, claims__lt=2).exists(), "a lost claim is repeated"
    assert set(AtomAttempt.objects.filter(atom__in=judged).values_list("attempt", flat=True)) == {1}
    check_invariants(run.plan, calls_lost=in_hand)


def model_worker_dies_while_tasks_are_drafted(
    workers: PrivateServices, run: Run
) -> tuple[dict[uuid.UUID, datetime | None], int]:
    """The drafts that were there with their moments, and how many were being made."""
    tasks = Task.objects.filter(plan=run.plan)
    until(lambda: tasks.filter(draft__isnull=False).count() >= 3, "three tasks are drafted")
    held = tasks.filter(draft__isnull=True, draft_claim__isnull=False)
    in_hand = kill_when(workers.service(ModelWorker), held.count, "tasks are being drafted")
    drafted = dict(tasks.filter(draft__isnull=False).values_list("pk", "drafted_at"))
    workers.start(ModelWorker)
    return drafted, in_hand


def processor_dies_while_atoms_are_judged(workers: PrivateServices, run: Run) -> tuple[Accepted, list[uuid.UUID]]:
    """What was accepted, and the atoms whose judgement was lost."""
    held = Atom.objects.filter(plan=run.plan, status=AtomStatus.RUNNING, claim__isnull=False)
    kill_when(workers.service(ProcessorWorker), held.count, "atoms are being judged")
    before = accepted_of(run.plan)
    judged = list(held.values_list("pk", flat=True))
    assert judged
    workers.start(ProcessorWorker)
    return before, judged


def processor_dies_while_a_round_is_closed(workers: PrivateServices, run: Run) -> Accepted:
    closing = Round.objects.filter(plan=run.plan, status=RoundStatus.OPEN, claim__isnull=False)
    round_ = kill_when(workers.service(ProcessorWorker), closing.first, "a round is being closed")
    before = accepted_of(run.plan)
    workers.start(ProcessorWorker)
    closed = Round.objects.filter(pk=round_.pk, status=RoundStatus.CLOSED)
    until(closed.exists, "another closes it")  # the reconciler's work, and what it runs in dies next
    return before


def default_worker_dies_between_two_rounds(workers: PrivateServices, run: Run) -> Accepted:
    worker = workers.service(DefaultWorker)
    with frozen(worker):
        until(lambda: open_round(run) is None, "the round is closed, and nobody opens the next")
        assert Run.objects.get(pk=run.pk).stage == Stage.WAVES
        kill(worker)
    before = accepted_of(run.plan)
    workers.start(DefaultWorker)
    return before


def test_a_build_outlives_the_broker_lost_and_doubled_messages_and_the_person_at_the_keyboard(
    workers: PrivateServices,
) -> None:
    with building(workers, REQUEST, "--quiet") as build:
        run = in_waves(build)
        lost = callback_of_a_chord_is_lost(workers, run)
        messages_are_doubled(workers, run)
        before = redis_is_killed_and_comes_back_empty(workers, run)
        interrupt(build.process)
        out, errors = build.process.communicate(timeout=240)
    assert build.process.returncode == 1, errors
    assert out == ""
    assert f"Paused. Go on with: manage.py resume {run.plan_id}\n" in errors
    assert "Traceback" not in errors
    until(lambda: MasterPlan.objects.get(pk=run.plan_id).status == PlanStatus.PAUSED, "the plan is paused")
    assert Run.objects.get(pk=run.pk).stage == Stage.WAVES
    assert not Atom.objects.filter(plan=run.plan, status=AtomStatus.RUNNING).exists()
    before |= accepted_of(run.plan)
    done = workers.manage("resume", str(run.plan_id), "--json")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert Round.objects.get(pk=lost.pk).status == RoundStatus.CLOSED
    assert_kept(before, run.plan)
    check_invariants(run.plan)


def callback_of_a_chord_is_lost(workers: PrivateServices, run: Run) -> Round:
    """The round whose callback nobody will send; it is closed by somebody else when this returns."""
    with frozen(workers.service(ProcessorWorker)):
        round_ = until(lambda: wide_round(run), "a round of several batches is open")
        assert forget_chords(workers)
    closed = Round.objects.filter(pk=round_.pk, status=RoundStatus.CLOSED)
    until(closed.exists, "the round is closed all the same")
    return round_


def messages_are_doubled(workers: PrivateServices, run: Run) -> None:
    """Those of a round, its callback among them, and two reconcilers at once."""
    chaos = Chaos(workers, run, random.Random(1))

    def strike() -> Round | None:
        with frozen(workers.service(ProcessorWorker)):
            return open_round(run) if chaos.double_waiting_messages() and chaos.call_back_twice() else None

    round_ = until(strike, "messages wait while a round is open")
    chaos.reconcile_from_two_places()
    until(Round.objects.filter(pk=round_.pk, status=RoundStatus.CLOSED).exists, "the round is closed")


def redis_is_killed_and_comes_back_empty(workers: PrivateServices, run: Run) -> Accepted:
    kill_when(workers.redis, lambda: open_round(run), "a round is open")
    before = accepted_of(run.plan)
    workers.redis.start()
    with workers.broker() as broker:
        assert broker.dbsize() < 10, "it came back empty"
    until(lambda: len(accepted_of(run.plan)) > len(before), "atoms are accepted again")
    return before


def wide_round(run: Run) -> Round | None:
    """An open round that was sent as a real chord: one of a single batch is sent as a chain."""
    round_ = open_round(run)
    return round_ if round_ is not None and len(round_.atom_ids) > 2 * int(SETTINGS["ATOM_BATCH_SIZE"]) else None


def forget_chords(services: PrivateServices) -> int:
    """Drop what the result backend knows of chords; the messages in the queues stay. How many keys there were."""
    with services.broker() as broker:
        keys = list(broker.scan_iter("celery-taskset-meta-*"))
        return int(broker.delete(*keys)) if keys else 0


def dies_within(workers: PrivateServices, run: Run, stage: Stage) -> int | None:
    """The process that does a stage is killed in it; how many calls at most died with it. ``None`` when the stage was
    over before one could look.
    """
    service = workers.service(ProcessorWorker)

    def struck() -> tuple[int | None] | None:
        with frozen(service):
            now = Run.objects.get(pk=run.pk)
            if ORDER.index(now.stage) < ORDER.index(stage) or (now.stage == stage and now.stage_claim is None):
                return None
            if now.stage != stage:
                return (None,)
            calls = calls_under_way()
            for process in children(service):
                process.kill()
            return (calls,)

    return until(struck, f"{stage} comes", seconds=600)[0]


def calls_under_way() -> int:
    return LLMCall.objects.filter(reservation=Reservation.RESERVED).count()


def postgresql_is_restarted(workers: PrivateServices) -> int:
    """How many calls at most were under way."""
    with ExitStack() as stack:
        for kind in (ModelWorker, ProcessorWorker, DefaultWorker):
            stack.enter_context(frozen(workers.service(kind)))
        calls = calls_under_way()
        connection.close()
        workers.postgresql.stop()
        workers.postgresql.start()
    return calls


def redis_is_restarted_with_its_data(workers: PrivateServices) -> None:
    with workers.broker() as broker:
        broker.save()
    kill(workers.redis)
    workers.redis.start()
    (workers.redis.data / "dump.rdb").unlink()


def every_worker_is_asked_to_end(workers: PrivateServices, run: Run) -> Accepted:
    """SIGTERM: what they have in hand is finished, or repeated by others."""
    for kind in (ModelWorker, ProcessorWorker, DefaultWorker):
        workers.service(kind).stop()
    before = accepted_of(run.plan)
    workers.start(ModelWorker, ProcessorWorker, DefaultWorker)
    return before
