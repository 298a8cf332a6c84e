"""Stage 3: the code of one task, asked of a model, checked against its contract, stored once."""

from __future__ import annotations

import logging
import uuid
from functools import partial

from django.utils import timezone

from common import claims
from common.actors import SYSTEM, set_trace_id
from common.changes import change, emit
from common.errors import Conflict, DevMatrixError, InvalidInput
from common.transitions import move_if_possible
from execution import dispatch
from execution.drafts.checks import module_of, names_in, problems_of
from execution.drafts.interfaces import interface_of
from execution.drafts.preconditions import release_tasks, unmet_preconditions
from execution.learning import BY_TASK, text_of
from execution.models import Run
from execution.services.code_progress import DRAFTED
from execution.services.engine import engine_options_of
from execution.services.pausing import DEFECTS, WorkBroke, pause_for_error
from execution.services.runs import held_run
from execution.states import RunStatus, Stage
from execution.waves.tree import base_tree
from integrations.llm.errors import AnswerInvalid, AnswerRefused, AnswerTruncated
from integrations.llm.gateway import About, ask
from integrations.llm.shapes import ProjectFile, TaskCode, TaskCodeInputs, TaskSpec
from integrations.memory.recalling import recall
from planning.models import Task
from planning.selectors.plans import project_context_of, task_spec_of
from planning.services.progress import move_tasks, refresh_progress
from planning.states import TaskStatus

logger = logging.getLogger(__name__)

STOPPED = (TaskStatus.FAILED, TaskStatus.BLOCKED)
"""Tasks that are not drafted before something was done about them, however late a message comes."""
MAX_DRAFTS = 3
EXAMPLES, MISTAKES = 3, 2
OF_THE_TASK = (AnswerRefused, AnswerTruncated, AnswerInvalid, InvalidInput)
"""What a call fails of because of what it was asked: the same would come of it for ever, while other tasks go on."""


class PreconditionUnmet(Conflict):
    code = "precondition_unmet"
    title = "What the task needs is not there"


def draft_task(run_id: uuid.UUID, task_id: uuid.UUID) -> None:
    """Draft one task, unless somebody does or did; then let the run go on."""
    run = Run.objects.select_related("plan").get(pk=run_id)
    set_trace_id(run.trace_id)
    if run.status != RunStatus.RUNNING or run.stage != Stage.CODE_GENERATION or run.pause_asked:
        return
    mine = Task.objects.filter(pk=task_id, draft__isnull=True).exclude(status__in=STOPPED)
    token = claims.take(mine, "draft_claim")
    if token is None:
        return
    task = Task.objects.select_related("plan").get(pk=task_id)
    with claims.holding(Task, token, "draft_claim"):
        if unmet := unmet_preconditions(task):
            _block(task, run, token, unmet)
            return
        move_tasks(plan_id=task.plan_id, task_ids=[task.pk], to=TaskStatus.IN_PROGRESS, actor=SYSTEM)
        task.refresh_from_db(fields=["status"])
        try:
            files, attempts, problems = _ask_until_right(task, run) if task.target_files else ([], 0, [])
        except OF_THE_TASK as error:
            _give_up(task, run, token, error)
            return
        except DEFECTS as defect:
            logger.exception("The draft of %s broke.", task.short_id)
            _give_up(task, run, token, WorkBroke(f"The draft of {task.short_id}", defect))
            return
        except DevMatrixError as error:
            claims.release(Task.objects.filter(pk=task_id), token, "draft_claim")
            pause_for_error(run, error)
            return
        _store(task, run, token, files, attempts, problems)


def _ask_until_right(task: Task, run: Run) -> tuple[list[ProjectFile], int, list[str]]:
    """Ask up to three times; the last answer counts even with problems, which the waves then deal with.

    Attempts go on counting when a person has the task drafted anew.
    """
    spec = task_spec_of(task)
    offered, interfaces = surroundings_of(task)
    examples, mistakes = _remembered(task)
    present = present_files(task)
    problems: list[str] = []
    files: list[ProjectFile] = []
    first = attempt = MAX_DRAFTS * task.attempts + 1
    for attempt in range(first, first + MAX_DRAFTS):
        inputs = TaskCodeInputs(
            project=project_context_of(task.plan),
            task=spec,
            interfaces=interfaces,
            present=present,
            errors=problems,
            hint=task.hint,
            examples=examples,
            mistakes=mistakes,
        )
        reply = ask(
            "task_code",
            inputs,
            about=About(conversation=task.plan.conversation_id, plan=task.plan_id, task=task.pk, trace_id=run.trace_id),
            attempt=attempt,
            complexity=task.complexity,
            options=engine_options_of(task.plan),
        )
        answer: TaskCode = reply.answer
        files = _ours(spec, answer)
        problems = problems_of(spec, answer.files, offered=offered)
        if not problems:
            break
    return files, attempt - first + 1, problems


