"""The whole state of a plan as its page starts from: one JSON document, and the ``seq`` that it stands for.

``seq`` is read first: events after it may be in the document already, and applying them again changes nothing.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import datetime
from typing import Any

from common.models import PlanEvent, Stream
from execution.live.control import OFFERED
from execution.live.selectors.results import acceptance_of, failures_of, gates_of, report_of, waiting_reviews
from execution.models import Atom, DependencyGraph, Round, Run, Wave, WaveAtom
from execution.models.atom import replaced_atoms
from execution.services.costs import figures_of
from execution.services.runs import reported_run
from planning.models import MasterPlan, Milestone, Phase, Task
from planning.selectors.events import envelope
from planning.selectors.modifications import modification_document, open_modification

EVENTS_SHOWN = 200
"""How many of the latest events the page's log starts with."""


def plan_document(plan: MasterPlan) -> dict[str, Any]:
    """JSON-ready, in twenty-one queries whatever the size of the plan."""
    seq = Stream.objects.filter(pk=plan.pk).values_list("last_seq", flat=True).first() or 0
    plan.refresh_from_db()
    run = Run.objects.filter(plan_id=plan.pk).order_by("-started_at").first()
    graph = DependencyGraph.objects.filter(plan_id=plan.pk).first()
    return {
        "seq": seq,
        "offered": OFFERED,
        "plan": _plan(plan, run),
        "phases": _phases(plan.pk),
        "atoms": _atoms(plan.pk),
        "graph": None if graph is None else {"id": str(graph.pk), "atoms": graph.atoms, "edges": graph.edges},
        "waves": _waves(graph),
        "cost": cost_of(plan),
        "gates": gates_of(plan.pk),
        "acceptance": acceptance_of(plan.pk),
        "failures": failures_of(plan.pk),
        "reviews": waiting_reviews(plan.pk),
        "report": report_of(reported_run(plan.pk)),
        "modification": _waiting_modification(plan.pk),
        "events": _latest_events(plan.pk, seq),
    }


def _plan(plan: MasterPlan, run: Run | None) -> dict[str, Any]:
    return {
        "id": str(plan.pk),
        "name": plan.project_name,
        "description": plan.description,
        "request": plan.original_request,
        "status": plan.status,
        "stack": plan.stack,
        "mode": run.mode if run else plan.execution_mode,
        "stage": run.stage if run else "",
        "run_status": run.status if run else "",
        "progress_percent": float(plan.progress_percent),
        "version": plan.version,
        "pause_asked": run.pause_asked if run else "",
        "pause_reason": plan.pause_reason,
        "pause_detail": plan.pause_detail,
        "closed_reason": plan.rejection_reason or plan.cancellation_reason or plan.failure_reason,
        "estimated_minutes": plan.estimated_minutes,
        "created_at": plan.created_at.isoformat(),
        "started_at": run.started_at.isoformat() if run else None,
        "finished_at": run.finished_at.isoformat() if run and run.finished_at else None,
    }


def _phases(plan_id: uuid.UUID) -> list[dict[str, Any]]:
    """Three queries."""
    tasks: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for task in Task.objects.filter(plan_id=plan_id).order_by("number").defer("draft"):
        tasks[task.milestone_id].append(_task(task))
    milestones: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for milestone in Milestone.objects.filter(plan_id=plan_id).order_by("number"):
        milestones[milestone.phase_id].append({**_stage(milestone), "tasks": tasks[milestone.pk]})
    phases = Phase.objects.filter(plan_id=plan_id).order_by("number")
    return [{**_stage(phase), "type": phase.type, "milestones": milestones[phase.pk]} for phase in phases]


def _stage(stage: Phase | Milestone) -> dict[str, Any]:
    return {"id": str(stage.pk), "short_id": stage.short_id, "name": stage.name, "status": stage.status}


def _task(task: Task) -> dict[str, Any]:
    return {
        "id": str(task.pk),
        "short_id": task.short_id,
        "title": task.title,
        "status": task.status,
        "type": task.type,
        "priority": task.priority,
        "target_files": task.target_files,
        "last_error": task.last_error,
        "started_at": _iso(task.started_at),
        "drafted_at": _iso(task.drafted_at),
        "completed_at": _iso(task.completed_at),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _atoms(plan_id: uuid.UUID) -> list[dict[str, Any]]:
    """One query. Short, because there may be thousands. Those that a later version replaced are no part of the plan."""
    columns = (
        "id", "task_id", "path", "qualname", "kind", "status", "awaiting_decision", "attempts", "confidence"
    )  # fmt: skip
    return [
        {
            "id": str(row["id"]),
            "task": str(row["task_id"]),
            "label": f"{row['path']}:{row['qualname'] or row['kind']}",
            "status": row["status"],
            "waits": row["awaiting_decision"],
            "attempts": row["attempts"],
            "confidence": None if row["confidence"] is None else float(row["confidence"]),
        }
        for row in Atom.objects.filter(plan_id=plan_id).exclude(replaced_atoms()).order_by("number").values(*columns)
    ]


def _waves(graph: DependencyGraph | None) -> list[dict[str, Any]]:
    """Waves of a graph with their rounds and atoms, critical path first: three queries."""
    if graph is None:
        return []
    members: dict[uuid.UUID, list[str]] = defaultdict(list)
    for wave_id, atom_id in WaveAtom.objects.filter(graph=graph).order_by("position").values_list("wave_id", "atom_id"):
        members[wave_id].append(str(atom_id))
    rounds: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in Round.objects.filter(wave__graph=graph).order_by("number"):
        rounds[row.wave_id].append(
            {
                "number": row.number,
                "status": row.status,
                "atoms": len(row.atom_ids),
                "started_at": _iso(row.created_at),
                "finished_at": _iso(row.closed_at),
            }
        )
    return [
        {
            "id": str(wave.pk),
            "number": wave.number,
            "status": wave.status,
            "seconds": round(wave.seconds, 2),
            "started_at": _iso(wave.started_at),
            "finished_at": _iso(wave.finished_at),
            "rounds": rounds[wave.pk],
            "atoms": members[wave.pk],
        }
        for wave in Wave.objects.filter(graph=graph).order_by("number")
    ]


def _waiting_modification(plan_id: uuid.UUID) -> dict[str, Any] | None:
    """The proposal that waits for a decision, as its events have it. One query."""
    waiting = open_modification(plan_id)
    return None if waiting is None else modification_document(waiting, whole=False)


def cost_of(plan: MasterPlan) -> dict[str, Any]:
    """The same keys as the event ``cost_updated``, and what planning cost. Two queries."""
    return {**figures_of(plan), "planning": str(plan.generation_cost)}


def _latest_events(plan_id: uuid.UUID, seq: int) -> list[dict[str, Any]]:
    rows = PlanEvent.objects.filter(stream_id=plan_id, seq__lte=seq, seq__gt=seq - EVENTS_SHOWN).order_by("seq")
    return [envelope(row) for row in rows]
