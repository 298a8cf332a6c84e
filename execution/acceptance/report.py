"""What a run of a project's tests said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]
_RED = ("failed", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCase:
    """One test. ``frames`` are (path, line) of its traceback in the project, outermost first; ``seconds`` its time."""

    __test__ = False  # for pytest, which collects what is called like this

    node_id: str
    outcome: Outcome
    seconds: float = 0.0
    message: str = ""
    frames: tuple[tuple[str, int], ...] = ()

    @property
    def red(self) -> bool:
        return self.outcome in _RED


@dataclass(frozen=True, slots=True, kw_only=True)
class TestReport:
    """``passed`` only when at least one test ran and none was red; ``reason`` says why it is ``not_run`` or red.

    ``coverage`` holds executed lines by test and path, ``percent`` the share of the project's statements executed,
    tests left out, ``file_percent`` the same by path; ``output`` is the end of what pytest printed.
    """

    __test__ = False

    status: Literal["passed", "failed", "not_run"]
    reason: str = ""
    tests: tuple[TestCase, ...] = ()
    coverage: Mapping[str, Mapping[str, frozenset[int]]] = field(default_factory=dict)
    percent: float | None = None
    file_percent: Mapping[str, float] = field(default_factory=dict)
    output: str = ""
    seconds: float = 0.0

    @property
    def red(self) -> tuple[TestCase, ...]:
        return tuple(test for test in self.tests if test.red)
