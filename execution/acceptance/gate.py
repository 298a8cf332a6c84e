"""Gate S: every ``must`` test that could run passed, and 95% of ``should``. Pure: outcomes in, a verdict out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

SHOULD_RATE: Final = 0.95


@dataclass(frozen=True)
class Proof:
    """A requirement as the gate sees it. ``ran`` is false while its test could not run yet.

    A test that ran and was skipped has not passed. ``excused`` by the reason that a person gave. ``unprovable`` are
    requirements without a test that say why; they are told, not counted.
    """

    priority: Literal["must", "should"]
    passed: bool | None
    ran: bool
    excused: bool = False
    unprovable: bool = False


@dataclass(frozen=True)
class Verdict:
    """``passed`` is ``None`` where the gate is not applicable, which is not a pass. Rates are 0 to 1."""

    passed: bool | None
    must_rate: float | None
    should_rate: float | None
    reason: str


def judge_gate(proofs: Sequence[Proof], *, final: bool) -> Verdict:
    """Between waves only what ran counts; at the end what did not run has not passed."""
    counted = [proof for proof in proofs if not proof.excused and not proof.unprovable and (final or proof.ran)]
    must = [proof for proof in counted if proof.priority == "must"]
    should = [proof for proof in counted if proof.priority == "should"]
    must_rate, should_rate = _rate(must), _rate(should)
    notes = _notes(proofs, final=final)
    if not counted:
        first = "No criterion has a test" if final else "No test could run yet"
        return Verdict(None, None, None, "; ".join([first, *notes]) + ".")
    passed = must_rate in (None, 1.0) and (should_rate is None or should_rate >= SHOULD_RATE)
    reason = ", ".join([f"must {_share(must)}", f"should {_share(should)}"])
    return Verdict(passed, must_rate, should_rate, "; ".join([reason, *notes]))


def _notes(proofs: Sequence[Proof], *, final: bool) -> list[str]:
    excused = sum(proof.excused for proof in proofs)
    unprovable = sum(proof.unprovable for proof in proofs)
    unrun = sum(not proof.ran and not proof.unprovable and not proof.excused for proof in proofs)
    waiting = "not run" if final else "cannot run yet"
    notes = [(unrun, waiting), (excused, "overridden"), (unprovable, "without a test")]
    return [f"{number} {words}" for number, words in notes if number]


def _rate(proofs: Sequence[Proof]) -> float | None:
    return sum(1 for proof in proofs if proof.passed) / len(proofs) if proofs else None


def _share(proofs: Sequence[Proof]) -> str:
    return f"{sum(1 for proof in proofs if proof.passed)} of {len(proofs)}"
