"""What tests, gates, failures and reviews say of a plan, for its page."""

from __future__ import annotations

import uuid
from typing import Any

from common.models import PlanEvent
from execution.models import AcceptanceResult, AcceptanceTest, FailureAnalysis, GateResult, Run

GATES_SHOWN = 20
OPEN_REVIEWS = {"pending", "in_review"}


def gates_of(plan_id: uuid.UUID) -> list[dict[str, Any]]:
    """The latest first. One query. Rates are shares from 0 to 1, or ``None`` when nothing could run."""
    rows = GateResult.objects.filter(plan_id=plan_id).select_related("wave", "overridden_by")
    return [
        {
            "wave": row.wave.number if row.wave else None,
            "passed": row.passed,
            "must_rate": None if row.must_rate is None else float(row.must_rate),
            "should_rate": None if row.should_rate is None else float(row.should_rate),
            "reason": row.reason,
            "overridden": row.overridden_at is not None,
            "overridden_by": row.overridden_by.get_username() if row.overridden_by else "",
            "override_reason": row.override_reason,
            "failing": [test["requirement"] for test in row.failing],
            "suspects": row.suspects,
        }
        for row in rows.order_by("-created_at")[:GATES_SHOWN]
    ]


def acceptance_of(plan_id: uuid.UUID) -> list[dict[str, Any]]:
    """Every requirement with its latest result; ``passed`` is ``None`` when it was not run. Two queries."""
    results = AcceptanceResult.objects.filter(test__plan_id=plan_id).order_by("test_id", "-created_at")
    latest = {row.test_id: row for row in results.distinct("test_id")}
    tests = AcceptanceTest.objects.filter(plan_id=plan_id, removed_at__isnull=True).order_by("created_at", "id")
    return [
        {
            "id": str(test.pk),
            "requirement": test.requirement,
            "priority": test.priority,
            "passed": latest[test.pk].passed if test.pk in latest else None,
            "ran": test.pk in latest and latest[test.pk].passed is not None,
            "error": latest[test.pk].output[:300] if test.pk in latest and not latest[test.pk].passed else "",
            "untestable": test.untestable,
        }
        for test in tests
    ]


def failures_of(plan_id: uuid.UUID) -> list[dict[str, Any]]:
    """Analysed failures, those still open first. One query."""
    rows = list(FailureAnalysis.objects.filter(plan_id=plan_id).select_related("atom").order_by("-created_at"))
    rows.sort(key=lambda row: row.choice is not None)
    return [
        {
            "id": str(row.pk),
            "atom": str(row.atom_id) if row.atom_id else None,
            "task": str(row.task_id),
            "label": row.atom.label() if row.atom else "",
            "root_cause": row.root_cause,
            "conclusion": row.conclusion,
            "proposals": row.proposals,
            "choice": row.choice,
        }
        for row in rows
    ]


def waiting_reviews(plan_id: uuid.UUID) -> list[dict[str, Any]]:
    """Reviews that the log says are open. One query; reviews live above this app, so their events are asked."""
    latest: dict[str, dict[str, Any]] = {}
    told = PlanEvent.objects.filter(stream_id=plan_id, type__in=["review_created", "review_updated"]).order_by("seq")
    for data in told.values_list("data", flat=True):
        latest[str(data.get("review_id"))] = data
    return [data for data in latest.values() if data.get("status") in OPEN_REVIEWS]


def report_of(run: Run | None) -> dict[str, Any] | None:
    """What the final report says in short; ``None`` until there is one. No query."""
    if run is None or run.report is None:
        return None
    report = run.report
    costs = report.get("costs", {}).get("by_purpose", [])
    return {
        "summary": report.get("summary", ""),
        "built": report.get("built", {}),
        "tests": report.get("tests", {}),
        "cost": str(sum(float(row["dollars"]) for row in costs)),
        "seconds": report.get("times", {}).get("total_seconds", 0),
        "by_stage": report.get("times", {}).get("by_stage", []),
        "not_done": report.get("not_done", []),
        "next_steps": report.get("next_steps", []),
        "precision": None if run.precision is None else float(run.precision),
    }
