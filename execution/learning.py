"""What a plan teaches: its tasks, its failures and what solved them, and, when it is closed, itself.

Everything is read from the rows and written to the place of its source: it may be called at any time, any often.
Memory being down stops nothing.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import Exists, OuterRef

from execution.lessons import errors_text, failure_lesson, mistakes_lesson, success_lesson, task_text
from execution.models import Atom, FailureAnalysis
from execution.outcomes import record_outcome
from execution.output.report import Learned
from execution.states import AtomStatus
from execution.waves.tree import accepted_files
from integrations.memory.concluding import belongs_to, conclude_uses
from integrations.memory.learning import Lesson, forget_source, index_missing, remember
from integrations.models import PlanOutcome
from integrations.models.learning import Outcome
from planning.memory_texts import plan_lesson, plan_text
from planning.models import MasterPlan, Task
from planning.services.learning import learn_discovery, learn_modification
from planning.states import PlanStatus, ProposalStatus, TaskStatus

CLOSED = [PlanStatus.COMPLETED, PlanStatus.FAILED, PlanStatus.CANCELLED, PlanStatus.REJECTED]
BY_ERRORS, BY_TASK = "errors", "task"
"""Documents of ``failed_tasks`` are found by errors (for retries) or by what a task is (for drafts): ``found_by``."""
DRAFTS = ["task_code"]
MOST_PATTERNS, LONGEST_PATTERN = 8, 300


def learn_from(plan_id: uuid.UUID) -> None:
    """Learn what is new of a plan; of a closed one all of it, with its outcome in numbers."""
    index_missing()
    plan = MasterPlan.objects.select_related("discovery").get(pk=plan_id)
    tasks = list(Task.objects.filter(plan=plan).order_by("number"))
    failures = _failures(plan)
    remember([*_successes(plan, tasks), *(lesson for found in failures.values() for lesson in found)])
    remember(_mistakes(plan, tasks, failures))
    _conclude_drafts(plan, tasks)
    if plan.status in CLOSED:
        _learn_closed(plan, tasks)


def closed_and_not_learned(limit: int = 20) -> list[uuid.UUID]:
    """Plans that were closed and whose outcome is not recorded: somebody's message was lost, or never sent."""
    learned = PlanOutcome.objects.filter(plan_id=OuterRef("pk"), status=OuterRef("status"))
    closed = MasterPlan.objects.filter(~Exists(learned), status__in=CLOSED)
    return list(closed.order_by("-updated_at").values_list("pk", flat=True)[:limit])


def _successes(plan: MasterPlan, tasks: Iterable[Task]) -> list[Lesson]:
    done = [task for task in tasks if task.status == TaskStatus.DONE]
    files = accepted_files(plan.pk) if done else {}
    return [
        Lesson(
            "successful_tasks",
            text=text_of(task),
            lesson=success_lesson(
                title=task.title, files={path: files[path] for path in task.target_files if path in files}
            ),
            source_type="task",
            source_id=task.pk,
            plan=plan.pk,
            metadata={"stack": plan.stack, "type": task.type, "complexity": task.complexity},
        )
        for task in done
    ]


def text_of(task: Task) -> str:
    """What the task is found by, and what asks for tasks like it."""
    return task_text(
        title=task.title,
        description=task.description,
        kind=task.type,
        target_files=task.target_files,
        exports=[export["name"] for export in task.exports],
    )


def _failures(plan: MasterPlan) -> Mapping[uuid.UUID, list[Lesson]]:
    """What went wrong in atoms, by task: solved by a later attempt or by a person, or not solved. Four queries."""
    atoms = Atom.objects.filter(plan=plan, attempt_rows__success=False).distinct()
    causes = {
        row.atom_id: f"{row.root_cause} {row.conclusion}".strip()
        for row in FailureAnalysis.objects.filter(plan=plan).order_by("created_at")
    }
    found: dict[uuid.UUID, list[Lesson]] = defaultdict(list)
    for atom in atoms.select_related("accepted", "current").prefetch_related("attempt_rows").order_by("number"):
        lesson = _failure(plan, atom, causes.get(atom.pk, ""))
        if lesson is not None:
            found[atom.task_id].append(lesson)
    return found


def _failure(plan: MasterPlan, atom: Atom, cause: str) -> Lesson | None:
    wrong = [row for row in atom.attempt_rows.all() if row.success is False and row.errors]
    solved = atom.status == AtomStatus.ACCEPTED and atom.accepted is not None
    given_up = atom.awaiting_decision or atom.status == AtomStatus.FAILED
    if not wrong or not (solved or given_up):
        return None  # nothing known yet, or still being worked on
    last = wrong[-1]
    after = atom.accepted.text if solved and atom.accepted is not None else ""
    errors = errors_text(last.errors)
    return Lesson(
        "failed_tasks",
        text=errors,
        lesson=failure_lesson(errors=errors, before=last.code, after=after, cause=cause),
        source_type="atom",
        source_id=atom.pk,
        plan=plan.pk,
        metadata={
            "found_by": BY_ERRORS,
            "solved": solved,
            "kind": atom.kind,
            "attempts": atom.attempts,
            "by_person": atom.changed_by_person,
        },
    )


