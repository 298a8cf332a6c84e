"""What a modification would touch, as the person who decides on it is told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import networkx as nx

from integrations.llm.shape import Shape
from integrations.llm.shapes import ImpactAnalysis, PlanAnswer, TaskSpec
from planning.plan_checks import tasks_of
from planning.plan_diff import PlanDiff, compare, in_words
from planning.states import TaskStatus

COMPLETED = frozenset({TaskStatus.READY_FOR_TEST, TaskStatus.TESTED, TaskStatus.DONE})
MINUTES_PER_HOUR = 60


class TouchedItem(Shape):
    """A task by its short id; ``status`` as it was when the plan was looked at, empty for a new one."""

    id: str
    title: str
    milestone: str
    status: str = ""
    why: str = ""


class Dependency(Shape):
    task: str
    needs: str


class AtomCounts(Shape):
    """``replaced`` atoms belong to tasks that are written anew or go; ``judged_again`` use something of those.

    At most so many: what comes out of the new drafts unchanged is kept too.
    """

    replaced: int = 0
    judged_again: int = 0
    kept: int = 0


class Impact(Shape):
    """``dependents`` keep their code, which is judged again. Every other task keeps everything that it has."""

    summary: str
    words: str
    new_tasks: list[TouchedItem] = []
    changed_tasks: list[TouchedItem] = []
    removed_tasks: list[TouchedItem] = []
    dependents: list[TouchedItem] = []
    kept_tasks: int = 0
    completed_touched: list[str] = []
    running_touched: list[str] = []
    new_dependencies: list[Dependency] = []
    entity_changes: list[str] = []
    stack: str = ""
    """The new stack, where it is another."""
    needs_refactoring: bool = False
    extra_minutes: int = 0
    extra_hours: float = 0
    estimated_cost_usd: str = "0"
    atoms: AtomCounts = AtomCounts()
    uncovered: list[str] = []
    """Requirements that no task would cover any more, a sentence for each."""
    not_understood: list[str] = []
    questions: list[str] = []
    """What would have to be known for the rest of a complex requirement; answered by an adjustment."""
    diff: PlanDiff = PlanDiff()

    @property
    def to_write(self) -> set[str]:
        """Short ids of tasks whose code is asked of a model: new ones and changed ones."""
        return {item.id for item in [*self.new_tasks, *self.changed_tasks]}


def impact_of(
    before: PlanAnswer, after: PlanAnswer, analysis: ImpactAnalysis, statuses: Mapping[str, str]
) -> Impact | None:
    """``None`` when nothing would be different. ``statuses`` of the tasks of the plan as it is, by short id."""
    diff = compare(before, after)
    old, new = _tasks(before), _tasks(after)
    changed = _changed(before, after, analysis)
    removed, added = old.keys() - new.keys(), new.keys() - old.keys()
    if not diff and not changed:
        return None
    downstream = _downstream(new, changed | added) | (_downstream(old, removed) & new.keys())
    dependents = downstream - changed - added
    why = _reasons(analysis)
    items = {
        name: _item(task, place, "" if name in added else statuses.get(name, ""), why)
        for name, (task, place) in {**old, **new}.items()
    }
    touched = changed | removed
    minutes = sum(new[name][0].estimated_minutes for name in changed | added)
    return Impact(
        summary=analysis.summary,
        words=in_words(diff) if diff else f"{len(changed)} tasks are written anew",
        new_tasks=_listed(new, added, items),
        changed_tasks=_listed(new, changed, items),
        removed_tasks=_listed(old, removed, items),
        dependents=_listed(new, dependents, items),
        kept_tasks=len(new.keys() - changed - added - dependents),
        completed_touched=[name for name in old if name in touched and statuses.get(name) in COMPLETED],
        running_touched=[name for name in old if name in touched and statuses.get(name) == TaskStatus.IN_PROGRESS],
        new_dependencies=_new_dependencies(old, new),
        entity_changes=analysis.entity_changes,
        stack=after.stack if after.stack != before.stack else "",
        needs_refactoring=any(statuses.get(name) in COMPLETED for name in changed),
        extra_minutes=minutes,
        extra_hours=round(minutes / MINUTES_PER_HOUR, 2),
        not_understood=analysis.not_understood,
        diff=diff,
    )


Placed = dict[str, tuple[TaskSpec, str]]


def _tasks(plan: PlanAnswer) -> Placed:
    """Tasks with the milestone they belong to, by short id, in order."""
    return {
        task.id: (task, milestone.id)
        for phase in plan.phases
        for milestone in phase.milestones
        for task in milestone.tasks
    }


def _changed(before: PlanAnswer, after: PlanAnswer, analysis: ImpactAnalysis) -> set[str]:
    """Tasks whose code is to be written anew: those that are said to, and all of them for another stack.

    The specification of a changed task may be the same: the entities that it is written from need not be.
    """
    both = {task.id for task in tasks_of(before)} & {task.id for task in tasks_of(after)}
    if before.stack != after.stack:
        return both
    return {one.task.id for one in analysis.changed} & both


def _downstream(tasks: Placed, roots: Iterable[str]) -> set[str]:
    """Every task that needs one of ``roots``, directly or through others."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(tasks)
    graph.add_edges_from((needed, name) for name, (task, _) in tasks.items() for needed in task.depends_on)
    found: set[str] = set()
    for root in roots:
        found |= nx.descendants(graph, root)
    return found


def _reasons(analysis: ImpactAnalysis) -> dict[str, str]:
    return {
        **{one.task: one.why for one in [*analysis.dependents, *analysis.removed]},
        **{one.task.id: one.why for one in analysis.added},
        **{one.task.id: one.why for one in analysis.changed},
    }


def _item(task: TaskSpec, milestone: str, status: str, why: Mapping[str, str]) -> TouchedItem:
    return TouchedItem(id=task.id, title=task.title, milestone=milestone, status=status, why=why.get(task.id, ""))


def _listed(tasks: Placed, chosen: set[str], items: Mapping[str, TouchedItem]) -> list[TouchedItem]:
    return [items[name] for name in tasks if name in chosen]


def _new_dependencies(old: Placed, new: Placed) -> list[Dependency]:
    """Of tasks that both plans have."""
    return [
        Dependency(task=name, needs=needed)
        for name, (task, _) in new.items()
        if name in old
        for needed in task.depends_on
        if needed not in old[name][0].depends_on
    ]
