"""What the Definition of Done is judged by: the facts of a task, a criterion, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from integrations.llm.shapes import Diagnostic, Export

Group = Literal[
    "code", "quality", "function", "testing", "documentation", "integration", "persistence", "desirable"
]  # fmt: skip
Verdict = Literal["passed", "failed", "not_applicable"]
GROUPS: Final[tuple[Group, ...]] = (
    "code", "quality", "function", "testing", "documentation", "integration", "persistence", "desirable",
)  # fmt: skip


@dataclass(frozen=True)
class ConditionOutcome:
    """A postcondition after it was checked; ``holds`` is None when it could not be checked."""

    condition: str
    holds: bool | None
    why: str = ""


@dataclass(frozen=True)
class TestOutcome:
    """The task's tests, run in the sandbox. ``failed`` holds node ids."""

    __test__ = False  # the name begins like a test class of pytest

    passed: int
    failed: Sequence[str] = ()


@dataclass(frozen=True)
class TaskFacts:
    """What is known of a task when it is judged. None means *not known*, which never counts as passed.

    ``layers_run`` names the validation layers that gave a result, ``layers_not_run`` those that cannot run for these
    files, with the reason. ``coverage`` is a percentage of the task's lines.
    """

    task: str
    title: str
    files: Mapping[str, str]
    target_files: Sequence[str]
    expected_outputs: Sequence[str] = ()
    workspace_paths: frozenset[str] = frozenset()
    diagnostics: Sequence[Diagnostic] = ()
    layers_run: frozenset[str] = frozenset()
    layers_not_run: Mapping[str, str] = field(default_factory=dict)
    postconditions: Sequence[ConditionOutcome] = ()
    exports: Sequence[Export] = ()
    import_errors: Mapping[str, str] | None = None
    """For each exported name that does not import, why; None when importing was not tried."""
    tests: TestOutcome | None = None
    tests_apply: bool = True
    no_tests_reason: str = ""
    regressions: Sequence[str] | None = None
    """Tests that passed before this task and fail now; None when they were not run."""
    conflicts: Sequence[str] | None = None
    incompatible_callers: Sequence[str] | None = None
    undeclared_imports: Sequence[str] | None = None
    metadata_stored: bool | None = None
    plan_updated: bool | None = None
    committed: bool | None = None
    saved_to_memory: bool | None = None
    formatted: bool | None = None
    coverage: float | None = None


@dataclass(frozen=True)
class Finding:
    """What a criterion says of a task."""

    verdict: Verdict
    why: str


@dataclass(frozen=True)
class Criterion:
    """One line of the Definition of Done. A task is not done while a required one fails."""

    name: str
    group: Group
    required: bool
    judge: Callable[[TaskFacts], Finding]
