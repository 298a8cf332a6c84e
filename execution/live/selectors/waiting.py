"""Why an atom or a task waits, and what will unblock it, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from execution.models import Atom, DependencyGraph, Wave
from execution.states import AtomStatus, WaveStatus
from planning.models import MasterPlan, Task
from planning.states import PlanStatus, TaskStatus

MOST_NAMES = 3
UNDER_WAY = [WaveStatus.RUNNING, WaveStatus.VALIDATING]
A, T = AtomStatus, TaskStatus


@dataclass(frozen=True)
class Waiting:
    why: str
    unblock: str


BY_ITSELF = "Nothing to do; its turn comes by itself."


def why_atom_waits(
    atom: Atom, *, wave: int | None, needs: Sequence[Atom], graph: DependencyGraph | None
) -> Waiting | None:
    """``None`` for one that does not wait. At most one query; ``atom.plan`` and ``needs`` are read already."""
    if atom.awaiting_decision:
        return Waiting(
            f"Its {atom.attempts} attempts were in vain, and a person decides what comes next.",
            "Choose a way out under Failures, try it again with a hint, or skip its task.",
        )
    if atom.status == A.FAILED:
        return Waiting("It failed, so what needs it is blocked.", "Try it again with a hint, or skip its task.")
    if atom.status == A.BLOCKED:
        return _blocked(needs)
    if atom.status not in (A.PENDING, A.RETRYING):
        return None
    return (
        _plan_stands_still(atom.plan)
        or _its_wave_comes_later(wave, graph)
        or Waiting(
            "It is tried again in the next round." if atom.status == A.RETRYING else "Its wave is about to begin.",
            BY_ITSELF,
        )
    )


def why_task_waits(task: Task, *, needs: Sequence[Task]) -> Waiting | None:
    """``None`` for one that does not wait. No query; ``task.plan`` and ``needs`` are read already."""
    if task.status == T.FAILED:
        return Waiting(
            task.last_error or "No code could be made for it.", "Retry it, with a hint if you have one, or skip it."
        )
    if task.status == T.BLOCKED and task.last_error:
        return Waiting(task.last_error, "It has its turn when that is there; or skip it.")
    if task.status not in (T.PENDING, T.BLOCKED):
        return None
    still = [need.label() for need in needs if need.status not in (T.DONE, T.SKIPPED)]
    failed = [need.label() for need in needs if need.status == T.FAILED]
    if failed:
        return Waiting(f"It needs {_names(failed)}, which failed.", "Retry or skip that one.")
    if standing := _plan_stands_still(task.plan):
        return standing
    if still:
        return Waiting(f"It needs {_names(still)} first.", BY_ITSELF)
    return Waiting("Everything that it needs is there.", BY_ITSELF)


def _blocked(needs: Sequence[Atom]) -> Waiting:
    guilty = [need.label() for need in needs if need.awaiting_decision or need.status == A.FAILED]
    if guilty:
        return Waiting(f"It needs {_names(guilty)}, which failed.", "Decide on that one: retry, fix or skip it.")
    held = [need.label() for need in needs if need.status == A.BLOCKED]
    why = f"It needs {_names(held)}, which is blocked itself." if held else "A piece of the same function has failed."
    return Waiting(why, "Decide on the failure that holds them back; it is under Failures.")


def _plan_stands_still(plan: MasterPlan) -> Waiting | None:
    if plan.status in (PlanStatus.IN_PROGRESS, PlanStatus.COMPLETED):
        return None
    unblock = {
        PlanStatus.DRAFT: "Approve the plan.",
        PlanStatus.APPROVED: "Start the build.",
        PlanStatus.PAUSED: "See what the page says of the pause, then resume.",
        PlanStatus.FAILED: "Resume the plan; it goes on from where it stood.",
    }.get(PlanStatus(plan.status), "Nothing; the plan was given up.")
    return Waiting(f"The plan is {plan.get_status_display().lower()}.", unblock)


def _its_wave_comes_later(wave: int | None, graph: DependencyGraph | None) -> Waiting | None:
    if wave is None or graph is None:
        return None
    current = Wave.objects.filter(graph=graph, number__lt=wave, status__in=UNDER_WAY).order_by("number").first()
    if current is None:
        return None
    return Waiting(f"It is in wave {wave}; wave {current.number} is under way.", BY_ITSELF)


def _names(labels: Sequence[str]) -> str:
    more = len(labels) - MOST_NAMES
    return ", ".join(labels[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
