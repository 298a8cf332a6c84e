"""Which tests of a run prove a requirement, and whether they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from execution.acceptance.report import TestCase

FOLDER = "tests"
"""Where tests of ours are put for a run: the fixtures of the project's own tests are theirs too."""
_PREFIX = "test_acceptance_"


@dataclass(frozen=True)
class Outcome:
    """``passed`` is ``None`` when no test of it ran; ``ran`` tells that from one that was skipped."""

    passed: bool | None
    ran: bool = True
    message: str = ""
    seconds: float = 0.0


def file_of(key: str) -> str:
    """The path at which the acceptance test with this key is put into the project."""
    return f"{FOLDER}/{_PREFIX}{key}.py"


def is_ours(node_id: str) -> bool:
    """Whether a test was put into the project for the run only."""
    return node_id.startswith(f"{FOLDER}/{_PREFIX}")


def by_test(cases: Sequence[TestCase]) -> dict[str, TestCase]:
    """Cases by node id; the cases of a parametrised test also count together, as its worst one, without brackets."""
    found: dict[str, TestCase] = {}
    for case in cases:
        found[case.node_id] = case
        whole = case.node_id.split("[")[0]
        if whole not in found or _badness(case) > _badness(found[whole]):
            found[whole] = case
    return found


def outcome_of_node(node_id: str, outcomes: Mapping[str, TestCase]) -> Outcome:
    """What became of a test of the project; one whose file could not be loaded has failed."""
    case = outcomes.get(node_id) or outcomes.get(node_id.split("::")[0])
    return Outcome(None, ran=False) if case is None else _of([case])


def outcome_of_file(path: str, cases: Sequence[TestCase]) -> Outcome:
    """What became of all tests in a file together: zero tests are no pass."""
    return _of([case for case in cases if case.node_id.split("::")[0] == path])


def _of(cases: Sequence[TestCase]) -> Outcome:
    if not cases:
        return Outcome(None, ran=False)
    worst = max(cases, key=_badness)
    skipped = all(case.outcome == "skipped" for case in cases)
    passed = None if skipped else all(case.outcome == "passed" for case in cases)
    message = "" if passed else worst.message
    return Outcome(passed, ran=True, message=message, seconds=sum(case.seconds for case in cases))


def _badness(case: TestCase) -> int:
    return 2 if case.red else 0 if case.outcome == "passed" else 1
