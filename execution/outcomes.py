"""How a closed plan ended, in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from execution.models import Atom, Run
from execution.models.atom import replaced_atoms
from execution.states import AtomStatus
from integrations.models import PlanOutcome
from planning.expectation import Expectation
from planning.models import DiscoveryDocument, MasterPlan, Task
from planning.services.learning import was_changed
from planning.states import ProposalStatus, TaskStatus

SUCCESS_SHARE = 0.8


def record_outcome(plan: MasterPlan, tasks: Sequence[Task]) -> PlanOutcome:
    """Write the row, in the place of an earlier one (a plan can be reopened). Six queries."""
    run = Run.objects.filter(plan=plan).order_by("started_at").first()
    done = sum(1 for task in tasks if task.status == TaskStatus.DONE)
    closed = closed_at(plan)
    atoms = Atom.objects.filter(plan=plan).exclude(replaced_atoms())
    at_once = atoms.filter(status=AtomStatus.ACCEPTED, attempts__lte=1, changed_by_person=False)
    estimated = float(sum(task.estimated_minutes for task in tasks))
    expected = Expectation.from_json(plan.expectation)
    approved = plan.modifications.filter(status=ProposalStatus.APPROVED).count()
    outcome, _ = PlanOutcome.objects.update_or_create(
        plan_id=plan.pk,
        defaults={
            "name": plan.project_name,
            "status": plan.status,
            "stack": plan.stack,
            "closed_at": closed,
            "started": run is not None,
            "succeeded": bool(tasks) and done / len(tasks) >= SUCCESS_SHARE,
            "tasks_total": len(tasks),
            "tasks_done": done,
            "estimated_minutes": estimated,
            "expected_minutes": expected.corrected(estimated) if expected and expected.factor_from else None,
            "expected_tasks": expected.tasks if expected else None,
            "actual_minutes": _minutes(plan, run, closed),
            "atoms_total": atoms.count(),
            "atoms_at_once": at_once.count(),
            "modifications": approved,
            "discovery_quality": discovery_quality(plan.discovery, modifications=approved),
        },
    )
    return outcome


def closed_at(plan: MasterPlan) -> datetime:
    """When the plan came to the status that it has."""
    known = {
        "completed": plan.completed_at,
        "failed": plan.failed_at,
        "cancelled": plan.cancelled_at,
        "rejected": plan.rejected_at,
    }
    return known.get(plan.status) or timezone.now()


def discovery_quality(discovery: DiscoveryDocument, *, modifications: int) -> float | None:
    """Share of what the discovery set down that stood: entities, rules and workflows, against what it missed.

    Missed: parts of the request not understood, a model changed by hand before it was confirmed, later modifications.
    """
    stood = len(discovery.entities) + len(discovery.business_rules) + len(discovery.workflows)
    missed = len(discovery.not_understood) + modifications + (1 if was_changed(discovery.pk) else 0)
    return round(stood / (stood + missed), 4) if stood else None


def _minutes(plan: MasterPlan, run: Run | None, closed: datetime) -> float:
    if plan.actual_minutes:
        return float(plan.actual_minutes)
    return (
        round((closed - run.started_at).total_seconds() / 60, 2) if run is not None and closed > run.started_at else 0.0
    )
