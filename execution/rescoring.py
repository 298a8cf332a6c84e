"""Confidence after tests have run: the tests that touch an atom are those of its task (quality: Confidence)."""

from __future__ import annotations

import uuid
from collections import defaultdict

from execution import confidence as scoring
from execution.models import AcceptanceResult, Atom, ValidationResult
from execution.states import AtomStatus
from execution.waves.accepting import keep_confidence

MODULE = 2
"""The level whose checks are of a task's files."""


def rescore(plan_id: uuid.UUID) -> int:
    """Give every accepted atom whose task was tested the score that the results make of it; how many changed.

    Call it in the change that stores the results. Three queries, and one for each different score.
    """
    tested = _tested(plan_id)
    if not tested:
        return 0
    alike: dict[scoring.Confidence, list[uuid.UUID]] = defaultdict(list)
    atoms = Atom.objects.filter(plan_id=plan_id, status=AtomStatus.ACCEPTED, task__in=tested)
    for pk, task_id, kept in atoms.values_list("pk", "task_id", "confidence_parts"):
        if not all(name in kept for name in scoring.PART_WEIGHTS):
            continue  # accepted before scores had parts
        parts = scoring.Parts(**{name: float(kept[name]) for name in scoring.PART_WEIGHTS})
        found = scoring.with_tests(parts, explanation=str(kept.get("explanation", "")), integration=tested[task_id])
        if found.parts != parts:
            alike[found].append(pk)
    for found, atom_ids in alike.items():
        keep_confidence(atom_ids, found)
    return sum(len(atom_ids) for atom_ids in alike.values())


def _tested(plan_id: uuid.UUID) -> dict[uuid.UUID, scoring.Integration]:
    """By task: the latest result of each acceptance test, and of each check of the module, that could run."""
    latest: dict[tuple[uuid.UUID, object], tuple[int, int]] = {}
    results = AcceptanceResult.objects.filter(test__plan=plan_id, test__task__isnull=False, passed__isnull=False)
    for task_id, test_id, passed in results.order_by("created_at").values_list("test__task", "test", "passed"):
        latest[task_id, test_id] = (int(passed is True), 1)
    modules = ValidationResult.objects.filter(plan=plan_id, level=MODULE, atom=None, task__isnull=False)
    rows = modules.filter(checks_run__gt=0).order_by("created_at")
    for task_id, layer, passed_checks, run in rows.values_list("task", "layer", "checks_passed", "checks_run"):
        latest[task_id, layer] = (passed_checks, run)
    sums: dict[uuid.UUID, list[int]] = defaultdict(lambda: [0, 0])
    for (task_id, _), (passed_ones, total) in latest.items():
        sums[task_id][0] += passed_ones
        sums[task_id][1] += total
    return {task_id: scoring.Integration(passed_ones, total) for task_id, (passed_ones, total) in sums.items()}
