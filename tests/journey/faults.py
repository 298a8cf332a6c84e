"""Faults that strike at a chosen moment: a process stands still while one looks, so the moment cannot pass by."""

from __future__ import annotations

import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from common.models import PlanEvent
from devmatrix_project.services.service import Service
from execution.models import Run
from planning.models import MasterPlan
from tests.journey.private_services import PrivateServices, frozen, kill

Found = TypeVar("Found")
POLL = 0.02


def until(look: Callable[[], Found | None], what: str, *, seconds: float = 240.0) -> Found:
    """What ``look`` finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {seconds:.0f} seconds\n{last_words()}")
        time.sleep(POLL)
    return found


def kill_when(service: Service, look: Callable[[], Found | None], what: str, *, seconds: float = 240.0) -> Found:
    """SIGKILL the service while ``look`` finds something; what it found. The service is frozen during every look."""

    def strike() -> Found | None:
        with frozen(service):
            found = look()
            if found:
                kill(service)
            return found

    return until(strike, what, seconds=seconds)


def last_words() -> str:
    """Why the youngest plan is not completed, for a person who reads the failure."""
    plan = MasterPlan.objects.order_by("created_at").last()
    if plan is None:
        return "no plan was made"
    run = Run.objects.filter(plan=plan).first()
    events = PlanEvent.objects.filter(stream_id=plan.pk).order_by("-seq")[:8]
    head = f"{plan.status}, {run.stage if run else 'no run'}: {plan.pause_detail}"
    errors = plan.tasks.exclude(last_error="").values_list("short_id", "last_error")
    return "\n".join(
        [head, *(f"{name}: {why}" for name, why in errors), *(f"{event.type} {event.data}"[:600] for event in events)]
    )


class Build:
    """A build command that goes on beside the test."""

    def __init__(self, process: subprocess.Popen[str], before: set[uuid.UUID]) -> None:
        self.process = process
        self.before = before

    def run(self) -> Run:
        """Its run, as soon as there is one."""
        return until(self._begun, "a run begins")

    def _begun(self) -> Run | None:
        """The command may have given up since then, for want of a worker; the build goes on without it."""
        run = Run.objects.exclude(plan__in=self.before).select_related("plan").first()
        if run is None and self.process.poll() is not None:
            pytest.fail(f"the build ended with {self.process.returncode}\n{self.process.communicate()[1]}")
        return run


@contextmanager
def building(services: PrivateServices, request: str, *options: str) -> Iterator[Build]:
    before = set(MasterPlan.objects.values_list("pk", flat=True))
    with services.command("build", request, "--yes", *options) as process:
        yield Build(process, before)
