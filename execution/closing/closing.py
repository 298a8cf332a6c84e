"""Stage 9: Definition of Done, report, end of run and plan, and what is learned from it."""

from __future__ import annotations

import logging

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from common.actors import SYSTEM
from common.changes import change, emit
from common.errors import DevMatrixError
from common.transitions import transition
from execution import dispatch
from execution.closing.done import judge_tasks, record_done
from execution.closing.patterns import patterns_of
from execution.closing.reporting import costs_of, gather_report, summary_inputs, with_patterns, with_summary
from execution.models import Atom, Run
from execution.models.atom import replaced_atoms
from execution.output.commit_messages import plain_message
from execution.output.report import Report
from execution.projection import report_files, workspace_of
from execution.services.costs import tell_costs
from execution.services.engine import engine_options_of
from execution.services.pausing import pause_now
from execution.services.runs import still_in
from execution.states import AtomStatus, RunStatus, Stage
from execution.waves.checking import stop_checking
from integrations.llm.gateway import About, ask
from planning.models import MasterPlan, PlanVersion
from planning.services.progress import refresh_progress
from planning.states import PlanStatus

logger = logging.getLogger(__name__)


def close_run(run: Run) -> None:
    """Judge every task, write the report, and complete the plan; tasks that are not done pause it instead."""
    done = judge_tasks(run)
    with change():
        if not still_in(run, Stage.CLOSING):
            return  # cancelled, or sent back meanwhile
        missing = record_done(run, done)
        refresh_progress(run.plan_id, actor=SYSTEM)
        dispatch.learn(run.plan_id)
        if missing:
            names = ", ".join(report.task for report in missing[:5])
            detail = f"Not done: {names}. Retry or skip them, then resume."
            pause_now(run, reason="pending_decision", detail=detail, actor=SYSTEM)
            return
    report = with_patterns(_with_words(run, gather_report(run, done)), patterns_of(run))
    report = report.model_copy(update={"costs": costs_of(run)})  # with what these two have cost
    _write(run, report)
    _complete(run, report)
    stop_checking(run.plan)


def _with_words(run: Run, report: Report) -> Report:
    """A summary by a model; the report stands without one when no model answers."""
    plan = run.plan
    about = About(conversation=plan.conversation_id, plan=plan.pk, trace_id=run.trace_id)
    try:
        reply = ask("report_summary", summary_inputs(report), about=about, options=engine_options_of(plan))
    except DevMatrixError as error:
        logger.warning("The report has no summary: %s", error)
        return report
    return with_summary(report, reply.answer)


def _write(run: Run, report: Report) -> None:
    workspace = workspace_of(run.plan)
    with workspace.locked():
        workspace.write(report_files(report), partial=True)
        workspace.commit(plain_message("Report", trace_id=run.trace_id))
        workspace.tag(_tag(run))


def _tag(run: Run) -> str:
    """``v1`` for the first version as it was completed, ``v1.1`` and on after small runs; so for each version."""
    made = PlanVersion.objects.filter(
        plan_id=run.plan_id, number=run.plan.version, created_at__gt=OuterRef("finished_at")
    )
    earlier = _earlier(run).filter(~Exists(made)).count()
    return f"v{run.plan.version}.{earlier}" if earlier else f"v{run.plan.version}"


def _earlier(run: Run) -> QuerySet[Run]:
    return Run.objects.filter(plan_id=run.plan_id, status=RunStatus.COMPLETED).exclude(pk=run.pk)


def _complete(run: Run, report: Report) -> None:
    precision = _precision(run)
    seconds = (timezone.now() - run.started_at).total_seconds()
    before = sum((one.finished_at - one.started_at).total_seconds() for one in _earlier(run) if one.finished_at)
    totals = {
        "files": report.built.files,
        "lines": report.built.lines,
        "tasks": report.built.tasks_total,
        "atoms": report.built.atoms_total,
        "waves": report.built.waves,
        "tests_passed": report.tests.passed,
        "tests_failed": report.tests.failed,
    }
    with change():
        if not still_in(run, Stage.CLOSING):
            return
        tell_costs(run)
        transition(
            run,
            RunStatus.COMPLETED,
            actor=SYSTEM,
            stage=Stage.FINISHED,
            precision=precision,
            report=report.model_dump(mode="json"),
        )
        plan = MasterPlan.objects.get(pk=run.plan_id)
        minutes = round((before + seconds) / 60, 2)
        if plan.status == PlanStatus.COMPLETED:  # the run was a small one
            MasterPlan.objects.filter(pk=plan.pk).update(actual_minutes=minutes)
        else:
            transition(plan, PlanStatus.COMPLETED, actor=SYSTEM, actual_minutes=minutes)
        emit(("plan", plan.pk), "execution_complete", totals)
        emit(
            ("plan", plan.pk),
            "complete",
            {
                "totals": totals,
                "stage": Stage.FINISHED.value,
                "precision": precision,
                "duration": round(seconds, 1),
                "cost": str(report.costs.total),
                "workspace_path": plan.workspace_path,
            },
        )
        dispatch.learn(run.plan_id)


def _precision(run: Run) -> float:
    """Share of atoms accepted with no human change."""
    atoms = Atom.objects.filter(plan_id=run.plan_id).exclude(replaced_atoms())
    total = atoms.count()
    untouched = atoms.filter(status=AtomStatus.ACCEPTED, changed_by_person=False).count()
    return round(untouched / total, 4) if total else 0.0
