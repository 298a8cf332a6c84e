"""The CSV for Jira's importer: what it says, and that no cell is a formula."""

from __future__ import annotations

import csv
import io
import uuid

from hypothesis import given
from hypothesis import strategies as st

from planning.jira.csv_rows import COLUMNS, FORMULA_SIGNS, csv_lines, csv_rows, unguarded
from planning.jira.items import Item

# What PostgreSQL keeps: neither the null character nor half a pair.
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=60) | st.sampled_from(
    ["=1+1", " =cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "'=1", "\t=1", '"quoted", and more', "a\r\nb", "＝1"]
)


def item(kind: str, short_id: str, title: str, **more: object) -> Item:
    return Item(**{"kind": kind, "id": uuid.uuid4(), "short_id": short_id, "title": title, **more})  # type: ignore[arg-type]  # as the tests name them


def plan(title: str = "Write it", description: str = "What for.", label: str = "api") -> list[Item]:
    return [
        item("phase", "phase_01", title, description=description),
        item("milestone", "milestone_01", title),
        item(
            "task",
            "task_001",
            title,
            description=description,
            parent="phase_01",
            milestone="milestone_01",
            minutes=30,
            priority="critical",
            points=3,
            labels=(label, "two words"),
            criteria=(f"must: {title}",),
        ),
        item("subtask", "subtask_001_01", title, parent="task_001", minutes=5),
    ]


def read(items: list[Item]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(csv_lines(items)), newline="")))


def test_a_plan_is_epics_then_stories_then_subtasks() -> None:
    epic, story, step = read(plan())
    assert tuple(epic) == COLUMNS
    assert [row["Issue Type"] for row in (epic, story, step)] == ["Epic", "Story", "Sub-task"]
    assert story == {
        "Issue ID": "2",
        "Issue Type": "Story",
        "Summary": "Write it",
        "Description": "What for.\n\nh3. Acceptance criteria\n* must: Write it",
        "Priority": "Highest",
        "Labels": "api two-words",
        "Story Points": "3",
        "Epic Name": "",
        "Epic Link": "Write it",
        "Fix Version": "Write it",
        "Parent": "1",
        "Original Estimate": "1800",
    }
    assert (epic["Epic Name"], epic["Parent"], step["Parent"], step["Original Estimate"]) == (
        "Write it",
        "",
        "2",
        "300",
    )


@given(TEXTS, TEXTS, TEXTS)
def test_what_is_read_is_what_was_written(title: str, description: str, label: str) -> None:
    items = plan(title, description, label)
    said = [{column: row.get(column, "") for column in COLUMNS} for row in csv_rows(items)]
    assert [{column: unguarded(cell) for column, cell in row.items()} for row in read(items)] == said


@given(TEXTS, TEXTS, TEXTS)
def test_no_cell_is_a_formula(title: str, description: str, label: str) -> None:
    cells = [cell for row in read(plan(title, description, label)) for cell in row.values()]
    assert [cell for cell in cells if cell.lstrip(" ").startswith(FORMULA_SIGNS)] == []


def test_a_formula_is_shown_as_it_was_written() -> None:
    epic = read(plan("=HYPERLINK(1)"))[0]
    assert (epic["Summary"], unguarded(epic["Summary"])) == ("'=HYPERLINK(1)", "=HYPERLINK(1)")
    assert unguarded("'tis no formula") == "'tis no formula"
