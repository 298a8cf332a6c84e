"""A wave by hand: run now, or what failed of it tried again. Waves before it come first, whatever is asked."""

from __future__ import annotations

import uuid

from common.actors import Actor
from common.changes import change
from common.errors import Conflict, NotFound
from execution import dispatch
from execution.models import Atom, DependencyGraph, Wave
from execution.services.runs import held_run, resume_run
from execution.services.small_runs import not_being_built, run_to_change
from execution.services.trying_again import EXTRA_ATTEMPTS, try_again
from execution.states import AtomStatus, RunStatus
from execution.waves.dependents import failed_or_waiting
from planning.states import PlanStatus

OPEN = [AtomStatus.PENDING, AtomStatus.RUNNING, AtomStatus.RETRYING, AtomStatus.VALIDATING]


class NothingFailed(Conflict):
    code = "nothing_failed"
    title = "Nothing of the wave is to be tried again"


class WaveNotReady(Conflict):
    code = "wave_not_ready"
    title = "The wave cannot run yet"


def execute_wave(*, wave_id: uuid.UUID, hint: str = "", actor: Actor) -> Wave:
    """Have a wave run: resume a paused plan for it, and try again what failed of it. A wave that is done is left alone.

    Raises ``NotFound``, ``WaveNotReady`` while an earlier wave is open, ``NotBeingBuilt``, ``ModificationWaits``.
    """
    with change():
        wave = current_wave(wave_id)
        run = held_run(wave.plan_id)
        if run is None and wave.plan.status != PlanStatus.COMPLETED:
            raise not_being_built(wave.plan)
        _require_earlier_done(wave)
        _retry_failed(wave, hint=hint, actor=actor)
        if run is not None and run.status == RunStatus.PAUSED:
            resume_run(plan=wave.plan, actor=actor)
        elif run is not None:
            dispatch.advance_run(run.pk)
    return Wave.objects.get(pk=wave_id)


def retry_wave(*, wave_id: uuid.UUID, hint: str = "", actor: Actor) -> list[Atom]:
    """One more attempt at every atom of a wave that failed or waits for a decision; answers those.

    A paused plan stays so. Raises ``NotFound``, ``NotBeingBuilt``, ``NothingFailed``, ``Conflict`` when all of them had
    their attempts.
    """
    with change():
        wave = current_wave(wave_id)
        run_to_change(wave.plan_id)
        tried = _retry_failed(wave, hint=hint, actor=actor)
        if not tried:
            raise NothingFailed(
                f"No atom of wave {wave.number} failed or waits for a decision; the wave is {wave.status}.",
                hint="A wave that has not run has its turn by itself; retry an atom or a task to have it made anew.",
                current=wave.status,
            )
        return tried


def current_wave(wave_id: uuid.UUID) -> Wave:
    """A wave of the plan's latest graph. Raises ``NotFound``."""
    wave = Wave.objects.select_related("plan", "graph").filter(pk=wave_id).first()
    if wave is None:
        raise NotFound("There is no such wave.")
    latest = DependencyGraph.objects.filter(plan_id=wave.plan_id).first()
    if latest is None or latest.pk != wave.graph_id:
        raise NotFound("The wave is of an earlier graph.", hint="See the waves of the plan's latest graph.")
    return wave


def _retry_failed(wave: Wave, *, hint: str, actor: Actor) -> list[Atom]:
    failed = list(wave.members.filter(failed_or_waiting()).select_related("task").order_by("number"))
    left = [atom for atom in failed if atom.attempts < atom.task.max_attempts + EXTRA_ATTEMPTS]
    if failed and not left:
        raise Conflict("All atoms that failed had their attempts.", hint="Give a fix by hand, or skip their tasks.")
    return [try_again(atom=atom, hint=hint or "Try again.", actor=actor) for atom in left]


def _require_earlier_done(wave: Wave) -> None:
    earlier = Wave.objects.filter(graph=wave.graph_id, number__lt=wave.number, members__status__in=OPEN)
    numbers = sorted(set(earlier.values_list("number", flat=True)))
    if numbers:
        listed = ", ".join(str(number) for number in numbers[:10])
        raise WaveNotReady(
            f"Wave {wave.number} comes after waves that are open: {listed}.",
            hint="Waves run in their order; execute the first of these.",
            open_waves=numbers,
        )
