"""Edits of a plan: from one state to the next, as a person asks for them. Whether the result holds is for plan_checks.

Pure. Every edit raises ``InvalidInput`` when a value does not have its shape, ``NotFound`` when an item is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from common.errors import InvalidInput, NotFound
from integrations.llm.shapes import PlanAnswer, TaskSpec

PLAN_FIELDS = frozenset(PlanAnswer.model_fields) - {"phases"}
TASK_FIELDS = frozenset(TaskSpec.model_fields) - {"id"}
MAX_ERRORS = 20
Document = dict[str, Any]


def change_plan(plan: PlanAnswer, values: Mapping[str, Any]) -> PlanAnswer:
    """Other values for ``PLAN_FIELDS``."""
    return _plan_from({**_document(plan), **_only(values, PLAN_FIELDS)})


def change_task(plan: PlanAnswer, short_id: str, values: Mapping[str, Any]) -> PlanAnswer:
    """Other values for ``TASK_FIELDS`` of a task."""
    document = _document(plan)
    task, _ = _found(document, short_id)
    task.update(_only(values, TASK_FIELDS))
    return _plan_from(document, focus=short_id)


def add_task(
    plan: PlanAnswer, *, milestone: str, values: Mapping[str, Any], position: int | None = None
) -> tuple[PlanAnswer, str]:
    """The plan with one task more, at ``position`` (from 0, last by default) of a milestone, and its new short id."""
    document = _document(plan)
    short_id = _next_id(document)
    _insert(_milestone(document, milestone), {"id": short_id, **_only(values, TASK_FIELDS)}, position)
    return _plan_from(document, focus=short_id), short_id


def move_task(plan: PlanAnswer, short_id: str, *, milestone: str, position: int | None = None) -> PlanAnswer:
    """The task at another place; a milestone that it leaves empty goes too."""
    document = _document(plan)
    task, home = _found(document, short_id)
    target = _milestone(document, milestone)
    home["tasks"].remove(task)
    _insert(target, task, position)
    return _plan_from(without_empty_stages(document))


def remove_task(plan: PlanAnswer, short_id: str, *, with_dependents: bool = False) -> PlanAnswer:
    """The plan without a task, and without those that need it where that is asked for."""
    document = _document(plan)
    _found(document, short_id)
    dependents = _dependents(document, short_id)
    if dependents and not with_dependents:
        raise InvalidInput(
            f"{short_id} is needed by {', '.join(sorted(dependents))}.",
            hint="Change what they depend on first, or remove them too (with_dependents).",
            dependents=sorted(dependents),
        )
    gone = {short_id, *dependents}
    for milestone in _milestones(document):
        milestone["tasks"] = [task for task in milestone["tasks"] if task["id"] not in gone]
    return _plan_from(without_empty_stages(document))


def _document(plan: PlanAnswer) -> Document:
    return plan.model_dump(mode="json")


def _plan_from(document: Document, *, focus: str = "") -> PlanAnswer:
    try:
        return PlanAnswer.model_validate(document)
    except ValidationError as error:
        errors = {
            _place(document, item["loc"], focus): [item["msg"]]
            for item in error.errors(include_url=False, include_input=False)[:MAX_ERRORS]
        }
        raise InvalidInput("The plan would not have the right shape.", errors=errors) from None


def _place(document: Document, location: tuple[int | str, ...], focus: str) -> str:
    """Where a value is wrong, seen from the item that was edited."""
    if focus and location[:1] == ("phases",) and len(location) > 6:
        location = location[6:]
    elif not document["phases"]:
        location = ("tasks",)
    return ".".join(str(part) for part in location)


def _only(values: Mapping[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    if foreign := sorted(set(values) - allowed):
        raise InvalidInput(
            f"These cannot be changed: {', '.join(foreign)}.",
            hint=f"What can be changed: {', '.join(sorted(allowed))}.",
            errors={name: ["It cannot be changed."] for name in foreign},
        )
    return dict(values)


def _milestones(document: Document) -> Iterator[Document]:
    for phase in document["phases"]:
        yield from phase["milestones"]


def _milestone(document: Document, short_id: str) -> Document:
    found = next((milestone for milestone in _milestones(document) if milestone["id"] == short_id), None)
    if found is None:
        known = ", ".join(milestone["id"] for milestone in _milestones(document))
        raise InvalidInput(
            f"There is no milestone {short_id[:40]!r}.", hint=f"There are: {known}.", errors={"milestone": ["Unknown."]}
        )
    return found


def _found(document: Document, short_id: str) -> tuple[Document, Document]:
    """The task and the milestone it belongs to."""
    for milestone in _milestones(document):
        for task in milestone["tasks"]:
            if task["id"] == short_id:
                return task, milestone
    raise NotFound(f"The plan has no task {short_id[:40]!r}.")


def _next_id(document: Document) -> str:
    """One above the highest number in use, so that no id comes back with another meaning soon."""
    ids = [task["id"] for milestone in _milestones(document) for task in milestone["tasks"]]
    numbers = [int(number) for short_id in ids for number in re.findall(r"\d+", short_id)[:1]]
    return f"task_{max(numbers, default=0) + 1:03}"


def _insert(milestone: Document, task: Document, position: int | None) -> None:
    milestone["tasks"].insert(len(milestone["tasks"]) if position is None else position, task)


def _dependents(document: Document, short_id: str) -> set[str]:
    """Everything that depends on a task or needs a name of it, directly or through others."""
    users: dict[str, set[str]] = {}
    for milestone in _milestones(document):
        for task in milestone["tasks"]:
            for needed in {*task["depends_on"], *(need["task"] for need in task["needs"])}:
                users.setdefault(needed, set()).add(task["id"])
    found: set[str] = set()
    waiting = [short_id]
    while waiting:
        new = users.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found - {short_id}


def without_empty_stages(document: Document) -> Document:
    """Milestones and phases without tasks go; what depended on one depends on what that one depended on."""
    for phase in document["phases"]:
        _bridge(list(_milestones(document)), [stage for stage in phase["milestones"] if not stage["tasks"]])
        phase["milestones"] = [milestone for milestone in phase["milestones"] if milestone["tasks"]]
    _bridge(document["phases"], [phase for phase in document["phases"] if not phase["milestones"]])
    document["phases"] = [phase for phase in document["phases"] if phase["milestones"]]
    return document


def _bridge(stages: list[Document], gone: list[Document]) -> None:
    for lost in gone:
        for stage in stages:
            if lost["id"] in stage["depends_on"]:
                kept = [needed for needed in stage["depends_on"] if needed != lost["id"]]
                stage["depends_on"] = list(dict.fromkeys([*kept, *lost["depends_on"]]))
