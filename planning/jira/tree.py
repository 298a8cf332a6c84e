"""The items of a plan, read as they stand."""

from __future__ import annotations

import uuid

from planning.jira.items import Item, items_of
from planning.models import Milestone, Phase, Subtask, Task
from planning.selectors.plan_tree import Columns, plan_tree

_COMMON = ("id", "short_id", "description")
COLUMNS: Columns = {
    Phase: (*_COMMON, "name", "type"),
    Milestone: (*_COMMON, "name", "acceptance_criteria"),
    Task: (
        *_COMMON,
        "title",
        "type",
        "priority",
        "complexity",
        "estimated_minutes",
        "story_points",
        "acceptance_criteria",
        "labels",
        "target_files",
        "assigned_agent",
        "left_in",
    ),
    Subtask: (*_COMMON, "title", "estimated_minutes"),
}


def items_of_plan(plan_id: uuid.UUID) -> list[Item]:
    """Seven queries, whatever the size of the plan."""
    return items_of(plan_tree(plan_id, COLUMNS))
