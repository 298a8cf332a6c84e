"""What a finished run teaches: plans, tasks and solved failures go into memory. Memory being down stops nothing."""

from __future__ import annotations

import uuid

from execution.models import Atom, FailureAnalysis, Run
from execution.states import AtomStatus
from integrations.memory.learning import conclude_uses, remember
from planning.models import Task
from planning.states import TaskStatus

SUCCESS_SHARE = 0.8


def learn_from(run_id: uuid.UUID) -> None:
    """Called after the run's end is committed; every document replaces an earlier one of the same source."""
    run = Run.objects.select_related("plan", "plan__discovery").get(pk=run_id)
    plan = run.plan
    tasks = list(Task.objects.filter(plan=plan))
    done = [task for task in tasks if task.status == TaskStatus.DONE]
    succeeded = bool(tasks) and len(done) / len(tasks) >= SUCCESS_SHARE
    remember(
        "successful_masterplans" if succeeded else "failed_masterplans",
        text=f"{plan.project_name}. {plan.original_request}\n{plan.description}",
        source_type="masterplan",
        source_id=plan.pk,
        plan=plan.pk,
        metadata={"stack": plan.stack, "tasks": len(tasks), "minutes": float(plan.actual_minutes)},
    )
    remember(
        "discovery_patterns",
        text=f"{plan.original_request}\n{plan.discovery.business_domain.get('problem_statement', '')}",
        source_type="discovery",
        source_id=plan.discovery_id,
        plan=plan.pk,
        metadata={"stack": plan.stack},
    )
    _remember_solutions(run)
    for atom in Atom.objects.filter(plan=plan, attempts__gt=1):
        conclude_uses(used_for=atom.pk, succeeded=atom.status == AtomStatus.ACCEPTED)


def _remember_solutions(run: Run) -> None:
    """Failures that a later attempt solved: what was wrong, and the text that was right."""
    solved = Atom.objects.filter(plan_id=run.plan_id, attempts__gt=1, status=AtomStatus.ACCEPTED)
    for atom in solved.select_related("accepted"):
        failed = atom.attempt_rows.filter(success=False).order_by("-attempt").first()
        if failed is None or not failed.errors or atom.accepted is None:
            continue
        errors = "\n".join(f"{error['code']} {error['message']}" for error in failed.errors[:5])
        remember(
            "failed_tasks",
            text=f"{errors}\nSolved by:\n{atom.accepted.text[:2000]}",
            source_type="atom",
            source_id=atom.pk,
            plan=run.plan_id,
            metadata={"kind": atom.kind, "attempts": atom.attempts},
        )
    for analysis in FailureAnalysis.objects.filter(plan_id=run.plan_id, choice__isnull=False):
        remember(
            "failed_tasks",
            text=f"{analysis.root_cause}\n{analysis.conclusion}",
            source_type="failure",
            source_id=analysis.pk,
            plan=run.plan_id,
        )
