"""Pause, resume and cancel hold though every worker dies around them: what a person decided is in the database."""

from __future__ import annotations

import uuid

import pytest

from common.actors import Actor
from common.models import PlanEvent
from devmatrix_project.services.application import ApplicationService, DefaultWorker, ModelWorker, ProcessorWorker
from execution.models import Atom, Round, Run, Wave
from execution.services.cancelling import OPEN_ATOMS, cancel_plan
from execution.services.runs import ask_to_pause, resume_run, start_run
from execution.states import AtomStatus, RoundStatus, RunStatus, WaveStatus
from planning.models import MasterPlan
from planning.services.approval import approve_plan
from planning.states import PlanStatus
from tests.journey.faults import until
from tests.journey.invariants import events_have_no_gaps
from tests.journey.private_services import PrivateServices, frozen, kill

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

SETTINGS = {
    "CLAIM_LEASE_SECONDS": "3",
    "DATABASE_IDLE_TRANSACTION_SECONDS": "5",
    "RECONCILE_EVERY_SECONDS": "1",
    "RESEND_AFTER_SECONDS": "3",
    "ATOM_BATCH_SIZE": "5",
}
REQUEST = "An API for notes. A note has a title and a text."
PERSON = Actor("system", "", "ana")
WORKERS: tuple[type[ApplicationService], ...] = (DefaultWorker, ModelWorker, ProcessorWorker)

Accepted = dict[uuid.UUID, tuple[uuid.UUID | None, int]]
"""Accepted atoms with their text and number of attempts."""


def accepted_of(plan: MasterPlan) -> Accepted:
    rows = Atom.objects.filter(plan=plan, status=AtomStatus.ACCEPTED).values_list("pk", "accepted_id", "attempts")
    return {pk: (revision, attempts) for pk, revision, attempts in rows}


def kept(before: Accepted, plan: MasterPlan) -> bool:
    after = accepted_of(plan)
    return {pk: after.get(pk) for pk in before} == before


def round_is_open(plan: MasterPlan) -> bool:
    return Round.objects.filter(plan=plan, status=RoundStatus.OPEN, dispatches__gt=0).exists()


def all_workers_die(services: PrivateServices) -> None:
    for kind in WORKERS:
        kill(services.service(kind))


def waves_completed(plan: MasterPlan) -> int:
    return Wave.objects.filter(plan=plan, status=WaveStatus.COMPLETED).count()


def pause_in_the_middle_of_a_round(services: PrivateServices, plan: MasterPlan) -> bool:
    """Ask while work is in flight, and let every worker die before it comes to the safe point. ``False``: try again."""
    with frozen(services.service(ProcessorWorker)):
        if not round_is_open(plan):
            return False
        if ask_to_pause(plan=plan, actor=PERSON, note="lunch"):
            resume_run(plan=plan, actor=PERSON)
            return False
        kill(services.service(ProcessorWorker))
    for kind in (DefaultWorker, ModelWorker):
        kill(services.service(kind))
    return True


def cancel_in_the_middle_of_a_round(services: PrivateServices, plan: MasterPlan) -> bool:
    with frozen(services.service(ProcessorWorker)):
        if not round_is_open(plan):
            return False
        cancel_plan(plan=plan, actor=PERSON, reason="enough")
    all_workers_die(services)
    return True


def test_what_a_person_decides_outlives_all_workers(workers: PrivateServices) -> None:
    made = workers.manage("plan", REQUEST, "--json", patience=150)
    assert made.returncode == 0, made.stderr
    plan = MasterPlan.objects.get()
    start_run(plan=approve_plan(plan_id=plan.pk, actor=PERSON, expected=plan.version), actor=PERSON)
    until(lambda: waves_completed(plan) >= 1, "a wave is complete")

    until(lambda: pause_in_the_middle_of_a_round(workers, plan), "a pause is asked for while a round is open")
    before = accepted_of(plan)
    workers.start(*WORKERS)
    until(MasterPlan.objects.filter(pk=plan.pk, status=PlanStatus.PAUSED).exists, "the plan pauses")
    plan.refresh_from_db()
    assert (plan.pause_reason, plan.pause_detail) == ("person", "lunch")
    assert Run.objects.get(plan=plan).status == RunStatus.PAUSED
    assert kept(before, plan)

    standing = accepted_of(plan)
    workers.stop_application()  # while it is paused
    workers.start()
    assert workers.manage("reconcile").returncode == 0
    plan.refresh_from_db()
    assert (plan.status, accepted_of(plan)) == (PlanStatus.PAUSED, standing)

    resume_run(plan=plan, actor=PERSON)
    all_workers_die(workers)  # who may have heard of it, or not
    workers.start(*WORKERS)
    until(lambda: len(accepted_of(plan)) > len(standing), "it goes on")
    assert kept(standing, plan)

    until(lambda: cancel_in_the_middle_of_a_round(workers, plan), "it is cancelled while a round is open")
    at_the_end = accepted_of(plan)
    workers.start(*WORKERS)
    assert workers.manage("reconcile").returncode == 0
    plan.refresh_from_db()
    assert (plan.status, plan.cancellation_reason) == (PlanStatus.CANCELLED, "enough")
    assert Run.objects.get(plan=plan).status == RunStatus.CANCELLED
    assert accepted_of(plan) == at_the_end
    assert not Atom.objects.filter(plan=plan, status__in=OPEN_ATOMS).exists()
    told = PlanEvent.objects.filter(stream_id=plan.pk).values_list("type", flat=True)
    assert [list(told).count(f"masterplan_{what}") for what in ("paused", "cancelled")][1] == 1
    events_have_no_gaps([plan.pk])
