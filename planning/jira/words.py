"""An item of a plan in the words and forms that Jira takes, wherever it goes there. Pure."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

from integrations.jira import adf
from planning.jira.items import Item

MOST_SUMMARY_CHARS = 255
MOST_LABEL_CHARS = 255
MOST_DESCRIPTION_CHARS = 20_000
MOST_POINTS_IN_A_LIST, MOST_POINT_CHARS = 20, 250
"""Jira takes 32,767 characters: with these, nothing is refused for its length."""
MARK = "devmatrix"
CRITERIA, FILES, STEPS = "Acceptance criteria", "Files", "Steps"


def plan_label(plan_id: uuid.UUID) -> str:
    """On every issue of the plan."""
    return f"{MARK}-{plan_id.hex[:16]}"


def item_label(plan_id: uuid.UUID, short_id: str) -> str:
    """On the issue of this item alone: by it, what was made is found again."""
    return f"{plan_label(plan_id)}-{short_id}"


def summary_of(text: str) -> str:
    """One line. Never empty."""
    return " ".join(text.split())[:MOST_SUMMARY_CHARS] or "(no title)"


def labels_of(item: Item) -> list[str]:
    """Labels have no spaces in Jira."""
    own = [re.sub(r"\s+", "-", label.strip())[:MOST_LABEL_CHARS] for label in item.labels]
    return list(dict.fromkeys([label for label in own if label]))


def lists_of(item: Item, steps: Sequence[Item] = ()) -> list[tuple[str, list[str]]]:
    """What is said in lists below the description: a title and its points. ``steps``: subtasks without issues."""
    lists = [(CRITERIA, item.criteria), (FILES, item.files), (STEPS, [step.title for step in steps])]
    return [(title, shortened) for title, points in lists if (shortened := _shortened(points))]


def document_of(item: Item, steps: Sequence[Item] = ()) -> adf.Node:
    """The description as a document."""
    blocks = adf.paragraphs(item.description[:MOST_DESCRIPTION_CHARS])
    for title, points in lists_of(item, steps):
        blocks += [adf.heading(title), *adf.bullets(points)]
    return adf.document(blocks)


def version_mark(plan_id: uuid.UUID, short_id: str) -> str:
    """In the description of a version: by it, what was made is found again."""
    return f"[{item_label(plan_id, short_id)}]"


def version_description_of(item: Item, plan_id: uuid.UUID) -> str:
    """Plain text, with the mark at its end."""
    said = [item.description[:MOST_DESCRIPTION_CHARS], *[f"- {one}" for one in _shortened(item.criteria)]]
    return "\n".join(line for line in [*said, version_mark(plan_id, item.short_id)] if line)


def _shortened(points: Sequence[str]) -> list[str]:
    kept = [" ".join(point.split())[:MOST_POINT_CHARS] for point in points[:MOST_POINTS_IN_A_LIST]]
    left = len(points) - len(kept)
    return [point for point in kept if point] + ([f"and {left} more"] if left > 0 else [])
