"""A plan as a CSV that Jira's importer reads. Pure; row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from planning.jira.fields import PRIORITIES
from planning.jira.items import Item
from planning.jira.words import labels_of, lists_of, summary_of

COLUMNS = (
    "Issue ID",
    "Issue Type",
    "Summary",
    "Description",
    "Priority",
    "Labels",
    "Story Points",
    "Epic Name",
    "Epic Link",
    "Fix Version",
    "Parent",
    "Original Estimate",
)
TYPES = {"phase": "Epic", "task": "Story", "subtask": "Sub-task"}
FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "|", "%")
"""A cell that begins so, after spaces, is a formula to some program."""
SAFE = "'"
_NUMBERS = frozenset({"Issue ID", "Story Points", "Parent", "Original Estimate"})


def csv_lines(items: Sequence[Item]) -> Iterator[str]:
    """Lines with their ends: the columns, then epics, stories and sub-tasks, as the importer wants them."""
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for row in csv_rows(items):
        yield writer.writerow([_cell(column, row.get(column, "")) for column in COLUMNS])


def csv_rows(items: Sequence[Item]) -> Iterator[dict[str, str]]:
    """What the cells say, not yet made safe. Ids are those of this file; estimates are seconds."""
    numbers = {item.short_id: str(number) for number, item in enumerate(_issues(items), start=1)}
    titles = {item.short_id: summary_of(item.title) for item in items}
    for item in _issues(items):
        row = {
            "Issue ID": numbers[item.short_id],
            "Issue Type": TYPES[item.kind],
            "Summary": titles[item.short_id],
            "Description": _description(item),
            "Labels": " ".join(labels_of(item)),
            "Parent": numbers.get(item.parent, ""),
            "Original Estimate": str(item.minutes * 60) if item.minutes else "",
        }
        yield row | _of_kind(item, titles)


def unguarded(cell: str) -> str:
    """What a cell says, without what makes it safe."""
    rest = cell.removeprefix(SAFE)
    return rest if rest != cell and _is_formula(rest) else cell


def _of_kind(item: Item, titles: dict[str, str]) -> dict[str, str]:
    if item.kind == "phase":
        return {"Epic Name": titles[item.short_id]}
    if item.kind == "task":
        return {
            "Priority": PRIORITIES[item.priority][0].capitalize() if item.priority in PRIORITIES else "",
            "Story Points": "" if item.points is None else str(item.points),
            "Epic Link": titles[item.parent],
            "Fix Version": titles[item.milestone],
        }
    return {}


def _issues(items: Sequence[Item]) -> list[Item]:
    return [item for item in items if item.kind != "milestone"]


def _description(item: Item) -> str:
    """In the importer's notation: headings and lists."""
    parts = [item.description.strip()]
    parts += [f"h3. {title}\n" + "\n".join(f"* {point}" for point in points) for title, points in lists_of(item)]
    return "\n\n".join(part for part in parts if part)


def _cell(column: str, text: str) -> str:
    return text if column in _NUMBERS or not _is_formula(text) else SAFE + text


def _is_formula(text: str) -> bool:
    return text.lstrip(" '").startswith(FORMULA_SIGNS)


class _Echo:
    """A file that gives back what is written, for a writer of which only the lines are wanted."""

    def write(self, line: str) -> str:
        return line
