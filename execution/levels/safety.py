"""What level 4 says of unsafe code and of known vulnerabilities: bandit, and the audit where a service is named."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from common.configuration import configuration
from execution.levels.results import Check, check_of
from execution.validation.auditing import audited_requirements, check_with_bandit
from execution.validation.results import NotRun
from integrations.llm.shapes import Diagnostic


def safety_checks(root: Path, files: Sequence[str]) -> list[Check]:
    """Two checks. What could not be asked is said, and holds nothing up: it was asked of every round by other means."""
    settings = configuration()
    return [
        _check("security", lambda: check_with_bandit(root, files, environments=settings.environments_dir), len(files)),
        _check("audit", lambda: _told(audited_requirements(root, service=settings.vulnerabilities_url)), 1),
    ]


def _check(layer: str, found: Callable[[], Iterable[Diagnostic]], run: int) -> Check:
    started = time.monotonic()
    try:
        return check_of(layer, list(found()), run=run, seconds=time.monotonic() - started)
    except NotRun as reason:
        seconds = time.monotonic() - started
        return Check(layer=layer, passed=None, reason=str(reason), applies=False, seconds=seconds)


def _told(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """A vulnerability becomes known on any day, in what nobody changed: it is told, and stops no build."""
    return [item.model_copy(update={"severity": "warning"}) for item in found]
