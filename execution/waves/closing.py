"""The callback of a round: check the whole once, charge each finding to an atom, give verdicts, settle the wave.

Whoever takes the round's claim closes it; closing twice, or from two places, has one effect. The checks run before the
transaction that writes their outcome.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q

from common import claims
from common.actors import SYSTEM, set_trace_id
from common.changes import change
from common.errors import DevMatrixError
from common.transitions import move_if_possible, transition
from execution import dispatch
from execution.levels.calls import misfits
from execution.levels.modules import calls_that_do_not_fit, judge_modules, keep_modules, tasks_of
from execution.levels.results import Check
from execution.models import Atom, AtomAttempt, AtomDependency, Round, Run
from execution.projection import show_workspace
from execution.services.advance import advance_run
from execution.services.costs import tell_costs
from execution.services.pausing import DEFECTS, WorkBroke, pause_for_error, pause_now
from execution.services.runs import open_run
from execution.states import AtomStatus, RoundStatus, RunStatus, WaveStatus
from execution.validation.results import TreeReport
from execution.waves.baseline import brought_by
from execution.waves.checking import check_alone, check_decisively
from execution.waves.conditions import unmet_conditions
from execution.waves.recording import Verdict
from execution.waves.settling import settle
from execution.waves.tree import Tree, current_files, tree_with
from execution.waves.verdicts import Blame, assign
from integrations.llm.shapes import Diagnostic

logger = logging.getLogger(__name__)

UNFINISHED = [AtomStatus.PENDING, AtomStatus.RUNNING, AtomStatus.RETRYING]
SETTLED = {AtomStatus.ACCEPTED}


@dataclass(frozen=True)
class Judgement:
    """Everything the checks found, before it is written."""

    verdicts: list[Verdict]
    later: dict[uuid.UUID, list[Diagnostic]]
    report: TreeReport
    modules: dict[uuid.UUID, list[Check]] = field(default_factory=dict)
    """Level 2 of the tasks that are complete if all of this stands."""


def close_round(round_id: uuid.UUID) -> None:
    """Close a round whose atoms are all judged alone; anything else is left to the reconciler or a resume."""
    mine = Round.objects.filter(pk=round_id, status=RoundStatus.OPEN)
    token = claims.take(mine)
    if token is None:
        return
    round_ = Round.objects.select_related("wave", "plan", "wave__graph").get(pk=round_id)
    run = open_run(round_.plan_id)
    with claims.holding(Round, token):
        try:
            if run is None or Atom.objects.filter(pk__in=round_.atom_ids, status__in=UNFINISHED).exists():
                if run is not None:
                    dispatch.advance_run(run.pk)
                return
            set_trace_id(run.trace_id)
            try:
                judgement = judge_round(round_, run)
            except DevMatrixError as error:
                logger.warning("%s could not be judged: %s", round_, error)
                pause_now(run, reason=error.code, detail=str(error), actor=SYSTEM)
                return
            _write(round_, run, token, judgement)
        except DEFECTS as defect:  # it would come again with every pass of the reconciler, and nobody would see why
            logger.exception("The close of %s broke.", round_)
            if run is not None:
                broke = WorkBroke(f"The close of {round_}", defect, hint="See the logs of the workers, then resume.")
                pause_for_error(run, broke)
            return
        finally:
            claims.release(Round.objects.filter(pk=round_id), token)
    show_workspace(round_.plan, wave=round_.wave)


def judge_round(round_: Round, run: Run) -> Judgement:
    """Check the whole tree and give each atom of the round its verdict. Writes nothing.

    Of the whole tree only texts are read; atoms are those of the round's tasks, and of files with findings.
    Without hierarchical validation atoms are judged by what can be said of each alone (level 1).
    """
    judged = _judged(round_)
    files = current_files(round_.plan_id)
    texts = {path: file.text for path, file in files.items()}
    whole = run.uses.hierarchical_validation
    report = check_decisively(round_.plan, texts) if whole else check_alone(texts)
    tasks = tasks_of(judged)
    complete = [task for task, would_be_complete in tasks.items() if would_be_complete and whole]
    calls = misfits(texts) if complete else []
    named = {item.path for item in [*report.diagnostics, *(call.diagnostic for call in calls)]}
    of_interest = Q(task__in=set(judged.values())) | Q(path__in=named)
    tree = tree_with(files, of_interest, plan_id=round_.plan_id)
    candidates = {pk: atom for pk, atom in tree.atoms.items() if pk in judged}
    rows = AtomAttempt.objects.filter(atom__in=candidates, round=round_).select_related("revision")
    attempts = {row.atom_id: row for row in rows.defer("feedback").order_by("attempt")}
    misused = calls_that_do_not_fit(tree, candidates, calls, known=report.diagnostics)
    findings = [*report.diagnostics, *misused, *unmet_conditions(tasks, tree, candidates)]
    blame = _blame(round_, tree, candidates, attempts, findings)
    verdicts = []
    for pk, atom in candidates.items():
        own = attempts.get(pk)
        alone = [Diagnostic.model_validate(row) for row in own.errors] if own and own.success is False else []
        verdicts.append(Verdict(atom=atom, attempt=own, errors=alone or blame.charged.get(pk, [])))
    modules = judge_modules(tree, complete, report, calls)
    return Judgement(_shared_by_units(verdicts), _uuid_keys(blame.later), report, modules)


def _judged(round_: Round) -> dict[uuid.UUID, uuid.UUID]:
    """The atoms that get a verdict, with their tasks."""
    rows = Atom.objects.filter(pk__in=round_.atom_ids, status=AtomStatus.VALIDATING, awaiting_decision=False)
    return dict(rows.values_list("pk", "task_id"))


def _blame(
    round_: Round,
    tree: Tree,
    candidates: dict[uuid.UUID, Atom],
    attempts: dict[uuid.UUID, AtomAttempt],
    findings: Sequence[Diagnostic],
) -> Blame:
    uses: dict[uuid.UUID, set[uuid.UUID]] = {}
    edges = AtomDependency.objects.filter(graph_id=round_.wave.graph_id, source__in=candidates)
    for source, target in edges.values_list("source_id", "target_id"):
        uses.setdefault(target, set()).add(source)
    settled = {pk for pk, atom in tree.atoms.items() if atom.status in SETTLED}
    changed = {pk: row for pk, row in attempts.items() if row.attempt > 1}
    found = tree.charged(findings)
    return assign(
        brought_by(changed.values(), found, settled=settled, tree=tree, plan=round_.plan),
        candidates=candidates,
        changed=changed,
        settled=settled,
        uses=uses,
    )


def _shared_by_units(verdicts: list[Verdict]) -> list[Verdict]:
    """Pieces of one function stand or fall together."""
    failing = {verdict.atom.unit for verdict in verdicts if verdict.errors}
    return [
        Verdict(verdict.atom, verdict.attempt, verdict.errors, passed=verdict.atom.unit not in failing)
        for verdict in verdicts
    ]


def _uuid_keys(found: dict[object, list[Diagnostic]]) -> dict[uuid.UUID, list[Diagnostic]]:
    return {key: errors for key, errors in found.items() if isinstance(key, uuid.UUID)}


def _write(round_: Round, run: Run, token: uuid.UUID, judgement: Judgement) -> None:
    """One transaction: verdicts, the round closed, the wave settled or left open for its next round."""
    run_id = run.pk
    with change():
        run = Run.objects.select_for_update(no_key=True).select_related("plan").get(pk=run.pk)
        held = Round.objects.select_for_update(no_key=True).filter(pk=round_.pk, status=RoundStatus.OPEN, claim=token)
        if not held.exists() or run.status not in (RunStatus.RUNNING, RunStatus.PAUSED):
            logger.warning("The close of %s came late and was discarded.", round_)
            return
        # First of what follows the commit: models work at the next wave while reviews and files of this one are made.
        transaction.on_commit(lambda: advance_run(run_id), robust=True)
        transition(round_, RoundStatus.CLOSED, actor=SYSTEM, claim=None, claim_expires=None)
        move_if_possible(round_.wave, WaveStatus.VALIDATING, actor=SYSTEM)
        settle(round_, run, judgement.verdicts, judgement.report, judgement.later)
        keep_modules(round_.plan_id, judgement.modules)
        tell_costs(run)
