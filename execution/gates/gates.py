"""Gate S of a plan: judged from the latest results of a run, written down, told, and overridden by staff."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django.utils import timezone

from common.actors import Actor
from common.changes import change, emit, remember
from common.errors import Conflict, InvalidInput
from execution.acceptance.gate import Proof, judge_gate
from execution.acceptance.proofs import file_of
from execution.gates.criteria import Priority, acceptance_tests, unproved
from execution.models import AcceptanceResult, AcceptanceTest, Atom, GateResult, Run, Wave
from execution.services.runs import held_run, resume_run
from execution.states import RunStatus
from planning.models import MasterPlan

if TYPE_CHECKING:
    from django.contrib.auth.models import User

GATE_FAILED = "gate_failed"
MAX_REASON = 2000


class GateHolds(Conflict):
    code = "gate_not_failed"
    title = "No gate has failed"


def record_gate(
    run: Run,
    *,
    wave: Wave | None,
    final: bool = False,
    suspects: Sequence[Atom] = (),
    tests: Sequence[AcceptanceTest] | None = None,
) -> GateResult:
    """Judge the gate by the latest result of each test in this run; call it in the change that kept them.

    ``tests`` are those of the plan, where they are known already.
    """
    tests = acceptance_tests(run.plan_id) if tests is None else tests
    latest = latest_results(run) if tests else {}
    excused = excused_tests(run) if tests else set()
    proofs = [_proof(test, latest.get(test.pk), excused=str(test.pk) in excused) for test in tests]
    if final:  # a criterion that nobody has written a test for is one that was not run
        proofs += [Proof(one.priority, None, ran=False) for one in unproved(run.plan_id)]
    verdict = judge_gate(proofs, final=final)
    failing = [
        _failing(test, latest.get(test.pk))
        for test, proof in zip(tests, proofs, strict=False)
        if not (proof.passed or proof.excused or proof.unprovable) and (final or proof.ran)
    ]
    with change():
        gate = GateResult.objects.create(
            plan_id=run.plan_id,
            run=run,
            wave=wave,
            final=final,
            must_rate=verdict.must_rate,
            should_rate=verdict.should_rate,
            passed=verdict.passed,
            reason=verdict.reason,
            failing=failing,
            suspects=[{"atom": str(atom.pk), "label": atom.label()} for atom in suspects],
        )
        _tell(gate)
    return gate


def latest_results(run: Run) -> dict[uuid.UUID, AcceptanceResult]:
    rows = AcceptanceResult.objects.filter(run=run).order_by("test_id", "-created_at").distinct("test_id")
    return {row.test_id: row for row in rows}


def excused_tests(run: Run) -> set[str]:
    """Ids of the tests that a person let pass although they fail, in this run."""
    gates = GateResult.objects.filter(run=run, overridden_at__isnull=False).values_list("failing", flat=True)
    return {row["test"] for failing in gates for row in failing}


def excused_nodes(run: Run) -> dict[str, str]:
    """Node ids of those tests, and why; that of a file stands for all tests in it."""
    gates = GateResult.objects.filter(run=run, overridden_at__isnull=False).select_related("overridden_by")
    return {
        row["node_id"]: f"overridden by {gate.overridden_by or 'staff'}: {gate.override_reason}"
        for gate in gates
        for row in gate.failing
    }


def pause_words(gate: GateResult) -> str:
    """Why a run waits: the failing tests, and the atoms they are charged to."""
    failing = [f"{row['requirement']} ({row['error'][:120] or 'not run'})" for row in gate.failing[:5]]
    suspects = [row["label"] for row in gate.suspects[:5]]
    parts = [gate.reason, f"Failing: {'; '.join(failing)}" if failing else ""]
    parts += [f"Suspected: {', '.join(suspects)}" if suspects else ""]
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


def override_gate(*, plan: MasterPlan, reason: str, user: User) -> GateResult:
    """Staff let a plan's latest failed gate pass; a run that waits for it goes on. Who and why is recorded.

    Raises ``InvalidInput`` without a reason, ``GateHolds`` when the latest gate has not failed.
    """
    reason = reason.strip()[:MAX_REASON]
    if not reason:
        raise InvalidInput("The reason is empty.", hint="Say why the plan may go on.")
    with change():
        run = held_run(plan.pk)
        rows = GateResult.objects.select_for_update(no_key=True, of=("self",)).filter(plan=plan).select_related("wave")
        gate = rows.first()
        if gate is None or gate.passed is not False or gate.overridden_at is not None:
            raise GateHolds("The latest gate has not failed, or was overridden.", hint="There is nothing to override.")
        gate.overridden_by, gate.override_reason, gate.overridden_at = user, reason, timezone.now()
        gate.save(update_fields=["overridden_by", "override_reason", "overridden_at"])
        actor = Actor.of(user)
        remember(
            plan_id=plan.pk,
            change_type="gate_overridden",
            actor=actor,
            item_type="gate",
            item_id=gate.pk,
            item_label=gate.reason,
            after={"failing": gate.failing},
            reason=reason,
        )
        _tell(gate)
        plan.refresh_from_db()
        if run is not None and run.status == RunStatus.PAUSED and plan.pause_reason == GATE_FAILED:
            resume_run(plan=plan, actor=actor)
    return gate


def _proof(test: AcceptanceTest, result: AcceptanceResult | None, *, excused: bool) -> Proof:
    ran = result is not None and (result.passed is not None or bool(result.output))
    return Proof(
        cast("Priority", test.priority),
        result.passed if result else None,
        ran=ran,
        excused=excused,
        unprovable=bool(test.untestable) and not (test.code or test.node_id),
    )


def _failing(test: AcceptanceTest, result: AcceptanceResult | None) -> dict[str, str]:
    return {
        "test": str(test.pk),
        "requirement": test.requirement,
        "priority": test.priority,
        "node_id": file_of(test.pk.hex) if test.code else test.node_id,
        "error": result.output[:1000] if result else "",
    }


def _tell(gate: GateResult) -> None:
    data: dict[str, Any] = {
        "wave": gate.wave.number if gate.wave else None,
        "passed": gate.passed,
        "must_rate": None if gate.must_rate is None else float(gate.must_rate),
        "should_rate": None if gate.should_rate is None else float(gate.should_rate),
        "reason": gate.reason,
        "failing": [row["requirement"] for row in gate.failing],
        "suspects": [row["label"] for row in gate.suspects],
        "overridden": gate.overridden_at is not None,
    }
    emit(("plan", gate.plan_id), "gate_validation_result", data)
