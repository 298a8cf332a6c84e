"""The purpose ``impact_analysis``: what a modification does to a plan, found by planning before and after it.

The engine plans the domain as it is and as it is to be, and compares every file; what differs is mapped onto the tasks
of the real plan by the files that they write. A plan of another author is compared as far as its files are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from integrations.llm.offline.modifying import Modified, modify
from integrations.llm.offline.planner.plan import make_plan
from integrations.llm.offline.project.stacks import stack_named
from integrations.llm.offline.reading.tokens import read_text
from integrations.llm.offline.words import fold, words_of
from integrations.llm.requirements import requirements_of
from integrations.llm.shapes import (
    AddedTask,
    ChangedTask,
    DomainModel,
    ImpactAnalysis,
    ImpactInputs,
    MasterPlanInputs,
    Need,
    PlannedTask,
    ProjectContext,
    TaskSpec,
    TouchedTask,
)

FINISHED: Final = frozenset({"done", "tested", "ready_for_test"})


@dataclass(frozen=True)
class Planned:
    """A plan of the engine: tasks by their main file, in order, and the text of every file."""

    tasks: dict[str, TaskSpec]
    texts: dict[str, str]


def analyse_impact(inputs: ImpactInputs) -> ImpactAnalysis:
    """The smallest change of the plan that the requirement asks for; none where it is not understood."""
    spanish = read_text(f"{inputs.request}\n{inputs.requirement}").language == "es"
    project = inputs.project
    domain = inputs.domain.model_copy(
        update={"entities": project.entities or inputs.domain.entities, "design": project.design}
    )
    modified = modify(inputs.request, _wanted(inputs), domain)
    if not modified.changes:
        return ImpactAnalysis(
            summary=_summary(modified, 0, 0, 0, spanish=spanish),
            entities=domain.entities,
            not_understood=list(modified.not_understood),
        )
    work = Comparison(inputs, _planned(inputs, domain), _planned(inputs, modified.domain), modified)
    return work.analysis(spanish=spanish)


def _wanted(inputs: ImpactInputs) -> str:
    return "\n".join(text for text in (inputs.requirement, inputs.adjustment) if text.strip())


def _planned(inputs: ImpactInputs, domain: DomainModel) -> Planned:
    stack = inputs.project.stack
    plan = make_plan(
        MasterPlanInputs(
            request=inputs.request,
            domain=domain,
            requirements=requirements_of(domain),
            stack=stack,
            limits=inputs.limits,
        )
    )
    context = ProjectContext(
        project_name=inputs.project.project_name,
        description=inputs.project.description,
        stack=stack,
        conventions=plan.conventions,
        entities=plan.entities,
        design=plan.design,
    )
    writers = stack_named(stack).files(context)
    tasks = [task for phase in plan.phases for milestone in phase.milestones for task in milestone.tasks]
    return Planned(
        {task.target_files[0]: task for task in tasks},
        {path: writers[path]() for task in tasks for path in task.target_files if path in writers},
    )


class Comparison:
    """Two plans of the engine, before and after, and the real one."""

    def __init__(self, inputs: ImpactInputs, before: Planned, after: Planned, modified: Modified) -> None:
        self.inputs = inputs
        self.before = before
        self.after = after
        self.modified = modified
        self.own = {path: planned for planned in inputs.tasks for path in planned.task.target_files}
        self.ids = self._ids()

    def analysis(self, *, spanish: bool) -> ImpactAnalysis:
        if not any(path in self.own for path in self.before.tasks):
            return self._by_words(spanish=spanish)
        added, changed, removed = self._added(), self._changed(), self._removed()
        dependents = self._dependents({one.task.id for one in changed} | {one.task for one in removed}, added)
        return ImpactAnalysis(
            summary=_summary(self.modified, len(added), len(changed), len(removed), spanish=spanish),
            added=added,
            changed=changed,
            removed=removed,
            dependents=dependents,
            entities=self.modified.domain.entities,
            design=self.modified.domain.design,
            entity_changes=list(self.modified.changes),
            extra_minutes=sum(task.estimated_minutes for task in _tasks_of(added, changed)),
            needs_refactoring=any(self._is_finished(one.task.id) for one in changed),
            not_understood=list(self.modified.not_understood),
        )

    def _ids(self) -> dict[str, str]:
        """The real id of each task of the plan after: that of the task with its file, or the next free one."""
        numbers = [int(planned.task.id.rpartition("_")[2]) for planned in self.inputs.tasks]
        following = max(numbers, default=0) + 1
        ids: dict[str, str] = {}
        for path, task in self.after.tasks.items():
            if path in self.own:
                ids[task.id] = self.own[path].task.id
            elif path not in self.before.tasks:
                ids[task.id] = f"task_{following:03}"
                following += 1
        return ids

    def _added(self) -> list[AddedTask]:
        """Each goes where the task before it in the new plan is."""
        found: list[AddedTask] = []
        milestone = self.inputs.tasks[0].milestone if self.inputs.tasks else "milestone_01"
        for path, task in self.after.tasks.items():
            if path in self.own:
                milestone = self.own[path].milestone
            elif path not in self.before.tasks:
                found.append(AddedTask(milestone=milestone, task=self._real(task), why=self._why()))
        return found

    def _changed(self) -> list[ChangedTask]:
        return [
            ChangedTask(task=self._real(task), why=self._why())
            for path, task in self.after.tasks.items()
            if path in self.own and path in self.before.tasks and self._differs(path)
        ]

    def _removed(self) -> list[TouchedTask]:
        gone = [path for path in self.before.tasks if path not in self.after.tasks and path in self.own]
        return [TouchedTask(task=self.own[path].task.id, why=self._why()) for path in gone]

    def _dependents(self, touched: set[str], added: list[AddedTask]) -> list[TouchedTask]:
        left_out = touched | {one.task.id for one in added}
        found = []
        for planned in self.inputs.tasks:
            uses = sorted(touched & set(planned.task.depends_on))
            if uses and planned.task.id not in left_out:
                found.append(TouchedTask(task=planned.task.id, why=f"It uses {', '.join(uses)}."))
        return found

    def _differs(self, path: str) -> bool:
        one, two = self.before.tasks[path], self.after.tasks[path]
        if {file: self.before.texts.get(file) for file in one.target_files} != {
            file: self.after.texts.get(file) for file in two.target_files
        }:
            return True
        return [export.model_dump() for export in one.exports] != [export.model_dump() for export in two.exports]

    def _real(self, task: TaskSpec) -> TaskSpec:
        """The task with real ids; what the real plan has nobody for is left out."""
        needs = [Need(name=need.name, task=self.ids[need.task]) for need in task.needs if need.task in self.ids]
        depends = sorted({self.ids[needed] for needed in task.depends_on if needed in self.ids})
        return task.model_copy(update={"id": self.ids[task.id], "depends_on": depends, "needs": needs})

    def _is_finished(self, task_id: str) -> bool:
        return any(planned.task.id == task_id and planned.status in FINISHED for planned in self.inputs.tasks)

    def _why(self) -> str:
        return " ".join(self.modified.changes)[:500]

    def _by_words(self, *, spanish: bool) -> ImpactAnalysis:
        """A plan of another author: the tasks that name what changes are to be done again with the requirement."""
        changed = [
            ChangedTask(task=self._with_requirement(planned.task), why=self._why())
            for planned in self.inputs.tasks
            if self._names_what_changes(planned)
        ]
        touched = {one.task.id for one in changed}
        return ImpactAnalysis(
            summary=_summary(self.modified, 0, len(changed), 0, spanish=spanish),
            changed=changed,
            dependents=self._dependents(touched, []),
            entities=self.modified.domain.entities,
            design=self.modified.domain.design,
            entity_changes=list(self.modified.changes),
            extra_minutes=sum(one.task.estimated_minutes for one in changed),
            needs_refactoring=any(self._is_finished(one.task.id) for one in changed),
            not_understood=[
                *self.modified.not_understood,
                "The plan is not the offline engine's own: new and superfluous tasks are not found.",
            ],
        )

    def _with_requirement(self, task: TaskSpec) -> TaskSpec:
        covers = list(dict.fromkeys([*task.covers, *(f"entity_{name}" for name in sorted(self.modified.touched))]))
        words = f"{task.description}\nNow also: {self.inputs.requirement}"
        return task.model_copy(update={"description": words, "covers": covers})

    def _names_what_changes(self, planned: PlannedTask) -> bool:
        text = fold(" ".join([planned.task.title, planned.task.description, *planned.task.target_files]))
        return any(fold(words_of(name)) in text for name in self.modified.touched)


def _tasks_of(added: list[AddedTask], changed: list[ChangedTask]) -> list[TaskSpec]:
    return [one.task for one in added] + [one.task for one in changed]


def _summary(modified: Modified, added: int, changed: int, removed: int, *, spanish: bool) -> str:
    if not modified.changes:
        return (
            "El motor sin conexión no entendió qué debe cambiar; el plan queda como está."
            if spanish
            else "The offline engine did not understand what is to change; the plan stays as it is."
        )
    counts = (
        f"{added} tareas nuevas, {changed} cambian, {removed} sobran."
        if spanish
        else f"{added} tasks are new, {changed} change, {removed} go."
    )
    return " ".join([*modified.changes, counts])
