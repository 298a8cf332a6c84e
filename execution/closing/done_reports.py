"""The Definition of Done of a task as it was judged last, read back for pages, text and the API."""

from __future__ import annotations

import dataclasses

from execution.output.done import CheckedCriterion, DoneReport
from integrations.models import LearningRecord
from planning.models import Task

_MEMORY = "saved_to_memory"


def stored_report(task: Task) -> DoneReport | None:
    """``None`` before it was judged. Memory comes after *done*, so that check is looked up now. One query."""
    rows = task.definition_of_done.get("checks", [])
    if not rows:
        return None
    checks = [CheckedCriterion(**row) for row in rows]
    return DoneReport(task.short_id, task.title, tuple(_with_memory(task, check) for check in checks))


def text_of(task: Task) -> str:
    """For a terminal, and for the admin."""
    report = stored_report(task)
    return report.to_text() if report else f"{task.short_id} {task.title}: not judged yet\n"


def _with_memory(task: Task, check: CheckedCriterion) -> CheckedCriterion:
    if check.name != _MEMORY or check.verdict == "passed":
        return check
    if not LearningRecord.objects.filter(source_id=task.pk).exists():
        return check
    return dataclasses.replace(check, verdict="passed", why="saved")
