"""Real processes die in the middle of a build: it is finished all the same, and nothing accepted is done twice."""

from __future__ import annotations

import uuid

import pytest

from devmatrix_project.services.application import DefaultWorker, ModelWorker, ProcessorWorker
from execution.models import Atom, AtomAttempt, Round, Run, Wave
from execution.states import AtomStatus, RoundStatus, Stage, WaveStatus
from planning.models import MasterPlan, Task
from planning.states import PlanStatus
from tests.journey.faults import Build, building, kill_when, until
from tests.journey.invariants import check_invariants
from tests.journey.private_services import PrivateServices, frozen, interrupt, kill

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(240)]

SETTINGS = {
    "CLAIM_LEASE_SECONDS": "3",
    "RECONCILE_EVERY_SECONDS": "1",
    "RESEND_AFTER_SECONDS": "3",
    "ATOM_BATCH_SIZE": "5",
}
REQUEST = "An API for notes. A note has a title and a text."


def in_waves(build: Build) -> Run:
    """The run of a build, as soon as its first wave is complete."""
    run = build.run()
    until(lambda: Wave.objects.filter(plan=run.plan, status=WaveStatus.COMPLETED).exists(), "a wave is completed")
    return run


def accepted_of(plan: MasterPlan) -> dict[uuid.UUID, tuple[uuid.UUID | None, int]]:
    """Accepted atoms with their accepted text and number of attempts."""
    rows = Atom.objects.filter(plan=plan, status=AtomStatus.ACCEPTED).values_list("pk", "accepted_id", "attempts")
    return {pk: (revision, attempts) for pk, revision, attempts in rows}


def assert_kept(before: dict[uuid.UUID, tuple[uuid.UUID | None, int]], plan: MasterPlan) -> None:
    """What was accepted before is accepted as it was, and was not tried again."""
    assert before
    after = accepted_of(plan)
    assert {pk: after.get(pk) for pk in before} == before


def open_round(run: Run) -> Round | None:
    return Round.objects.filter(plan_id=run.plan_id, status=RoundStatus.OPEN, dispatches__gt=0).first()


def test_the_model_worker_dies_while_tasks_are_drafted(workers: PrivateServices) -> None:
    worker = workers.service(ModelWorker)
    with building(workers, REQUEST, "--json") as build:
        run = build.run()
        tasks = Task.objects.filter(plan=run.plan)
        until(lambda: tasks.filter(draft__isnull=False).count() >= 3, "three tasks are drafted")
        held = tasks.filter(draft__isnull=True, draft_claim__isnull=False)
        in_hand = kill_when(worker, held.count, "tasks are being drafted")
        drafted = dict(tasks.filter(draft__isnull=False).values_list("pk", "drafted_at"))
        workers.start(ModelWorker)
        build.completed()
    assert dict(tasks.filter(pk__in=drafted).values_list("pk", "drafted_at")) == drafted
    check_invariants(run.plan, calls_lost=in_hand)


def test_the_processor_worker_dies_while_atoms_are_judged_and_while_a_round_is_closed(
    workers: PrivateServices,
) -> None:
    worker = workers.service(ProcessorWorker)
    with building(workers, REQUEST, "--json") as build:
        run = in_waves(build)
        held = Atom.objects.filter(plan=run.plan, status=AtomStatus.RUNNING, claim__isnull=False)
        kill_when(worker, held.count, "atoms are being judged")
        before = accepted_of(run.plan)
        in_hand = list(held.values_list("pk", flat=True))
        workers.start(ProcessorWorker)
        closing = Round.objects.filter(plan=run.plan, status=RoundStatus.OPEN, claim__isnull=False)
        kill_when(worker, closing.count, "a round is being closed")
        before |= accepted_of(run.plan)
        workers.start(ProcessorWorker)
        build.completed()
    assert_kept(before, run.plan)
    assert in_hand
    assert not Atom.objects.filter(pk__in=in_hand, claims__lt=2).exists(), "a lost claim is repeated"
    assert set(AtomAttempt.objects.filter(atom__in=in_hand).values_list("attempt", flat=True)) == {1}
    check_invariants(run.plan)


def test_the_default_worker_dies_between_two_rounds(workers: PrivateServices) -> None:
    worker = workers.service(DefaultWorker)
    with building(workers, REQUEST, "--json") as build:
        run = in_waves(build)
        with frozen(worker):
            until(lambda: open_round(run) is None, "the round is closed, and nobody opens the next")
            assert Run.objects.get(pk=run.pk).stage == Stage.WAVES
            kill(worker)
        before = accepted_of(run.plan)
        workers.start(DefaultWorker)
        build.completed()
    assert_kept(before, run.plan)
    check_invariants(run.plan)


def test_redis_is_killed_and_comes_back_empty(workers: PrivateServices) -> None:
    with building(workers, REQUEST, "--json") as build:
        run = in_waves(build)
        kill_when(workers.redis, lambda: open_round(run), "a round is open")
        before = accepted_of(run.plan)
        workers.redis.start()
        assert workers.broker().dbsize() < 10, "it came back empty"
        build.completed()
    assert_kept(before, run.plan)
    check_invariants(run.plan)


def test_the_callback_of_a_chord_is_lost(workers: PrivateServices) -> None:
    worker = workers.service(ProcessorWorker)
    with building(workers, REQUEST, "--json") as build:
        run = in_waves(build)
        with frozen(worker):
            round_ = until(lambda: wide_round(run), "a round of several batches is open")
            lost = forget_chords(workers)
        assert lost
        build.completed()
    assert Round.objects.get(pk=round_.pk).status == RoundStatus.CLOSED
    check_invariants(run.plan)


def wide_round(run: Run) -> Round | None:
    """An open round that was sent as a real chord: one of a single batch is sent as a chain."""
    round_ = open_round(run)
    return round_ if round_ is not None and len(round_.atom_ids) > 2 * int(SETTINGS["ATOM_BATCH_SIZE"]) else None


def forget_chords(services: PrivateServices) -> int:
    """Drop what the result backend knows of chords; the messages in the queues stay. How many keys there were."""
    with services.broker() as broker:
        keys = list(broker.scan_iter("celery-taskset-meta-*"))
        return int(broker.delete(*keys)) if keys else 0


def test_ctrl_c_pauses_and_resume_goes_on(workers: PrivateServices) -> None:
    with building(workers, REQUEST, "--quiet") as build:
        run = in_waves(build)
        interrupt(build.process)
        out, errors = build.process.communicate(timeout=30)
    assert build.process.returncode == 1, errors
    assert out == ""
    assert errors.strip().endswith(f"Go on with: manage.py resume {run.plan_id}")
    assert "Traceback" not in errors
    until(lambda: MasterPlan.objects.get(pk=run.plan_id).status == PlanStatus.PAUSED, "the plan is paused")
    before = accepted_of(run.plan)
    assert Run.objects.get(pk=run.pk).stage == Stage.WAVES
    assert not Atom.objects.filter(plan=run.plan, status=AtomStatus.RUNNING).exists()
    done = workers.manage("resume", str(run.plan_id), "--json", patience=120)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert_kept(before, run.plan)
    check_invariants(run.plan)
