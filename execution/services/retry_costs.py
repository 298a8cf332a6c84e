"""What one more attempt would cost, told before anybody asks for it. Changes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from execution.models import Atom
from execution.services.trying_again import EXTRA_ATTEMPTS
from execution.states import AtomStatus
from execution.waves.dependents import failed_or_waiting
from integrations.llm.cost_limits import limit_in_the_way
from integrations.llm.estimates import ExpectedCalls, estimate
from planning.models import Task


@dataclass(frozen=True)
class RetryCost:
    """Dollars and calls to a model that are expected; ``fits`` is false when a hard limit would be passed."""

    cost: Decimal
    calls: int
    attempts_left: int
    fits: bool
    unpriced: bool


def cost_of_retrying_atom(atom: Atom) -> RetryCost:
    """One attempt of a model at this atom."""
    left = atom.task.max_attempts + EXTRA_ATTEMPTS - atom.attempts
    return _expected(atom.task, Counter({"atom_retry": 1}), left)


def cost_of_retrying_task(task: Task, *, anew: bool = False) -> RetryCost:
    """A new draft where there is none or it is written ``anew``, else one attempt at each atom that failed, or at all
    where none did.
    """
    if task.draft is None or anew:
        return _expected(task, Counter({"task_code": 1}), EXTRA_ATTEMPTS - task.attempts)
    atoms = Atom.objects.filter(task=task).exclude(status=AtomStatus.SKIPPED)
    chosen = list(atoms.filter(failed_or_waiting())) or list(atoms.exclude(kind="import")) or list(atoms)
    limit = task.max_attempts + EXTRA_ATTEMPTS
    left = max((limit - atom.attempts for atom in chosen), default=0)
    return _expected(task, Counter({"atom_retry": len(chosen)}), left)


def _expected(task: Task, calls: Counter[str], left: int) -> RetryCost:
    made = estimate(ExpectedCalls(purpose, task.complexity, number) for purpose, number in calls.items())
    return RetryCost(
        cost=made.total,
        calls=calls.total(),
        attempts_left=max(0, left),
        fits=limit_in_the_way(task.plan_id, estimated=made.total) is None,
        unpriced=bool(made.unpriced),
    )
