"""Plans that are being built, at the point where a test wants them: atoms with texts, waves, edges, an open run."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection

from common.actors import Actor
from common.models import PlanEvent
from execution.models import (
    Atom,
    AtomAttempt,
    AtomDependency,
    AtomRevision,
    DependencyGraph,
    Round,
    Run,
    Wave,
    WaveAtom,
)
from execution.states import Stage
from execution.validation.results import LayerResult, TreeReport
from execution.waves.material import Material, materials_of
from execution.waves.retrying import retry_atoms
from integrations.llm.shapes import Diagnostic
from planning.models import MasterPlan, Task
from tests.factories import MasterPlanFactory, MilestoneFactory, PhaseFactory, TaskFactory

PERSON = Actor("user", "1", "ana")
LAYERS = ("syntax", "imports", "types", "lint", "security", "performance")


@dataclass
class Build:
    """A plan under way; ``atoms`` by the names that the test gave them."""

    plan: MasterPlan
    run: Run
    task: Task
    graph: DependencyGraph
    waves: list[Wave]
    atoms: dict[str, Atom] = field(default_factory=dict)

    def atom(self, name: str) -> Atom:
        """As it is stored now."""
        return Atom.objects.select_related("current", "accepted", "task", "plan").get(pk=self.atoms[name].pk)

    def statuses(self) -> dict[str, str]:
        return {name: self.atom(name).status for name in self.atoms}

    def set(self, name: str, **fields: Any) -> Atom:
        Atom.objects.filter(pk=self.atoms[name].pk).update(**fields)
        return self.atom(name)

    def accept(self, *names: str) -> None:
        for name in names:
            atom = self.atom(name)
            self.set(name, status="accepted", accepted=atom.current, attempts=max(atom.attempts, 1))

    def events(self, kind: str) -> list[Any]:
        return list(
            PlanEvent.objects.filter(stream_id=self.plan.pk, type=kind).order_by("seq").values_list("data", flat=True)
        )

    def open_round(self, *names: str, wave: int = 1, number: int = 1) -> Round:
        Wave.objects.filter(pk=self.waves[wave - 1].pk).update(status="running")
        return Round.objects.create(
            wave=self.waves[wave - 1],
            plan=self.plan,
            number=number,
            atom_ids=[str(self.atoms[name].pk) for name in names],
        )

    def judged(self, round_: Round, name: str, *, attempt: int = 1, errors: Sequence[Diagnostic] = ()) -> AtomAttempt:
        """As a header leaves it: validating, its attempt recorded."""
        atom = self.set(name, status="validating", attempts=attempt)
        return AtomAttempt.objects.create(
            atom=atom,
            attempt=attempt,
            round=round_,
            revision=atom.current,
            code=atom.current.text if atom.current else "",
            errors=[error.model_dump() for error in errors],
            success=False if errors else None,
        )

    def current_run(self) -> Run:
        return Run.objects.get(pk=self.run.pk)

    def current_plan(self) -> MasterPlan:
        return MasterPlan.objects.get(pk=self.plan.pk)


def make_build(
    files: Mapping[str, Mapping[str, str]],
    *,
    waves: Sequence[Sequence[str]] = (),
    edges: Sequence[tuple[str, str]] = (),
    workspace: Path | None = None,
    stage: str = Stage.WAVES,
    **plan_fields: Any,
) -> Build:
    """``files``: path to atoms' names and texts, in order. Without ``waves`` all atoms make one. An edge's second needs
    its first."""
    fields = {"status": "in_progress", "workspace_path": str(workspace or ""), **plan_fields}
    plan: MasterPlan = MasterPlanFactory(**fields)
    milestone = MilestoneFactory(phase=PhaseFactory(plan=plan))
    task: Task = TaskFactory(milestone=milestone, plan=plan, status="in_progress", target_files=list(files))
    run = Run.objects.create(plan=plan, mode="v2_atoms", stage=stage, trace_id=plan.trace_id)
    atoms = {name: atom for path, texts in files.items() for name, atom in _atoms(plan, task, path, texts).items()}
    members = [list(wave) for wave in waves] or [list(atoms)]
    graph = DependencyGraph.objects.create(
        plan=plan, version=1, atoms=len(atoms), edges=len(edges), depth=len(members), waves_total=len(members)
    )
    for source, target in edges:
        AtomDependency.objects.create(graph=graph, source=atoms[source], target=atoms[target], type="data")
    rows = []
    for number, names in enumerate(members, start=1):
        wave = Wave.objects.create(graph=graph, plan=plan, number=number, atoms_total=len(names))
        for position, name in enumerate(names):
            WaveAtom.objects.create(graph=graph, wave=wave, atom=atoms[name], position=position)
        rows.append(wave)
    return Build(plan, run, task, graph, rows, atoms)


def _atoms(plan: MasterPlan, task: Task, path: str, texts: Mapping[str, str]) -> dict[str, Atom]:
    made = {}
    first = Atom.objects.filter(plan=plan).count() + 1
    for position, (name, text) in enumerate(texts.items()):
        kind = "import" if text.startswith(("import ", "from ")) else "function"
        atom = Atom.objects.create(
            plan=plan,
            task=task,
            number=first + position,
            key=uuid.uuid4().hex,
            path=path,
            position=position,
            name=name,
            qualname=name,
            language="python",
            kind=kind,
            unit=f"{path}::{name}",
        )
        revision = AtomRevision.objects.create(
            atom=atom,
            number=1,
            text=text,
            origin="draft",
            author="model",
            sha256=hashlib.sha256(text.encode()).hexdigest(),
        )
        Atom.objects.filter(pk=atom.pk).update(current=revision)
        made[name] = Atom.objects.select_related("current", "task", "plan").get(pk=atom.pk)
    return made


def finding(
    path: str, line: int = 1, *, layer: str = "types", code: str = "arg-type", message: str = "wrong"
) -> Diagnostic:
    return Diagnostic(path=path, line=line, layer=layer, code=code, message=message)


def report_of(*findings: Diagnostic, not_run: Sequence[str] = ()) -> TreeReport:
    """What the layers would say if they found just this."""
    layers = {}
    for layer in LAYERS:
        own = tuple(item for item in findings if item.layer == layer)
        status: Any = "not_run" if layer in not_run else "failed" if own else "passed"
        reason = "It broke." if layer in not_run else ""
        layers[layer] = LayerResult(status=status, diagnostics=own, checks=0 if layer in not_run else 1, reason=reason)
    return TreeReport(layers)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start together; their answers, or what they raised, in order."""
    answers: list[Any] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def work(index: int, call: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=60)
            answers[index] = call()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            answers[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(index, call)) for index, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads), "threads hang"
    return answers


def retry_atom(round_id: uuid.UUID, atom_id: uuid.UUID) -> str:
    """One attempt at one atom, and what became of it."""
    (became,) = retry_atoms(round_id, [atom_id])
    return became


def material_of(atom: Atom) -> Material:
    (material,) = materials_of([atom.pk], plan_id=atom.plan_id)
    return material