def present_files(task: Task) -> list[ProjectFile]:
    """The files of a task that is written anew, as they stand. One query."""
    files = base_tree(task.plan_id).files if task.cut_again else {}
    return [ProjectFile(path=path, text=files[path]) for path in task.target_files if path in files]


def _remembered(task: Task) -> tuple[list[str], list[str]]:
    """Three successes and two mistakes of earlier tasks like this one; nothing when memory is down."""
    ask_memory = partial(recall, text=text_of(task), purpose="task_code", used_for=task.pk, plan=task.plan_id)
    done = ask_memory("successful_tasks", limit=EXAMPLES, where={"stack": task.plan.stack})
    wrong = ask_memory("failed_tasks", limit=MISTAKES, where={"stack": task.plan.stack, "found_by": BY_TASK})
    return [item.lesson for item in done], [item.lesson for item in wrong]


def _ours(spec: TaskSpec, answer: TaskCode) -> list[ProjectFile]:
    """Only files of the task, each once; a file that did not come is empty and will be found wanting."""
    texts = {file.path: file.text for file in answer.files}
    return [ProjectFile(path=path, text=texts.get(path, "")) for path in spec.target_files]


def surroundings_of(task: Task) -> tuple[dict[str, set[str]], list[ProjectFile]]:
    """What the modules drafted so far offer, and the interfaces of the tasks this one depends on. Two queries."""
    wanted = set(task.dependency_rows.values_list("needs_id", flat=True))
    wanted_short = {need["task"] for need in task.needs}
    offered: dict[str, set[str]] = {}
    interfaces: list[ProjectFile] = []
    drafted = Task.objects.filter(plan_id=task.plan_id, draft__isnull=False).order_by("number")
    for other in drafted.only("id", "short_id", "draft", "exports"):
        promised = {export["name"] for export in other.exports}
        for entry in other.draft or []:
            file = ProjectFile.model_validate(entry)
            if file.path.endswith(".py"):
                offered[module_of(file.path)] = promised | names_in(file.text)
            if other.pk in wanted or other.short_id in wanted_short:
                interfaces.append(interface_of(file))
    return offered, interfaces


def _store(
    task: Task, run: Run, token: uuid.UUID, files: list[ProjectFile], attempts: int, problems: list[str]
) -> None:
    with change():
        held_run(task.plan_id)
        stored = (
            Task.objects.filter(pk=task.pk, draft_claim=token)
            .exclude(status__in=[TaskStatus.CANCELLED, TaskStatus.SKIPPED])
            .update(
                draft=[file.model_dump() for file in files],
                draft_attempts=attempts,
                draft_claim=None,
                draft_claim_expires=None,
                drafted_at=timezone.now(),
                code_percent=DRAFTED,
                last_error="\n".join(problems),
            )
        )
        if stored != 1:
            logger.warning("A late draft of %s was discarded.", task.short_id)
            return
        left_out = [TaskStatus.CANCELLED, TaskStatus.SKIPPED]
        tasks = Task.objects.filter(plan_id=task.plan_id).exclude(status__in=left_out)
        emit(
            ("plan", task.plan_id),
            "code_generation_progress",
            {
                "task": task.short_id,
                "title": task.title,
                "done": tasks.filter(draft__isnull=False).count(),
                "total": tasks.count(),
                "lines": sum(file.text.count("\n") for file in files),
                "attempts": attempts,
                "success": not problems,
            },
        )
        release_tasks(task.plan_id)
        refresh_progress(task.plan_id, actor=SYSTEM)
        dispatch.advance_run(run.pk)


def _block(task: Task, run: Run, token: uuid.UUID, unmet: list[str]) -> None:
    """No attempt is spent on what cannot be right; the task has its turn when others have made what it needs."""
    error = PreconditionUnmet(
        f"{task.short_id} needs what is not there: {'; '.join(unmet)}.",
        hint="Give its code by hand, skip it, or change the plan so that a task before it makes that.",
    )
    _give_up(task, run, token, error, to=TaskStatus.BLOCKED)


def _give_up(task: Task, run: Run, token: uuid.UUID, error: DevMatrixError, to: TaskStatus = TaskStatus.FAILED) -> None:
    with change():
        held_run(task.plan_id)
        mine = Task.objects.filter(pk=task.pk, draft_claim=token, draft__isnull=True)
        if mine.update(draft_claim=None, draft_claim_expires=None) != 1:
            logger.warning("A late failure of %s was discarded.", task.short_id)
            return
        move_if_possible(task, to, actor=SYSTEM, reason=str(error), last_error=str(error))
        refresh_progress(task.plan_id, actor=SYSTEM)
        emit(
            ("plan", task.plan_id),
            "error",
            {"code": error.code, "message": error.detail, "hint": error.hint, "task": task.short_id},
        )
        dispatch.advance_run(run.pk)
