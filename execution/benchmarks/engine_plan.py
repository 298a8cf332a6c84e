"""A plan as large as one likes, at the point where its waves begin: every atom has to be asked of a model."""

from __future__ import annotations

import hashlib
import uuid
from itertools import pairwise
from pathlib import Path

from django.contrib.auth.models import User
from django.db.models import OuterRef, Subquery

from execution.benchmarks.reading import place
from execution.models import Atom, AtomDependency, AtomRevision, DependencyGraph, Run, Wave, WaveAtom
from execution.states import AtomStatus, Stage
from integrations.llm.shapes import Diagnostic
from planning.models import MasterPlan, Milestone, Phase, Task
from planning.states import PlanStatus, TaskStatus

ATOMS_IN_FILE = 10
BATCH = 2000


def engine_plan(owner: User, *, waves: int, atoms: int, folder: Path) -> Run:
    """``waves`` of ``atoms`` each; an atom needs the one at its place in the wave before. A task per wave."""
    number = MasterPlan.objects.count()
    plan = MasterPlan.objects.create(
        **place(owner, number),
        project_name=f"Project {number}",
        stack="fastapi",
        status=PlanStatus.IN_PROGRESS,
        workspace_path=str(folder / str(number)),
        total_tasks=waves,
    )
    phase = Phase.objects.create(plan=plan, number=1, short_id="phase_01", type=Phase.Type.CORE, name="All")
    stage = Milestone.objects.create(plan=plan, phase=phase, number=1, short_id="milestone_01", name="All")
    rows = [_atoms_of(plan, _task_of(plan, stage, wave, atoms), wave, atoms) for wave in range(waves)]
    Atom.objects.bulk_create([row for members in rows for row in members], batch_size=BATCH)
    _give_drafts(plan)
    _order(plan, rows)
    return Run.objects.create(
        plan=plan, mode="v2_atoms", stage=Stage.WAVES, trace_id=uuid.uuid4().hex, atoms_total=waves * atoms
    )


def _task_of(plan: MasterPlan, stage: Milestone, wave: int, atoms: int) -> Task:
    return Task.objects.create(
        plan=plan,
        milestone=stage,
        number=wave + 1,
        short_id=f"task_{wave + 1:03}",
        title=f"Wave {wave + 1}",
        type=Task.Type.IMPLEMENTATION,
        status=TaskStatus.IN_PROGRESS,
        estimated_minutes=10,
        story_points=1,
        target_files=[_path(wave, position) for position in range(0, atoms, ATOMS_IN_FILE)],
    )


def _atoms_of(plan: MasterPlan, task: Task, wave: int, atoms: int) -> list[Atom]:
    """Judged once and found wanting, so that each goes to a model."""
    return [
        Atom(
            plan=plan,
            task=task,
            number=wave * atoms + position + 1,
            key=uuid.uuid4().hex,
            path=_path(wave, position),
            position=position % ATOMS_IN_FILE,
            name=f"part_{position}",
            qualname=f"part_{position}",
            language="python",
            kind="function",
            unit=f"{_path(wave, position)}::part_{position}",
            status=AtomStatus.RETRYING,
            feedback=[
                Diagnostic(path=_path(wave, position), line=1, layer="types", code="x", message="no").model_dump()
            ],
        )
        for position in range(atoms)
    ]


def _path(wave: int, position: int) -> str:
    return f"app/wave_{wave}/file_{position // ATOMS_IN_FILE}.py"


def _give_drafts(plan: MasterPlan) -> None:
    drafts = []
    for atom in Atom.objects.filter(plan=plan).only("pk", "name"):
        text = f"def {atom.name}() -> str:\n    return {atom.name!r}\n\n\n"
        digest = hashlib.sha256(text.encode()).hexdigest()
        drafts.append(AtomRevision(atom=atom, number=1, text=text, origin="draft", author="model", sha256=digest))
    AtomRevision.objects.bulk_create(drafts, batch_size=BATCH)
    own = AtomRevision.objects.filter(atom=OuterRef("pk")).values("pk")[:1]
    Atom.objects.filter(plan=plan).update(current=Subquery(own))


def _order(plan: MasterPlan, rows: list[list[Atom]]) -> None:
    count = sum(len(members) for members in rows)
    graph = DependencyGraph.objects.create(
        plan=plan, version=1, atoms=count, edges=count - len(rows[0]), depth=len(rows), waves_total=len(rows)
    )
    AtomDependency.objects.bulk_create(
        [
            AtomDependency(graph=graph, source=source, target=target, type="data")
            for before, after in pairwise(rows)
            for source, target in zip(before, after, strict=True)
        ],
        batch_size=BATCH,
    )
    waves = Wave.objects.bulk_create(
        Wave(graph=graph, plan=plan, number=number, atoms_total=len(members))
        for number, members in enumerate(rows, start=1)
    )
    WaveAtom.objects.bulk_create(
        [
            WaveAtom(graph=graph, wave=wave, atom=atom, position=position)
            for wave, members in zip(waves, rows, strict=True)
            for position, atom in enumerate(members)
        ],
        batch_size=BATCH,
    )
