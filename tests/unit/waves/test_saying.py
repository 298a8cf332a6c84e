from __future__ import annotations

from typing import Any

import pytest

from execution.console.saying import SAYINGS, line_for

WAVE = {"wave_number": 2, "succeeded": 5, "failed": 0, "blocked": 0, "rounds": 1, "duration_seconds": 0.25}


@pytest.mark.parametrize(
    ("event", "data", "line"),
    [
        ("wave_execution_complete", WAVE, "wave 2: 5 accepted in 1 round, 0.2 s"),
        (
            "wave_execution_complete",
            {**WAVE, "failed": 1, "blocked": 2, "rounds": 3},
            "wave 2: 5 accepted, 1 failed, 2 blocked in 3 rounds, 0.2 s",
        ),
        ("gate_validation_result", {"passed": True, "reason": "must 1 of 1"}, "gate passed: must 1 of 1"),
        ("gate_validation_result", {"passed": False, "reason": "must 0 of 1"}, "gate failed: must 0 of 1"),
        ("gate_validation_result", {"passed": None, "reason": "No test."}, None),
        ("masterplan_paused", {"reason": "person"}, "paused: person."),
        ("masterplan_paused", {"reason": "cost_limit", "detail": "Spent."}, "paused: cost_limit. Spent."),
        (
            "cost_warning",
            {"current": "50.1", "soft_limit": "50", "hard_limit": "100", "scope": "global"},
            "cost warning: 50.1 dollars are spent, the global limits are 50 and 100",
        ),
        ("error", {"message": "It is down."}, "error: It is down."),
        ("review_created", {}, "for review: confidence None"),
        ("atom_execution_progress", {"current": 1}, None),
        ("no_such_event", {}, None),
    ],
)
def test_events_in_words(event: str, data: dict[str, Any], line: str | None) -> None:
    assert line_for(event, data) == line


def test_every_saying_is_one_line() -> None:
    data = {**WAVE, "entity_type": "entity", "name": "Task", "tasks": 3, "mode": "mvp", "lines": 9, "atoms": 4,
            "edges": 1, "waves": 2, "broken_edges": 0, "label": "a", "error": "b", "root_cause": "c", "passed": True,
            "reason": "d", "files": [], "message": "e",
            "current": "1", "soft_limit": "1", "hard_limit": "2"}  # fmt: skip
    assert [event for event in SAYINGS if "\n" in (line_for(event, data) or "\n")] == []
