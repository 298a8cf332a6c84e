"""What later projects can learn from a finished build: its tasks and failed attempts, shown to a model once."""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from common.configuration import configuration
from common.errors import DevMatrixError
from execution.models import AtomAttempt, Run
from execution.services.engine import engine_options_of
from execution.waves.tree import accepted_files
from integrations.llm.gateway import About, ask
from integrations.llm.purposes import PATTERN_EXTRACTION
from integrations.llm.shapes import Diagnostic, Pattern, PatternInputs, ProjectFile, TaskOutcome
from planning.models import MasterPlan, Task
from planning.selectors.plans import project_context_of
from planning.states import TaskStatus

logger = logging.getLogger(__name__)

FEWEST_TASKS: Final = 3
MOST_TASKS: Final = 24
MOST_CODE: Final = 60_000
"""Characters of code that are shown, in whole files."""
MOST_ERRORS: Final = 5


def patterns_of(run: Run) -> list[Pattern]:
    """Ways that worked, mistakes that cost attempts. None where memory is off, little was built or nobody answers."""
    plan = run.plan
    tasks = outcomes_of_tasks(plan) if configuration().memory_enabled else []
    if len(tasks) < FEWEST_TASKS:
        return []
    about = About(conversation=plan.conversation_id, plan=plan.pk, trace_id=run.trace_id)
    inputs = PatternInputs(project=project_context_of(plan), tasks=tasks)
    try:
        return ask(PATTERN_EXTRACTION, inputs, about=about, options=engine_options_of(plan)).answer.patterns
    except DevMatrixError as error:
        logger.warning("No patterns were taken from plan %s: %s", plan.pk, error)
        return []


def outcomes_of_tasks(plan: MasterPlan) -> list[TaskOutcome]:
    """The tasks that are done, those that took most attempts first, as long as there is room for their files."""
    tasks = {task.pk: task for task in Task.objects.filter(plan=plan, status=TaskStatus.DONE).order_by("number")}
    failed = _failed_attempts(plan)
    files = accepted_files(plan.pk)
    found: list[TaskOutcome] = []
    room = MOST_CODE
    for task in sorted(tasks.values(), key=lambda task: -len(failed[task.pk])):
        outcome = _outcome(task, files, failed[task.pk])
        size = sum(len(file.text) for file in outcome.files)
        if outcome.files and size <= room and len(found) < MOST_TASKS:
            found.append(outcome)
            room -= size
    return found


def _failed_attempts(plan: MasterPlan) -> Mapping[uuid.UUID, list[AtomAttempt]]:
    found: dict[uuid.UUID, list[AtomAttempt]] = defaultdict(list)
    rows = AtomAttempt.objects.filter(atom__plan=plan, success=False).select_related("atom")
    for attempt in rows.order_by("atom__number", "attempt"):
        found[attempt.atom.task_id].append(attempt)
    return found


def _outcome(task: Task, files: Mapping[str, str], failed: Sequence[AtomAttempt]) -> TaskOutcome:
    errors = [Diagnostic.model_validate(error) for attempt in failed for error in attempt.errors]
    return TaskOutcome(
        task=task.short_id,
        title=task.title,
        type=task.type,
        files=[ProjectFile(path=path, text=files[path]) for path in task.target_files if path in files],
        attempts=max([task.draft_attempts, *(attempt.attempt + 1 for attempt in failed), 1]),
        errors=errors[:MOST_ERRORS],
    )
