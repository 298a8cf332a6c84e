"""How a run ended, for a terminal."""

from __future__ import annotations

from execution.models import Run
from execution.output.report import Report
from execution.states import RunStatus


def summary_lines(run: Run) -> list[str]:
    """A dozen lines; for a run that is not completed, why, and how to go on if it can."""
    plan = run.plan
    plan.refresh_from_db()
    if run.status == RunStatus.CANCELLED:
        why = f": {plan.cancellation_reason}" if plan.cancellation_reason else ""
        return [f"{plan.project_name}: cancelled{why}", f"  files so far: {plan.workspace_path}"]
    if run.status != RunStatus.COMPLETED or run.report is None:
        return [
            f"{plan.project_name}: {run.status}, {plan.pause_reason or run.error}",
            f"  {plan.pause_detail}",
            f"  go on with: manage.py resume {plan.pk}",
        ]
    report = Report.model_validate(run.report)
    tests = f"{report.tests.passed} passed, {report.tests.failed} failed"
    if report.tests.coverage is not None:
        tests += f", {report.tests.coverage:.0f}% of statements covered"
    retried = sum(row.accepted for row in report.attempts if row.attempt > 1)
    atoms = f"{report.built.atoms_accepted} of {report.built.atoms_total} accepted in {report.built.waves} waves"
    stages = ", ".join(f"{row.stage} {row.seconds:.1f}" for row in report.times.by_stage)
    return [
        f"{plan.project_name}: completed in {report.times.total_seconds:.1f} s",
        f"  built     {report.built.files} files, {report.built.lines} lines, {len(report.built.endpoints)} endpoints",
        f"  plan      {report.built.tasks_done} of {report.built.tasks_total} tasks done",
        f"  atoms     {atoms}, {retried} after a retry",
        f"  tests     {tests}",
        f"  cost      {report.costs.total} dollars, {report.costs.against_estimate}",
        f"  seconds   {stages}",
        f"  workspace {plan.workspace_path}",
        f"  plan id   {plan.pk}",
    ]
