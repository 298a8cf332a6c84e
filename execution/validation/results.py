"""The one form of every layer's result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Literal

from execution.validation.bounding import MOST, bounded
from execution.validation.hints import with_hints
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
    false where there is nothing that the layer could look at, or a project lacks the tool that must be its own.
    ``left_out`` counts findings beyond what is kept.
    """

    status: Status
    diagnostics: tuple[Diagnostic, ...] = ()
    checks: int = 0
    duration: float = 0.0
    reason: str = ""
    applies: bool = True
    left_out: int = 0

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

    def with_findings(self, layer: str, found: Sequence[Diagnostic]) -> TreeReport:
        """The report with more findings in one layer."""
        if not found:
            return self
        before = self.layers[layer]
        more = result_of([*before.diagnostics, *found], checks=before.checks, duration=before.duration)
        return TreeReport({**self.layers, layer: replace(more, reason=before.reason)})

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


class ToolAbsent(NotRun):
    """The project or the machine has not got the tool: nothing broke, nothing was said."""


NOTHING = "There is nothing for this layer to look at."


def judge(check: Callable[[], Iterable[Diagnostic]], *, checks: int, most: int = MOST) -> LayerResult:
    """Times ``check`` and turns its diagnostics, or its NotRun, into a result that keeps about ``most`` of them."""
    started = monotonic()
    try:
        found = list(check())
    except NotRun as reason:
        applies = not isinstance(reason, ToolAbsent)
        return LayerResult(status="not_run", duration=monotonic() - started, reason=str(reason), applies=applies)
    return result_of(found, checks=checks, duration=monotonic() - started, most=most)


def result_of(found: Iterable[Diagnostic], *, checks: int, duration: float, most: int = MOST) -> LayerResult:
    """What a layer that ran found: in order, each with a hint, bounded in number."""
    ordered = sorted(found, key=lambda item: (item.path, item.line, item.column, item.code))
    kept, left_out = bounded(ordered, most=most)
    failed = any(item.severity == "error" for item in ordered)
    return LayerResult(
        status="failed" if failed else "passed",
        diagnostics=with_hints(kept),
        checks=checks,
        duration=duration,
        left_out=left_out,
    )


def together(parts: Sequence[LayerResult]) -> LayerResult:
    """One layer of several languages: failed where one failed, not run where one was not, passed only where all did."""
    concerned = [part for part in parts if part.applies or part.reason != NOTHING]
    if len(concerned) < 2:
        return concerned[0] if concerned else not_run(NOTHING, applies=False)
    absent = [part for part in concerned if part.status == "not_run"]
    failed = any(part.status == "failed" for part in concerned)
    return LayerResult(
        status="failed" if failed else "not_run" if absent else "passed",
        diagnostics=tuple(item for part in concerned for item in part.diagnostics),
        checks=sum(part.checks for part in concerned),
        duration=sum(part.duration for part in concerned),
        reason=" ".join(dict.fromkeys(part.reason for part in absent)),
        applies=any(part.applies for part in absent) or not absent,
        left_out=sum(part.left_out for part in concerned),
    )


def not_run(reason: str, *, applies: bool = True) -> LayerResult:
    return LayerResult(status="not_run", reason=reason, applies=applies)
