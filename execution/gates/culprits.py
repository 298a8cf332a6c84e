"""Who is charged with red tests: the change that turned them red, found by bisection, else those most suspicious."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from common.actors import SYSTEM
from common.transitions import transition_many
from execution.acceptance.bisecting import first_bad
from execution.acceptance.blame import suspects
from execution.acceptance.report import TestCase, TestReport
from execution.acceptance.testing import run_tests
from execution.gates.criteria import acceptance_tests
from execution.gates.suite import Ran, assembled, files_to_run
from execution.models import Atom, AtomRevision, Run, SuiteRun
from execution.services.code_progress import count_code
from execution.states import AtomStatus
from execution.validation.environments import Environment
from execution.waves.tree import Tree
from integrations.llm.shapes import Diagnostic
from planning.models import MasterPlan, Task
from planning.services.progress import refresh_progress
from planning.states import TaskStatus

SUSPECTS = 3
MOST_ATTEMPTS = 6
MOST_FEEDBACK = 5
SUSPECTED = "a test that runs it fails"
BISECTED = "a test fails that passed before; bisection found this change"
MOST_RUNS = 8
"""Runs of the red tests that one bisection may take: enough for 128 changes."""
Revisions = Mapping[uuid.UUID, uuid.UUID]


@dataclass(frozen=True)
class Change:
    """Texts that came together: of one atom, or of all atoms of a file that was not there before."""

    path: str
    after: Mapping[uuid.UUID, uuid.UUID]


@dataclass(frozen=True)
class Charged:
    """The atoms that red tests are charged to; ``bisected`` when a change was found that turned them red."""

    atoms: list[Atom]
    bisected: bool = False

    @property
    def reason(self) -> str:
        """Why they go back, for the history of each."""
        return BISECTED if self.bisected else SUSPECTED


def culprits_of(plan: MasterPlan, ran: Ran, environment: Environment, *, excused: Collection[str] = ()) -> Charged:
    """Atoms with attempts left. Runs tests in the sandbox if the red ones passed before: call it in no transaction."""
    red = ran.red(excused)
    if not red:
        return Charged([])
    change = _change_that_broke(plan, ran, red, environment)
    if change is not None:
        only = set(change.after)
        ranked = [atom for atom in _ranked(ran.report, ran.tree) if atom.pk in only]
        found = ranked or [ran.tree.atoms[pk] for pk in change.after if pk in ran.tree.atoms]
        left = [atom for atom in found if may_try_again(atom)][:1]
        if left:
            return Charged(left, bisected=True)
    return Charged(suspicious_atoms(ran.report, ran.tree))


def suspicious_atoms(report: TestReport, tree: Tree) -> list[Atom]:
    """The atoms most worth another look, best first: code before tests, and only those with attempts left."""
    ranked = _ranked(report, tree)
    code = [atom for atom in ranked if not atom.path.startswith("tests/")]
    return [atom for atom in code or ranked if may_try_again(atom)][:SUSPECTS]


def reopen(run: Run, found: Mapping[Atom, Sequence[Diagnostic]], *, reason: str) -> list[Atom]:
    """Send atoms back to their waves with what was found as feedback; call it in a change."""
    for atom, items in found.items():
        Atom.objects.filter(pk=atom.pk).update(
            feedback=[item.model_dump() for item in items[:MOST_FEEDBACK]],
            max_attempts=max(atom.max_attempts, atom.attempts + 1),
            updated_at=timezone.now(),
        )
    reopened = transition_many(
        Atom.objects.filter(pk__in=[atom.pk for atom in found]), AtomStatus.RETRYING, actor=SYSTEM, reason=reason
    )
    tasks = {atom.task_id for atom in reopened}
    transition_many(
        Task.objects.filter(pk__in=tasks, status__in=[TaskStatus.READY_FOR_TEST, TaskStatus.TESTED]),
        TaskStatus.IN_PROGRESS,
        actor=SYSTEM,
        reason=reason,
    )
    count_code(run.plan_id, tasks)
    refresh_progress(run.plan_id, actor=SYSTEM)
    return reopened


def feedback_of(atoms: Sequence[Atom], tree: Tree, failing: Sequence[TestCase]) -> dict[Atom, list[Diagnostic]]:
    """The failing tests, said to each of the atoms."""
    return {
        atom: [
            Diagnostic(
                path=atom.path,
                line=tree.span_of(atom).start,
                layer="tests",
                code="test_failed",
                message=f"{case.node_id}: {case.message[:1500]}",
            )
            for case in failing[:MOST_FEEDBACK]
        ]
        for atom in atoms
    }


def may_try_again(atom: Atom) -> bool:
    return atom.attempts < MOST_ATTEMPTS


def _ranked(report: TestReport, tree: Tree) -> list[Atom]:
    spans = {path: file.spans for path, file in tree.pieces.items()}
    return [tree.atoms[atom] for atom, _ in suspects(report, spans)]


# -- bisection ---------------------------------------------------------------------------------------------------------


def _change_that_broke(plan: MasterPlan, ran: Ran, red: Sequence[TestCase], environment: Environment) -> Change | None:
    """The change since the last run in which red tests passed; ``None`` if they never did, or it cannot be told."""
    names = {case.node_id for case in red}
    before = next((one for one in SuiteRun.objects.filter(plan=plan)[:10] if names & set(one.passed)), None)
    if before is None:
        return None
    wanted = sorted(names & set(before.passed))
    then = {uuid.UUID(atom): uuid.UUID(revision) for atom, revision in before.revisions.items()}
    history = History.of(plan, then, ran.tree)
    whole = files_to_run(plan, ran.tree, acceptance_tests(plan.pk))
    beside = {path: text for path, text in whole.items() if path not in ran.tree.files}

    def is_red(changes: Sequence[Change]) -> bool:
        with assembled({**beside, **history.files_with(changes)}) as root:
            return run_tests(root, environment, tests=wanted).status != "passed"

    return first_bad(history.changes, is_red, most=MOST_RUNS)


@dataclass(frozen=True)
class History:
    """The way from the texts of an earlier run to those of now, change by change in the order in which they came."""

    then: Revisions
    places: Mapping[uuid.UUID, tuple[str, int]]
    texts: Mapping[uuid.UUID, str]
    changes: list[Change]

    @classmethod
    def of(cls, plan: MasterPlan, then: Revisions, tree: Tree) -> History:
        """Atoms that are gone since are so from the first change on: a loss cannot be undone alone."""
        now = {pk: atom.accepted_id for pk, atom in tree.atoms.items() if atom.accepted_id and atom.path in tree.files}
        kept = {pk: revision for pk, revision in then.items() if pk in now}
        rows = AtomRevision.objects.filter(pk__in={*now.values(), *kept.values()})
        revisions = {row.pk: row for row in rows}
        places = {pk: (tree.atoms[pk].path, tree.atoms[pk].position) for pk in now}
        there = {places[pk][0] for pk in kept}
        moved = sorted(
            (pk for pk, revision in now.items() if kept.get(pk) != revision),
            key=lambda pk: (revisions[now[pk]].created_at, tree.atoms[pk].number),
        )
        groups: dict[object, list[uuid.UUID]] = {}
        for pk in moved:
            path = places[pk][0]
            groups.setdefault(pk if path in there else path, []).append(pk)
        changes = [Change(places[pks[0]][0], {pk: now[pk] for pk in pks}) for pks in groups.values()]
        return cls(kept, places, {pk: row.text for pk, row in revisions.items()}, changes)

    def files_with(self, changes: Sequence[Change]) -> dict[str, str]:
        """The project as it was with only these changes made."""
        state = dict(self.then)
        for change in changes:
            state |= change.after
        files: dict[str, str] = {}
        for pk in sorted(state, key=lambda pk: self.places[pk]):
            path = self.places[pk][0]
            files[path] = files.get(path, "") + self.texts[state[pk]]
        return files
