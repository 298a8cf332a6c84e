"""What must hold before a task is written: its critical preconditions, against the code that was made so far."""

from __future__ import annotations

import uuid
from collections.abc import Set as AbstractSet

from common.actors import SYSTEM
from execution.drafts.checks import module_of
from execution.output.infrastructure import WRITTEN_AT_THE_END
from execution.sources import Sources
from execution.validation.conditions import check
from execution.validation.subjects import read_place
from integrations.llm.shapes import Condition
from planning.models import Task
from planning.services.progress import move_tasks
from planning.states import TaskStatus


def unmet_preconditions(task: Task) -> list[str]:
    """In words, those of the critical preconditions that do not hold. One query, none where nothing is critical.

    What packages, templates or a run of tests will give cannot be said yet, and holds nothing up.
    """
    critical = [condition for condition in map(Condition.model_validate, task.preconditions) if condition.critical]
    if not critical:
        return []
    files: dict[str, str] = {}
    own: set[str] = set()
    for draft, targets in Task.objects.filter(plan_id=task.plan_id).values_list("draft", "target_files"):
        files |= {file["path"]: file["text"] for file in draft or []}
        own |= {module_of(path).partition(".")[0] for path in targets}
    judged = [condition for condition in critical if _is_about_code(condition, own)]
    return [
        f"{verdict.condition.kind} {verdict.condition.subject}: {verdict.reason}"
        for verdict in check(judged, Sources(files))
        if verdict.status == "failed"
    ]


def _is_about_code(condition: Condition, own: AbstractSet[str]) -> bool:
    """Whether it is about what tasks write; ``own`` are the top-level modules of the project."""
    subject, module = condition.subject.strip(), read_place(condition.subject).module
    if condition.kind in ("file_exists", "directory_exists"):
        return not any(f"{path}/".startswith(f"{subject.rstrip('/')}/") for path in WRITTEN_AT_THE_END)
    return not module or module.partition(".")[0] in own


def release_tasks(plan_id: uuid.UUID) -> None:
    """Tasks that were blocked by what holds by now get their turn. One query where none is.

    Called in the change that stores code, with the run held: of two drafts stored at once the later one sees both.
    """
    blocked = Task.objects.filter(plan_id=plan_id, status=TaskStatus.BLOCKED, draft__isnull=True)
    free = [task.pk for task in blocked if not unmet_preconditions(task)]
    if free:
        why = "what must hold before it is written holds now"
        move_tasks(plan_id=plan_id, task_ids=free, to=TaskStatus.PENDING, actor=SYSTEM, reason=why, last_error="")
