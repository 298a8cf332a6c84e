"""What a reviewer's decision does to an atom: the text, its file, what needs it, its task and its plan."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from common.actors import Actor
from common.changes import change
from common.errors import Conflict, NotFound
from common.transitions import transition
from execution.models import Atom, AtomRevision, Run, ValidationResult
from execution.projection import show_after_commit
from execution.services.advance_stage import back_to_waves
from execution.services.runs import held_run
from execution.services.small_runs import run_to_change
from execution.services.trying_again import reopen_task, try_again
from execution.states import AtomStatus
from execution.validation.results import TreeReport
from execution.waves.accepting import accept_atoms, checks_of
from execution.waves.checking import check_decisively, check_tree
from execution.waves.dependents import block_dependents, release_dependents
from execution.waves.revisions import new_revision
from execution.waves.settling import complete_tasks, count_atoms
from execution.waves.tree import Tree, base_tree
from execution.waves.verdicts import DECISIVE
from integrations.llm.shapes import Diagnostic
from planning.models import MasterPlan
from planning.states import PlanStatus, TaskStatus


@dataclass(frozen=True)
class EditOutcome:
    """Whether an edit was taken; if not, what its validation found."""

    accepted: bool
    diagnostics: list[Diagnostic]


def accept_atom(*, atom_id: uuid.UUID, actor: Actor, reason: str = "") -> Atom:
    """Accept the atom's current text as it is, although its attempts failed; nothing to do for an accepted one."""
    atom = _atom(atom_id)
    if atom.status == AtomStatus.ACCEPTED:
        return atom
    with change():
        _accept(atom, actor, reason, run=_run_of(atom.plan))
    _after(atom)
    return _atom(atom_id)


def reject_atom(*, atom_id: uuid.UUID, actor: Actor, reason: str) -> Atom:
    """The atom fails for good; everything that needs it waits."""
    atom = _atom(atom_id)
    with change():
        run = _run_of(atom.plan)
        transition(atom, AtomStatus.FAILED, actor=actor, reason=reason, awaiting_decision=False)
        if run is not None:
            reopen_task(atom, actor=actor)
            block_dependents(atom.plan_id, [atom.pk])
            count_atoms(run)
            back_to_waves(run)
    _after(atom)
    return atom


def edit_atom(*, atom_id: uuid.UUID, code: str, actor: Actor, reason: str = "") -> EditOutcome:
    """Put a person's text in the atom's place, if the whole project stays sound with it."""
    atom = _atom(atom_id)
    tree = base_tree(atom.plan_id)
    if atom.pk not in tree.atoms:
        raise Conflict(f"{atom.label()} is left out of the project.")
    report, found = _findings_with(atom, tree, code)
    if found:
        return EditOutcome(accepted=False, diagnostics=found)
    with change():
        run = _run_of(atom.plan)
        held = Atom.objects.select_for_update(no_key=True).get(pk=atom.pk)
        if held.current_id != atom.current_id:
            raise Conflict(f"{atom.label()} has changed meanwhile.", hint="Look at the new text and edit again.")
        revision = new_revision(atom, code, AtomRevision.Origin.EDIT, actor.name)
        fields = {"current_id": revision.pk, "changed_by_person": True, "actual_lines": code.count("\n")}
        if atom.status == AtomStatus.ACCEPTED:
            Atom.objects.filter(pk=atom.pk).update(accepted_id=revision.pk, **fields)
            if run is not None:
                _test_again(atom, run, actor)
        else:
            Atom.objects.filter(pk=atom.pk).update(**fields)
            _accept(_atom(atom_id), actor, reason, run=run, report=report)
    _after(atom)
    return EditOutcome(accepted=True, diagnostics=[])


def regenerate_atom(*, atom_id: uuid.UUID, hint: str, actor: Actor, reason: str = "") -> Atom:
    """One more attempt with the reviewer's words as feedback."""
    return try_again(atom=_atom(atom_id), hint=hint or reason, actor=actor)


def _run_of(plan: MasterPlan) -> Run | None:
    """The run that goes on after the decision, held; a plan that was given up has none."""
    return run_to_change(plan.pk) if plan.status == PlanStatus.COMPLETED else held_run(plan.pk)


def _test_again(atom: Atom, run: Run, actor: Actor) -> None:
    """An accepted text was replaced: what was tested or reported before is so again."""
    if atom.task.status in (TaskStatus.TESTED, TaskStatus.DONE):
        reopen_task(atom, actor=actor)
        complete_tasks(atom.plan_id, {atom.task_id})
    back_to_waves(run)


def _accept(atom: Atom, actor: Actor, reason: str, *, run: Run | None, report: TreeReport | None = None) -> None:
    """Called in a change. From ``failed``, ``validating`` or, by way of it, ``retrying``."""
    checked = report or TreeReport({})
    found = [Diagnostic.model_validate(row) for row in atom.feedback] if report is None else []
    if not atom.status == AtomStatus.VALIDATING and not atom.status == AtomStatus.FAILED:
        raise Conflict(f"{atom.label()} is {atom.status}; only a judged atom can be accepted by hand.")
    accept_atoms([atom], {atom.pk: checks_of(found, checked)})
    ValidationResult.objects.create(
        plan_id=atom.plan_id,
        level=1,
        atom=atom,
        task_id=atom.task_id,
        attempt=atom.attempts,
        layer="review",
        passed=True,
        checks_run=1,
        checks_passed=1,
        reason=f"{actor.name}: {reason}"[:2000],
    )
    Atom.objects.filter(pk=atom.pk).update(changed_by_person=True)
    release_dependents(atom.plan_id)
    complete_tasks(atom.plan_id, {atom.task_id})
    if run is not None:
        count_atoms(run)
        back_to_waves(run)


def _after(atom: Atom) -> None:
    """Files follow once the decision is committed, where the plan has any."""
    if atom.plan.workspace_path:
        show_after_commit(atom.plan)


def _findings_with(atom: Atom, tree: Tree, code: str) -> tuple[TreeReport, list[Diagnostic]]:
    """What is wrong in the whole project with the new text that is not wrong without it. Raises ``ChecksNotRun``."""
    before = check_tree(atom.plan, tree.files)
    files = {**tree.files, atom.path: tree.with_text(atom, code)}
    after = check_tree(atom.plan, files)
    if after.layers["syntax"].status != "failed":
        after = check_decisively(atom.plan, files)
    known = {(found.path, found.code, found.message) for found in before.diagnostics}
    mine = {id(found) for found in tree.charged(before.diagnostics).get(atom.pk, [])}
    known -= {(found.path, found.code, found.message) for found in before.diagnostics if id(found) in mine}
    return after, [
        found
        for found in after.diagnostics
        if found.severity == "error"
        and found.layer in DECISIVE
        and (found.path, found.code, found.message) not in known
    ]


def _atom(atom_id: uuid.UUID) -> Atom:
    atom = Atom.objects.select_related("plan", "task", "current").filter(pk=atom_id).first()
    if atom is None:
        raise NotFound("There is no such atom.")
    return atom
