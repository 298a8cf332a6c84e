"""A small build under faults that a seed draws. CI runs one; `CHAOS_SEEDS=1,2,3` runs these instead."""

from __future__ import annotations

import os
import random

import pytest

from planning.models import MasterPlan
from planning.states import PlanStatus
from tests.journey.chaos import Chaos
from tests.journey.faults import building, last_words, until
from tests.journey.invariants import check_invariants
from tests.journey.private_services import PrivateServices

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(1500)]

SETTINGS = {
    "CLAIM_LEASE_SECONDS": "5",
    "RECONCILE_EVERY_SECONDS": "1",
    "RESEND_AFTER_SECONDS": "3",
    "ATOM_BATCH_SIZE": "5",
}
REQUEST = "An API for notes. A note has a title and a text."
SEEDS = [int(seed) for seed in os.environ.get("CHAOS_SEEDS", "12").split(",") if seed]


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_strikes_a_build_it_ends_as_if_nothing_had(workers: PrivateServices, seed: int) -> None:
    with building(workers, REQUEST, "--json") as build:
        chaos = Chaos(workers, build.run(), random.Random(seed))
        chaos.rage()
        until(lambda: is_completed(chaos), f"it is built in spite of {chaos.struck}", seconds=600)
    plan = MasterPlan.objects.get(pk=chaos.run.plan_id)
    check_invariants(plan, calls_lost=chaos.calls_lost)


def is_completed(chaos: Chaos) -> bool:
    """Whoever waits for a person, after a worker was killed in a stage that pauses, is told to go on."""
    plan = MasterPlan.objects.get(pk=chaos.run.plan_id)
    if plan.status == PlanStatus.PAUSED:
        chaos.resume()
    assert plan.status in (PlanStatus.PAUSED, PlanStatus.IN_PROGRESS, PlanStatus.COMPLETED), last_words()
    return bool(plan.status == PlanStatus.COMPLETED)