def _mistakes(plan: MasterPlan, tasks: Iterable[Task], failures: Mapping[uuid.UUID, list[Lesson]]) -> list[Lesson]:
    """Tasks in which something went wrong, found by what they are."""
    return [
        Lesson(
            "failed_tasks",
            text=text_of(task),
            lesson=mistakes_lesson(
                title=task.title,
                failures=[lesson.lesson for lesson in failures.get(task.pk, [])] or [task.last_error],
                ended="not done" if task.status == TaskStatus.FAILED else "done after mistakes",
            ),
            source_type="task",
            source_id=task.pk,
            plan=plan.pk,
            metadata={"found_by": BY_TASK, "solved": task.status == TaskStatus.DONE, "stack": plan.stack},
        )
        for task in tasks
        if (task.pk in failures and task.status == TaskStatus.DONE) or task.status == TaskStatus.FAILED
    ]


def _conclude_drafts(plan: MasterPlan, tasks: Iterable[Task]) -> None:
    """What memory gave for drafts, by how the tasks ended; done at once means that nothing of it was ever retried."""
    retried = set(
        Atom.objects.filter(plan=plan, attempt_rows__success=False).values_list("task_id", flat=True).distinct()
    )
    ended: dict[tuple[Outcome, str], list[uuid.UUID]] = defaultdict(list)
    for task in tasks:
        if task.status == TaskStatus.DONE:
            at_once = task.pk not in retried and task.draft_attempts <= 1
            ended[Outcome.SUCCEEDED, "done at once" if at_once else "done after retries"].append(task.pk)
        elif task.status == TaskStatus.FAILED and plan.status in CLOSED:
            ended[Outcome.FAILED, "failed"].append(task.pk)
        elif task.status in (TaskStatus.SKIPPED, TaskStatus.CANCELLED):
            ended[Outcome.UNJUDGED, str(task.status)].append(task.pk)
    for (outcome, words), keys in ended.items():
        conclude_uses(used_for=keys, outcome=outcome, ended_as=words, purposes=DRAFTS)


def _learn_closed(plan: MasterPlan, tasks: list[Task]) -> None:
    """The plan as a whole: what it was, how it ended, and whether what memory gave for it was of use."""
    outcome = record_outcome(plan, tasks)
    if outcome.started or plan.status == PlanStatus.REJECTED:
        good, bad = "successful_masterplans", "failed_masterplans"
        forget_source(bad if outcome.succeeded else good, plan.pk)  # type: ignore[arg-type]  # one of two literals
        remember([_plan_as_lesson(plan, tasks, outcome)])
    learn_discovery(plan.discovery_id)
    for proposal_id in plan.modifications.filter(status=ProposalStatus.APPROVED).values_list("pk", flat=True):
        learn_modification(proposal_id)
    belongs_to(used_for=plan.discovery_id, plan=plan.pk)
    judged = outcome.started or plan.status == PlanStatus.REJECTED
    ended = (Outcome.SUCCEEDED if outcome.succeeded else Outcome.FAILED) if judged else Outcome.UNJUDGED
    conclude_uses(used_for=plan.discovery_id, outcome=ended, ended_as=f"plan {plan.status}")
    rest = [task.pk for task in tasks]
    rest += list(Atom.objects.filter(plan=plan, attempts__gt=0).values_list("pk", flat=True))
    conclude_uses(used_for=rest, outcome=Outcome.UNJUDGED, ended_as=f"plan {plan.status}")


def _learned(plan: MasterPlan) -> list[str]:
    """What the report of the whole build says; a later small run has seen too little of it."""
    reports = plan.runs.filter(report__learned__0__isnull=False).order_by("created_at").values_list("report", flat=True)
    first = reports.first() or {"learned": []}
    return [str(Learned.model_validate(row))[:LONGEST_PATTERN] for row in first["learned"][:MOST_PATTERNS]]


def _plan_as_lesson(plan: MasterPlan, tasks: list[Task], outcome: PlanOutcome) -> Lesson:
    reasons = [plan.rejection_reason, plan.cancellation_reason, plan.failure_reason]
    troubles = [f"{task.title}: {task.last_error}"[:300] for task in tasks if task.status == TaskStatus.FAILED][:5]
    ended = f"{plan.status}, {outcome.tasks_done} of {outcome.tasks_total} tasks done"
    return Lesson(
        "successful_masterplans" if outcome.succeeded else "failed_masterplans",
        text=plan_text(plan.original_request, plan.entities),
        lesson=plan_lesson(
            plan,
            titles=[task.title for task in tasks],
            ended=ended,
            troubles=[*reasons, *troubles],
            learned=_learned(plan),
        ),
        source_type="masterplan",
        source_id=plan.pk,
        plan=plan.pk,
        metadata={
            "stack": plan.stack,
            "tasks": len(tasks),
            "minutes": round(outcome.actual_minutes, 2),
            "estimated_minutes": round(outcome.estimated_minutes, 2),
            "entities": len(plan.entities),
        },
    )
