"""What a check of a level says, and keeping it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from execution.models import Atom, ValidationResult
from integrations.llm.shapes import Diagnostic
from planning.models import Milestone, Task

Row = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check. ``passed`` is ``None`` when it did not run or does not apply; ``reason`` says which, and why.

    ``errors`` name file, line and message, and the atom they are charged to where that is known.
    """

    layer: str
    passed: bool | None
    reason: str = ""
    errors: Sequence[Row] = ()
    warnings: Sequence[Row] = ()
    run: int = 1
    failed: int | None = None
    seconds: float = 0.0
    applies: bool = True

    @property
    def stands(self) -> bool:
        """Whether it holds nothing up: it passed, or there is nothing that it could be about."""
        return self.passed is True or not self.applies

    @property
    def failures(self) -> int:
        if self.passed is None:
            return 0
        return self.failed if self.failed is not None else int(not self.passed)


def keep_checks(
    plan_id: uuid.UUID,
    level: int,
    checks: Sequence[Check],
    *,
    task: Task | None = None,
    milestone: Milestone | None = None,
    atom: Atom | None = None,
) -> list[ValidationResult]:
    """One row a check; one insert."""
    rows = [
        ValidationResult(
            plan_id=plan_id,
            level=level,
            task=task,
            milestone=milestone,
            atom=atom,
            attempt=atom.attempts if atom else 0,
            layer=check.layer,
            passed=check.passed,
            reason=check.reason[:2000],
            errors=list(check.errors)[:100],
            warnings=list(check.warnings)[:100],
            checks_run=0 if check.passed is None else max(check.run, check.failures),
            checks_failed=check.failures,
            checks_passed=0 if check.passed is None else max(check.run, check.failures) - check.failures,
            seconds=check.seconds,
        )
        for check in checks
    ]
    return ValidationResult.objects.bulk_create(rows)


def check_of(layer: str, found: Sequence[Diagnostic], *, run: int, seconds: float = 0.0) -> Check:
    """Errors fail it, warnings are told."""
    errors = [item.model_dump() for item in found if item.severity == "error"]
    warnings = [item.model_dump() for item in found if item.severity != "error"]
    failed = min(len(errors), max(run, 1))
    return Check(
        layer=layer, passed=not errors, errors=errors, warnings=warnings, run=run, failed=failed, seconds=seconds
    )
