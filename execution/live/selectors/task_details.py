"""One task with everything that is known of it, for the side panel of the page."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from common.errors import NotFound
from execution.live.selectors.waiting import Waiting, why_task_waits
from execution.models import Atom
from planning.models import Task

SHOWN_OF_ATOMS = ("path", "qualname", "kind", "status", "awaiting_decision", "attempts", "confidence", "task_id")


@dataclass(frozen=True)
class TaskDetails:
    task: Task
    needs: list[Task]
    needed_by: list[Task]
    atoms: list[Atom]
    done: list[dict[str, Any]]
    """The checks of its Definition of Done, those that failed first; empty until it was judged."""
    waiting: Waiting | None


def task_details(plan_id: uuid.UUID, task_id: uuid.UUID) -> TaskDetails:
    """Four queries. Raises ``NotFound`` for a task that is not of this plan."""
    rows = Task.objects.filter(plan_id=plan_id).order_by("number")
    task = rows.select_related("plan", "milestone__phase").filter(pk=task_id).first()
    if task is None:
        raise NotFound("There is no such task in this plan.")
    needs = list(rows.filter(dependents=task).defer("draft"))
    checks = [_in_words(check) for check in task.definition_of_done.get("checks", [])]
    return TaskDetails(
        task=task,
        needs=needs,
        needed_by=list(rows.filter(depends_on=task).defer("draft")),
        atoms=list(Atom.objects.filter(task=task).order_by("path", "position").only(*SHOWN_OF_ATOMS)),
        done=sorted(checks, key=lambda check: (check.get("verdict") != "failed", check.get("group", ""))),
        waiting=why_task_waits(task, needs=needs),
    )


def _in_words(check: dict[str, Any]) -> dict[str, Any]:
    return {**check, "name": str(check.get("name", "")).replace("_", " ")}
