"""What a plan must keep before it is stored: structure, ids, order, contracts, paths, sizes, coverage. Pure.

Each problem is one sentence that names the item, fit to be handed back to the model that made the plan.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

import networkx as nx

from integrations.llm.requirements import entity_requirements
from integrations.llm.shapes import MilestoneSpec, PhaseSpec, PlanAnswer, PlanLimits, Requirement, TaskSpec

MAX_PATH_CHARS = 200
MAX_NAME_CHARS = 200
MAX_TITLE_CHARS = 300
_SAFE_PART = re.compile(r"^[A-Za-z0-9_.\[\]()@+-][A-Za-z0-9_.\[\]()@+ -]*$")

Item = PhaseSpec | MilestoneSpec | TaskSpec


def problems_of(plan: PlanAnswer, limits: PlanLimits, requirements: Iterable[Requirement] = ()) -> list[str]:
    """Everything that is wrong with ``plan``, in a stable order; an empty list when it holds together.

    ``requirements`` are what its tasks must cover.
    """
    milestones = [milestone for phase in plan.phases for milestone in phase.milestones]
    tasks = tasks_of(plan)
    problems = [
        *_sizes(plan, milestones, tasks, limits),
        *_texts(plan, milestones, tasks),
        *_entities(plan),
    ]
    for kind, items in (("phase", plan.phases), ("milestone", milestones), ("task", tasks)):
        problems += _ids(kind, items)
        problems += _dependencies(kind, items)
    problems += _contracts(tasks)
    problems += _paths(tasks)
    return [*problems, *uncovered(plan, requirements)]


def new_problems(
    before: PlanAnswer, after: PlanAnswer, limits: PlanLimits, statements: Sequence[Requirement] | None = None
) -> list[str]:
    """What is wrong with ``after`` that was not wrong with ``before``: nobody has to mend what was there already.

    With ``statements``, what the domain asks for besides entities, these and all entities are to be covered.
    """
    known = set(problems_of(before, limits, _required(before, statements)))
    return [problem for problem in problems_of(after, limits, _required(after, statements)) if problem not in known]


def _required(plan: PlanAnswer, statements: Sequence[Requirement] | None) -> list[Requirement]:
    return [] if statements is None else [*entity_requirements(plan.entities), *statements]


def uncovered(plan: PlanAnswer, requirements: Iterable[Requirement]) -> list[str]:
    """A sentence for every requirement that no task covers."""
    covered = {name for task in tasks_of(plan) for name in task.covers}
    return [f"No task covers {one.id} ({one.text[:100]})." for one in requirements if one.id not in covered]


def tasks_of(plan: PlanAnswer) -> list[TaskSpec]:
    """Every task, in the order of the plan."""
    return [task for phase in plan.phases for milestone in phase.milestones for task in milestone.tasks]


def _sizes(
    plan: PlanAnswer, milestones: list[MilestoneSpec], tasks: list[TaskSpec], limits: PlanLimits
) -> Iterator[str]:
    if not limits.min_phases <= len(plan.phases) <= limits.max_phases:
        yield f"The plan has {len(plan.phases)} phases; it must have {limits.min_phases} to {limits.max_phases}."
    if len(milestones) > limits.max_milestones:
        yield f"The plan has {len(milestones)} milestones; at most {limits.max_milestones} are allowed."
    if not limits.min_tasks <= len(tasks) <= limits.max_tasks:
        yield f"The plan has {len(tasks)} tasks; it must have {limits.min_tasks} to {limits.max_tasks}."
    for task in tasks:
        if len(task.subtasks) > limits.max_subtasks:
            yield f"{task.id} has {len(task.subtasks)} subtasks; at most {limits.max_subtasks} are allowed."
        if len(task.depends_on) > limits.max_dependencies:
            yield f"{task.id} depends on {len(task.depends_on)} tasks; at most {limits.max_dependencies} are allowed."


def _texts(plan: PlanAnswer, milestones: list[MilestoneSpec], tasks: list[TaskSpec]) -> Iterator[str]:
    if not plan.project_name.strip():
        yield "The plan has no project name."
    named = [(phase.id, phase.name, MAX_NAME_CHARS) for phase in plan.phases]
    named += [(milestone.id, milestone.name, MAX_NAME_CHARS) for milestone in milestones]
    titled = [(task.id, task.title, MAX_TITLE_CHARS) for task in tasks]
    for short_id, text, limit in [*named, *titled]:
        if not text.strip():
            yield f"{short_id} has no name."
        elif len(text) > limit:
            yield f"The name of {short_id} has {len(text)} characters; at most {limit} are allowed."
    for task in tasks:
        if any(not subtask.title.strip() or len(subtask.title) > MAX_TITLE_CHARS for subtask in task.subtasks):
            yield f"A subtask of {task.id} has no title, or one above {MAX_TITLE_CHARS} characters."


def _entities(plan: PlanAnswer) -> Iterator[str]:
    names = [entity.name for entity in plan.entities]
    for name in _repeated(names):
        yield f"The entity {name} is described more than once."
    for entity in plan.entities:
        for relation in entity.relations:
            if relation.target not in names:
                yield f"{entity.name}.{relation.name} relates to {relation.target}, which is no entity of the plan."


def _ids(kind: str, items: Iterable[Item]) -> Iterator[str]:
    ids = [item.id for item in items]
    for short_id in _repeated(ids):
        yield f"The id {short_id} is used more than once."
    for short_id in ids:
        if not short_id.startswith(f"{kind}_"):
            yield f"The id {short_id} of a {kind} must begin with {kind}_."


def _dependencies(kind: str, items: Iterable[Item]) -> Iterator[str]:
    items = list(items)
    known = {item.id for item in items}
    graph: nx.DiGraph[str] = nx.DiGraph()
    for item in items:
        for needed in _repeated(item.depends_on):
            yield f"{item.id} names its dependency {needed} twice."
        for needed in item.depends_on:
            if needed not in known:
                yield f"{item.id} depends on {needed}, which is no {kind} of the plan."
            elif needed == item.id:
                yield f"{item.id} depends on itself."
            else:
                graph.add_edge(needed, item.id)
    for circle in _circles(graph):
        yield f"These depend on each other in a circle: {', '.join(circle)}."


def _circles(graph: nx.DiGraph[str]) -> list[list[str]]:
    return sorted(sorted(part) for part in nx.strongly_connected_components(graph) if len(part) > 1)


def _contracts(tasks: list[TaskSpec]) -> Iterator[str]:
    exports = {task.id: {export.name for export in task.exports} for task in tasks}
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(exports)
    graph.add_edges_from((needed, task.id) for task in tasks for needed in task.depends_on if needed in exports)
    for task in tasks:
        for name in _repeated(export.name for export in task.exports):
            yield f"{task.id} exports {name} more than once."
        before = nx.ancestors(graph, task.id) if task.needs else set()
        for need in task.needs:
            if need.task not in exports:
                yield f"{task.id} needs {need.name} from {need.task}, which is no task of the plan."
            elif need.name not in exports[need.task]:
                yield f"{task.id} needs {need.name} from {need.task}, which does not export it."
            elif need.task not in before:
                yield f"{task.id} needs {need.name} from {need.task}, but does not depend on it."


def _paths(tasks: list[TaskSpec]) -> Iterator[str]:
    owner: dict[str, str] = {}
    for task in tasks:
        for path in task.target_files:
            if reason := path_problem(path):
                yield f"{task.id} writes {path[:MAX_PATH_CHARS]!r}, which {reason}."
            key = path.casefold()
            if key in owner:
                yield f"{task.id} writes {path[:MAX_PATH_CHARS]!r}, which {owner[key]} writes too."
            owner[key] = task.id


def path_problem(path: str) -> str:
    """Why ``path`` must not be written in a project, or an empty string when it may."""
    if not path or len(path) > MAX_PATH_CHARS:
        return f"is empty or longer than {MAX_PATH_CHARS} characters"
    if path.startswith("/"):
        return "is not relative"
    parts = path.split("/")
    if any(part in {"", ".", ".."} for part in parts):
        return "has empty or upward parts"
    if not all(_SAFE_PART.match(part) and not part.endswith((" ", ".")) for part in parts):
        return "has characters that are not safe in a path"
    if PurePosixPath(path).parts[0].casefold() == ".git":
        return "lies in the folder of git"
    return ""


def _repeated(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)
