"""The one form of every layer's result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from integrations.llm.shapes import Diagnostic

Status = Literal["passed", "failed", "not_run"]

SEVERITY: Mapping[str, Literal["critical", "important", "nice_to_have"]] = {
    "syntax": "critical",
    "imports": "critical",
    "types": "critical",
    "postconditions": "critical",
    "lint": "important",
    "security": "important",
    "performance": "nice_to_have",
}
"""How much each layer weighs; every critical and important one must pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerResult:
    """What one layer said. ``checks`` counts what was looked at, ``duration`` is in seconds.

    ``reason`` says why a layer is ``not_run``: a tool that is absent or broke never counts as passed. ``applies`` is
    false where there is nothing that the layer could look at.
    """

    status: Status
    diagnostics: tuple[Diagnostic, ...] = ()
    checks: int = 0
    duration: float = 0.0
    reason: str = ""
    applies: bool = True

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(item for item in self.diagnostics if item.severity == "error")


@dataclass(frozen=True, slots=True)
class TreeReport:
    """The results of the layers that were asked for, by name."""

    layers: Mapping[str, LayerResult]

    @property
    def passed(self) -> bool:
        """Whether every critical and important layer ran and passed."""
        return all(
            result.status == "passed" for layer, result in self.layers.items() if SEVERITY[layer] != "nice_to_have"
        )

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return tuple(item for result in self.layers.values() for item in result.diagnostics)

    @property
    def not_run(self) -> Mapping[str, str]:
        """The layers that did not run, with the reason."""
        return {layer: result.reason for layer, result in self.layers.items() if result.status == "not_run"}

    @property
    def unheard(self) -> Mapping[str, str]:
        """The layers that had something to judge and could not, with the reason."""
        return {layer: reason for layer, reason in self.not_run.items() if self.layers[layer].applies}


class NotRun(Exception):
    """Raised inside a layer that cannot judge; ``str()`` is the reason."""


def judge(check: Callable[[], Iterable[Diagnostic]], *, checks: int) -> LayerResult:
    """Times ``check`` and turns its diagnostics, or its NotRun, into a result."""
    started = monotonic()
    try:
        found = tuple(sorted(check(), key=lambda item: (item.path, item.line, item.column, item.code)))
    except NotRun as reason:
        return LayerResult(status="not_run", duration=monotonic() - started, reason=str(reason))
    failed = any(item.severity == "error" for item in found)
    return LayerResult(
        status="failed" if failed else "passed",
        diagnostics=found,
        checks=checks,
        duration=monotonic() - started,
    )


def not_run(reason: str, *, applies: bool = True) -> LayerResult:
    return LayerResult(status="not_run", reason=reason, applies=applies)
