"""Stage 4: drafts are cut into atoms, losslessly; each atom's first revision is its draft."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Max, Q

from common.changes import change, emit
from common.errors import Conflict
from execution import atoms as core
from execution.atoms.cutting import file_atom
from execution.models import Atom, AtomRevision, Run
from execution.services.advance_stage import enter_stage
from execution.services.recutting import keep_what_stands
from execution.services.runs import still_in
from execution.states import AtomStatus, Stage
from execution.units import cuts_at_all, is_whole, unit_of_whole
from execution.waves.settling import complete_tasks
from integrations.llm.shapes import ProjectFile
from planning.models import Task
from planning.states import TaskStatus

LEFT_OUT = [TaskStatus.SKIPPED, TaskStatus.CANCELLED]


@dataclass(frozen=True)
class Cut:
    """A file of a task and the atoms it was cut into."""

    task: Task
    file: ProjectFile
    atoms: tuple[core.Atom, ...]
    unit: str = ""
    """The unit that all of them share; by default each has that which the cut gave it."""


class NothingToBuild(Conflict):
    code = "nothing_to_build"
    title = "The plan has no code"


def atomize_plan(run: Run) -> None:
    """Cut every draft that has no atoms yet, or new ones, and go on to ordering. All rows come in one transaction.

    Tasks without files are complete as they are. Raises ``NothingToBuild`` for a plan that has no file at all.
    """
    uncut = Task.objects.filter(Q(atoms__isnull=True) | Q(cut_again=True), plan_id=run.plan_id, draft__isnull=False)
    uncut = uncut.select_related("milestone__phase")
    tasks = list(uncut.exclude(status__in=LEFT_OUT).order_by("number").distinct())
    cuts = {task: cut_task(run, task) for task in tasks}
    with change():
        if not still_in(run, Stage.ATOMIZATION):
            return
        meanwhile = set(Task.objects.filter(pk__in=[task.pk for task in cuts], status__in=LEFT_OUT))
        cuts = {task: files for task, files in cuts.items() if task not in meanwhile}
        number = Atom.objects.filter(plan_id=run.plan_id).aggregate(last=Max("number"))["last"] or 0
        for done, (task, files) in enumerate(cuts.items(), start=1):
            kept = keep_what_stands(task, files) if task.cut_again else {}
            created = store_cuts(run, files, first_number=number + 1, kept=kept)
            number += created
            emit(
                ("plan", run.plan_id),
                "atomization_progress",
                {"task": task.short_id, "atoms_created": created, "done": done, "total": len(cuts)},
            )
        Task.objects.filter(pk__in=[task.pk for task in cuts]).update(cut_again=False)
        complete_tasks(run.plan_id, [task.pk for task, files in cuts.items() if not files])
        total = Atom.objects.filter(plan_id=run.plan_id).exclude(status=AtomStatus.SKIPPED).count()
        if not total:
            raise NothingToBuild(
                f"No task of {run.plan.label()} has a file to write.",
                hint="Ask for a modification that brings one, or cancel; then resume.",
            )
        Run.objects.filter(pk=run.pk).update(atoms_total=total)
        emit(("plan", run.plan_id), "atomization_complete", {"atoms": total, "tasks": len(cuts)})
        enter_stage(run, Stage.ORDERING)


def cut_task(run: Run, task: Task) -> list[Cut]:
    """The files of a task's draft, cut; or each as one atom, all of one unit, where the task is made as a whole."""
    files = [ProjectFile.model_validate(entry) for entry in task.draft or []]
    cuts = [Cut(task, file, core.cut(file.path, file.text.encode())) for file in files] if cuts_at_all(run) else []
    if cuts and not is_whole(run, task, [cut.atoms for cut in cuts]):
        return cuts
    unit = unit_of_whole(task)
    return [Cut(task, file, (file_atom(file.path, file.text.encode()),), unit=unit) for file in files]


def store_cuts(run: Run, cuts: Iterable[Cut], *, first_number: int, kept: Collection[str] = ()) -> int:
    """Bulk rows for atoms and their first revisions, but those whose keys are ``kept``; how many atoms there were."""
    rows: list[Atom] = []
    revisions: list[AtomRevision] = []
    for cut in cuts:
        for position, atom in enumerate(cut.atoms):
            if atom.id in kept:
                continue
            row = atom_row(run, cut, atom, position=position, number=first_number + len(rows))
            revision = first_revision(row, atom.source.decode())
            row.current = revision  # checked at the commit, when both are there
            rows.append(row)
            revisions.append(revision)
    Atom.objects.bulk_create(rows, batch_size=500)
    AtomRevision.objects.bulk_create(revisions, batch_size=500)
    return len(rows)


def atom_row(run: Run, cut: Cut, atom: core.Atom, *, position: int, number: int) -> Atom:
    return Atom(
        plan_id=run.plan_id,
        task=cut.task,
        number=number,
        key=atom.id,
        path=atom.path,
        position=position,
        name=atom.name[:200],
        qualname=atom.qualname[:400],
        language=core.language_of(atom.path).name,
        kind=atom.kind,
        parent_key=atom.parent or "",
        unit=cut.unit or f"{atom.path}::{atom.unit}"[:500],
        signature=atom.signature,
        docstring=atom.docstring,
        estimated_lines=atom.loc,
        actual_lines=atom.loc,
        complexity=atom.complexity,
        defines=list(atom.defines),
        uses=list(atom.uses),
        imports=list(atom.imports),
        types=list(atom.types),
        atomicity=round(atom.atomicity, 3),
        failed_criteria=list(atom.failed_criteria),
        max_attempts=cut.task.max_attempts,
    )


def first_revision(row: Atom, text: str) -> AtomRevision:
    return AtomRevision(
        atom=row,
        number=1,
        text=text,
        origin=AtomRevision.Origin.DRAFT,
        author="model",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
