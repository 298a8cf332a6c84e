from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from execution.output.report import (
    Acceptance,
    Asked,
    AttemptCount,
    Built,
    BuiltEndpoint,
    Cost,
    Costs,
    DoneTask,
    FailedTest,
    Failure,
    MemoryAsked,
    NotDone,
    Report,
    Reviews,
    StageTime,
    TestResults,
    Times,
    to_json,
    to_markdown,
)
from tests.unit.output.sample import SAMPLE

FULL = Report(
    project_name="Task | list",
    summary="A small service.",
    trace_id="trace-1",
    asked=Asked(request="Build a task list.\n# with headings", plan="p1", version=2, requirements=["Tasks are stored"]),
    built=Built(
        files=30, lines=1200, endpoints=[BuiltEndpoint(method="GET", path="/tasks", summary="List tasks")],
        tasks_done=9, tasks_total=10, atoms_accepted=99, atoms_total=100, waves=7, commit="abc123",
    ),
    tests=TestResults(
        ran=True, passed=11, failed=1, coverage=91.25, seconds=3.2,
        failures=[FailedTest(test="tests/test_a.py::test_x", message="assert 1 == 2\nmore")],
    ),
    acceptance=[Acceptance(requirement="Tasks are stored", verdict="not_run", why="no test yet")],
    definition_of_done=[
        DoneTask(task="task_001", title="Model", done=True),
        DoneTask(task="task_002", title="Routes", done=False, failed=["tests_pass"]),
    ],
    attempts=[AttemptCount(attempt=1, accepted=90), AttemptCount(attempt=2, accepted=9)],
    failures=[Failure(atom="app.main.app", task="task_010", attempts=3, reason="type error")],
    reviews=Reviews(created=3, open=1, approved=2),
    costs=Costs(
        by_purpose=[Cost(purpose="task_code", calls=10, dollars=Decimal("1.5"), estimate=Decimal("1.75")),
                    Cost(purpose="atom_retry", calls=9, dollars=Decimal("0.0125"))],
        estimate=Decimal("2"),
    ),
    times=Times(by_stage=[StageTime(stage="waves", seconds=65)], total_seconds=70, estimate_seconds=60),
    memory=MemoryAsked(lookups=12, answered=5, unavailable=3, why="memory_unavailable"),
    not_done=[NotDone(what="Emails", why="no provider was named")],
    next_steps=["Review the open item"],
)  # fmt: skip
EMPTY = Report(
    project_name="x",
    asked=Asked(request="r"),
    built=Built(files=0, lines=0),
    tests=TestResults(ran=False, reason="The build was cancelled."),
)


@pytest.mark.parametrize(
    "line",
    [
        "# Task \\| list: report",
        "> Build a task list.",
        "> \\# with headings",
        "Plan `p1`, version 2.",
        "| tasks done | 9 of 10 |",
        "| GET | `/tasks` | List tasks |",
        "11 passed, 1 failed, 0 skipped in 3.2 s. Coverage 91.2%.",
        "- `tests/test_a.py::test_x`: assert 1 == 2 more",
        "| Tasks are stored | must | not run |  | no test yet |",
        "- done: `task_001` Model",
        "- **not done**: `task_002` Routes (tests\\_pass)",
        "| 2 | 9 |",
        "- `app.main.app` of `task_010`, 3 attempts: type error",
        "3 made, 1 open, 2 approved, 0 edited, 0 rejected, 0 regenerated.",
        "| atom\\_retry | 9 | 0.0125 | 0.00 | 0.0125 |",
        "| task\\_code | 10 | 1.50 | 1.75 | -0.25 |",
        "| total | | 1.51 | | |",
        "The estimate was 2.00 dollars: 0.487500 dollars (24%) less than estimated.",
        "| waves | 1 min 5 s |",
        "1 min 10 s in all; the estimate was 1 min 0 s.",
        "- Emails: no provider was named",
        "1. Review the open item",
    ],
)
def test_the_page_tells_every_part(line: str) -> None:
    assert line in to_markdown(FULL).splitlines()


def test_tests_that_were_not_run_are_never_shown_as_passed() -> None:
    text = to_markdown(EMPTY)

    assert "**The tests were not run.** The build was cancelled." in text
    assert "passed" not in text


def test_zero_tests_are_no_passed_tests() -> None:
    assert TestResults(ran=True).verdict == "not_run"
    assert TestResults(ran=True, skipped=4).verdict == "not_run"
    assert TestResults(ran=True, passed=1).verdict == "passed"
    assert TestResults(ran=True, passed=1, failed=1).verdict == "failed"


def test_an_empty_report_says_what_is_not_known() -> None:
    text = to_markdown(EMPTY)

    for line in ("No requirement has an acceptance test.", "No task was judged.", "No model was called.",
                 "There was no estimate.", "No atom was accepted."):  # fmt: skip
        assert line in text.splitlines()


def test_tables_have_a_blank_line_before_and_one_column_count() -> None:
    lines = to_markdown(FULL).splitlines()

    for number, line in enumerate(lines):
        if set(line) <= set("|-") and line:
            assert lines[number - 1].count("|") == line.count("|")
            assert lines[number - 2] == ""


@pytest.mark.parametrize("report", [FULL, EMPTY])
def test_json_reads_back_equal(report: Report) -> None:
    assert Report.model_validate_json(to_json(report)) == report


@given(st.text(alphabet="#|`*_<>[]!-\n ab", max_size=40))
def test_no_words_can_add_a_heading(words: str) -> None:
    report = FULL.model_copy(update={"summary": words, "next_steps": [words], "project_name": words or "x"})

    headings = [line for line in to_markdown(report).splitlines() if line.startswith("#")]

    assert [heading for heading in headings if not heading.startswith("# ")] == [
        "## What was asked", "## What was built", "## Tests", "## Acceptance", "## Levels of validation",
        "## Definition of Done",
        "## Attempts and failures", "## Reviews", "## Cost", "## Time", "## Memory", "## Not done",
        "## Next steps",
    ]  # fmt: skip


def test_what_was_built_is_read_from_the_files() -> None:
    built = Built.from_files(SAMPLE, waves=3)

    assert built.files == len(SAMPLE)
    assert built.lines == sum(text.count("\n") for text in SAMPLE.values())
    assert BuiltEndpoint(method="GET", path="/health", summary="Say that the service is alive.") in built.endpoints
    assert built.waves == 3


def test_unknown_keys_and_impossible_values_are_refused() -> None:
    with pytest.raises(ValidationError):
        TestResults.model_validate({"ran": True, "coverage": 101})
    with pytest.raises(ValidationError):
        Asked.model_validate({"request": "x", "surprise": 1})


@pytest.mark.parametrize(
    ("estimate", "said"),
    [
        (None, ""),
        ("1", "0.500000 dollars (50%) more than estimated"),
        ("1.5", "as estimated"),
        ("0", "1.500000 dollars more than estimated"),
    ],
)
def test_the_error_of_an_estimate_is_said_in_words(estimate: str | None, said: str) -> None:
    costs = Costs(
        by_purpose=[Cost(purpose="task_code", calls=1, dollars=Decimal("1.5"))],
        estimate=None if estimate is None else Decimal(estimate),
    )
    assert costs.against_estimate == said


def test_memory_that_was_down_is_told() -> None:
    assert "Asked 12 times, 5 times it knew something like it." in to_markdown(FULL)
    assert "**Memory was not available for 3 look-ups** (memory\\_unavailable)" in to_markdown(FULL)
    assert "not available for" not in to_markdown(EMPTY)
