"""Writes the rows of a plan from a model's answer; a fixed number of inserts, whatever its size."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from integrations.llm.shapes import MilestoneSpec, PhaseSpec, PlanAnswer, TaskSpec
from planning.models import (
    MasterPlan,
    Milestone,
    MilestoneDependency,
    Phase,
    PhaseDependency,
    Subtask,
    Task,
    TaskDependency,
)
from planning.models.hierarchy import PlanItem

Row = TypeVar("Row", bound=PlanItem)
BATCH = 500
MINUTES_PER_HOUR = 60


@dataclass(frozen=True)
class PlanRows:
    """Rows of a plan, not stored yet, by short id; ``subtasks`` in order."""

    phases: dict[str, Phase]
    milestones: dict[str, Milestone]
    tasks: dict[str, Task]
    subtasks: list[Subtask]

    @property
    def task_columns(self) -> tuple[str, ...]:
        """The columns of a task that come from its specification."""
        return _SAME_NAMES


def create_plan_rows(plan: MasterPlan, answer: PlanAnswer) -> None:
    """Phases to subtasks and the dependencies among them. ``answer`` must have passed ``plan_checks``."""
    rows = plan_rows(plan, answer)
    Phase.objects.bulk_create(rows.phases.values(), batch_size=BATCH)
    Milestone.objects.bulk_create(rows.milestones.values(), batch_size=BATCH)
    Task.objects.bulk_create(rows.tasks.values(), batch_size=BATCH)
    Subtask.objects.bulk_create(rows.subtasks, batch_size=BATCH)
    create_dependencies(rows, answer)


def plan_rows(plan: MasterPlan, answer: PlanAnswer, *, keys: Mapping[str, uuid.UUID] | None = None) -> PlanRows:
    """The rows that ``answer`` describes. Those whose short ids are in ``keys`` get these keys."""
    keys = keys or {}
    phases = _keyed({spec.id: _phase(plan, number, spec) for number, spec in enumerate(answer.phases, start=1)}, keys)
    milestone_specs = [(phase, milestone) for phase in answer.phases for milestone in phase.milestones]
    milestones = {
        spec.id: _milestone(plan, phases[phase.id], number, spec)
        for number, (phase, spec) in enumerate(milestone_specs, start=1)
    }
    _keyed(milestones, keys)
    task_specs = [(milestone, task) for _, milestone in milestone_specs for task in milestone.tasks]
    tasks = {
        spec.id: _task(plan, milestones[milestone.id], number, spec)
        for number, (milestone, spec) in enumerate(task_specs, start=1)
    }
    _keyed(tasks, keys)
    subtasks = [row for _, spec in task_specs for row in _subtasks(plan, tasks[spec.id], spec)]
    return PlanRows(phases, milestones, tasks, subtasks)


def _keyed(rows: dict[str, Row], keys: Mapping[str, uuid.UUID]) -> dict[str, Row]:
    """Before the rows below them are made, which take these keys."""
    for short_id, row in rows.items():
        row.pk = keys.get(short_id, row.pk)
    return rows


def create_dependencies(rows: PlanRows, answer: PlanAnswer) -> None:
    """Who depends on whom, at every level: three inserts."""
    milestones = [milestone for phase in answer.phases for milestone in phase.milestones]
    PhaseDependency.objects.bulk_create(
        PhaseDependency(phase=rows.phases[item], needs=rows.phases[needed]) for item, needed in _edges(answer.phases)
    )
    MilestoneDependency.objects.bulk_create(
        MilestoneDependency(milestone=rows.milestones[item], needs=rows.milestones[needed])
        for item, needed in _edges(milestones)
    )
    TaskDependency.objects.bulk_create(
        (
            TaskDependency(task=rows.tasks[item], needs=rows.tasks[needed])
            for item, needed in _edges([task for milestone in milestones for task in milestone.tasks])
        ),
        batch_size=BATCH,
    )


def _edges(specs: list[PhaseSpec] | list[MilestoneSpec] | list[TaskSpec]) -> list[tuple[str, str]]:
    return [(spec.id, needed) for spec in specs for needed in spec.depends_on]


def _minutes(specs: list[TaskSpec]) -> int:
    return sum(task.estimated_minutes for task in specs)


def hours_of(minutes: int) -> Decimal:
    return (Decimal(minutes) / MINUTES_PER_HOUR).quantize(Decimal("0.01"))


def _phase(plan: MasterPlan, number: int, spec: PhaseSpec) -> Phase:
    minutes = sum(_minutes(milestone.tasks) for milestone in spec.milestones)
    return Phase(
        plan=plan,
        short_id=spec.id,
        number=number,
        name=spec.name,
        type=spec.type,
        description=spec.description,
        estimated_hours=hours_of(minutes),
    )


def _milestone(plan: MasterPlan, phase: Phase, number: int, spec: MilestoneSpec) -> Milestone:
    return Milestone(
        plan=plan,
        phase=phase,
        short_id=spec.id,
        number=number,
        name=spec.name,
        description=spec.description,
        acceptance_criteria=spec.acceptance_criteria,
        estimated_minutes=_minutes(spec.tasks),
    )


_SAME_NAMES = (
    "title",
    "description",
    "type",
    "priority",
    "complexity",
    "estimated_minutes",
    "story_points",
    "acceptance_criteria",
    "labels",
    "target_files",
    "preconditions",
    "postconditions",
    "expected_outputs",
    "exports",
    "needs",
    "covers",
)


def _task(plan: MasterPlan, milestone: Milestone, number: int, spec: TaskSpec) -> Task:
    columns = spec.model_dump(mode="json", include=set(_SAME_NAMES))
    return Task(plan=plan, milestone=milestone, short_id=spec.id, number=number, **columns)


def _subtasks(plan: MasterPlan, task: Task, spec: TaskSpec) -> list[Subtask]:
    suffix = spec.id.removeprefix("task_")
    return [
        Subtask(
            plan=plan,
            task=task,
            short_id=f"subtask_{suffix}_{number:02}",
            number=number,
            title=subtask.title,
            description=subtask.description,
            estimated_minutes=subtask.estimated_minutes,
        )
        for number, subtask in enumerate(spec.subtasks, start=1)
    ]
