"""Reading what the recorder wrote. It ran beside hostile code, so every value is checked and bounded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from execution.acceptance.report import TestCase

_MAX_RECORDS = 20_000


class _Test(BaseModel):
    kind: Literal["test"]
    node_id: str = Field(max_length=2000)
    outcome: Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]
    seconds: float = Field(ge=0)
    message: str = Field(max_length=5000)
    frames: list[tuple[str, int]] = Field(max_length=100)


class _Place(BaseModel):
    kind: Literal["started", "collected"]
    node_id: str = Field(max_length=2000)


class _Coverage(BaseModel):
    kind: Literal["coverage"]
    tests: dict[str, dict[str, frozenset[int]]]
    files: dict[str, tuple[int, int]]


class _Finished(BaseModel):
    kind: Literal["finished"]
    collected: int
    exit: int


_Record = _Test | _Place | _Coverage | _Finished
_RECORD: TypeAdapter[_Record] = TypeAdapter(Annotated[_Record, Field(discriminator="kind")])


@dataclass(frozen=True, slots=True)
class Records:
    """``finished`` is pytest's exit code, or None when the run ended before pytest did; ``percent`` is 0 to 100.

    ``unfinished`` is the test, or the file being imported, in which the run ended; empty when there is none.
    """

    tests: tuple[TestCase, ...]
    coverage: Mapping[str, Mapping[str, frozenset[int]]]
    percent: float | None
    file_percent: Mapping[str, float]
    finished: int | None
    unfinished: str = ""


def read_records(content: bytes) -> Records:
    """Parses JSON lines; a line that is not a record is left out (the last one may be cut off)."""
    parsed = [_parse(line) for line in content.split(b"\n")[:_MAX_RECORDS] if line]
    tests = [item for item in parsed if isinstance(item, _Test)]
    measured = [item for item in parsed if isinstance(item, _Coverage)]
    finished = [item for item in parsed if isinstance(item, _Finished)]
    return Records(
        tests=_worst_by_node(tests),
        coverage=measured[-1].tests if measured else {},
        percent=_percent(measured[-1].files) if measured else None,
        file_percent=_by_file(measured[-1].files) if measured else {},
        finished=finished[-1].exit if finished else None,
        unfinished="" if finished else _unfinished(parsed),
    )


def _unfinished(parsed: Sequence[_Record | None]) -> str:
    """What was begun last, when nothing of it came after."""
    node_id = ""
    for item in parsed:
        if isinstance(item, _Place) and item.kind == "started":
            node_id = item.node_id
        elif isinstance(item, _Place | _Test) and item.node_id == node_id:
            node_id = ""
    return node_id


def _parse(line: bytes) -> _Record | None:
    try:
        return _RECORD.validate_python(json.loads(line))
    except (ValueError, ValidationError, RecursionError):
        return None


def _worst_by_node(tests: Sequence[_Test]) -> tuple[TestCase, ...]:
    """One case per test: a test that passed and then failed in its teardown is red."""
    cases: dict[str, TestCase] = {}
    for item in tests:
        case = TestCase(
            node_id=item.node_id,
            outcome=item.outcome,
            seconds=item.seconds,
            message=item.message,
            frames=tuple(item.frames),
        )
        if item.node_id not in cases or case.red:
            cases[item.node_id] = case
    return tuple(cases.values())


def _percent(files: Mapping[str, tuple[int, int]]) -> float | None:
    counted = [counts for path, counts in files.items() if not is_test(path)]
    total = sum(statements for statements, _ in counted)
    return round(100 * sum(executed for _, executed in counted) / total, 1) if total else None


def _by_file(files: Mapping[str, tuple[int, int]]) -> Mapping[str, float]:
    """A file without statements has nothing that could be executed, and is left out."""
    return {path: round(100 * executed / total, 1) for path, (total, executed) in files.items() if total and path}


def is_test(path: str) -> bool:
    """Whether a file of the project belongs to its tests."""
    parts = PurePosixPath(path).parts
    return "tests" in parts[:-1] or parts[-1].startswith("test_") or parts[-1] == "conftest.py"
