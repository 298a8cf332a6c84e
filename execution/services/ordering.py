"""Stage 5: the dependency graph among atoms, and the waves in which they run."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import cast

from django.db.models import Exists, OuterRef

from common.actors import SYSTEM
from common.changes import change, emit
from common.configuration import configuration
from common.transitions import transition_many
from execution import atoms as core
from execution import graph as graphs
from execution.atoms.atom import Kind
from execution.atoms.cutting import file_atom
from execution.gates.criteria import keep_criteria
from execution.models import Atom, AtomDependency, DependencyGraph, Run, Wave, WaveAtom
from execution.output.requirements import requirements_for
from execution.services.advance_stage import enter_stage
from execution.services.judging_again import judge_users_again
from execution.services.ordering_by_tasks import NOTHING_ANALYSED, waves_of_tasks
from execution.states import AtomStatus, Stage, WaveStatus
from execution.validation.environments import environment_for
from planning.models import TaskDependency


def order_plan(run: Run) -> None:
    """Build and store graph and waves, make the environment that the waves are judged in, and go on."""
    environment_for(requirements_for(run.plan.stack), configuration().environments_dir)
    if DependencyGraph.objects.filter(plan_id=run.plan_id, version=run.plan.version).exists():
        with change():
            keep_criteria(run.plan_id)
            enter_stage(run, Stage.WAVES)
        return
    present = Atom.objects.filter(plan_id=run.plan_id).exclude(status=AtomStatus.SKIPPED)
    rows = list(present.select_related("current").order_by("number"))
    if run.uses.dependency_graph:
        graph = graph_of(rows, _needed_paths(run.plan_id))
        waves = graphs.waves(graph, limit=configuration().max_wave_atoms)
    else:
        graph, waves = NOTHING_ANALYSED, tuple(waves_of_tasks(run.plan_id, rows))
    with change():
        stored = store_graph(run, graph, waves, {row.key: row for row in rows})
        judge_users_again(run, stored)
        keep_criteria(run.plan_id)
        _close_finished_waves(stored)
        emit(
            ("plan", run.plan_id),
            "dependency_graph_ready",
            {
                "graph_id": str(stored.pk),
                "atoms": stored.atoms,
                "edges": stored.edges,
                "waves": stored.waves_total,
                "broken_edges": len(stored.broken_edges),
            },
        )
        enter_stage(run, Stage.WAVES)


def _close_finished_waves(graph: DependencyGraph) -> None:
    """Waves of which everything was accepted in an earlier graph have nothing to run."""
    open_members = Atom.objects.filter(waves=OuterRef("pk")).exclude(status=AtomStatus.ACCEPTED)
    finished = Wave.objects.filter(~Exists(open_members), graph=graph)
    transition_many(finished, WaveStatus.COMPLETED, actor=SYSTEM, quiet=True)


def graph_of(rows: Iterable[Atom], needed: Mapping[str, Collection[str]]) -> graphs.Graph:
    """The graph of stored atoms; files that need each other by the plan get a coarse edge where no finer one is."""
    files: dict[str, list[Atom]] = {}
    for row in rows:
        files.setdefault(row.path, []).append(row)
    return graphs.build({path: _as_core(path, atoms) for path, atoms in files.items()}, needs=needed)


def _as_core(path: str, rows: list[Atom]) -> tuple[core.Atom, ...]:
    """The stored atoms of a file as the pure core knows them, with the stored identities."""
    text = "".join(row.current.text for row in rows if row.current).encode()
    if len(rows) == 1 and rows[0].kind == "file":
        return (file_atom(path, text)._replace(id=rows[0].key, unit=rows[0].unit),)
    fresh = core.cut(path, text)
    if len(fresh) != len(rows):
        return tuple(_restored(path, rows))
    keys = {atom.id: row.key for atom, row in zip(fresh, rows, strict=True)}
    return tuple(atom._replace(id=keys[atom.id], parent=keys.get(atom.parent or "", atom.parent)) for atom in fresh)


def _restored(path: str, rows: list[Atom]) -> Iterable[core.Atom]:
    """Atoms as stored, for a file whose atoms have grown so that it would be cut otherwise today."""
    offset, line = 0, 1
    for row in rows:
        data = (row.current.text if row.current else "").encode()
        newlines = data.count(b"\n")
        yield file_atom(path, data)._replace(
            id=row.key,
            kind=cast("Kind", row.kind),
            name=row.name,
            qualname=row.qualname,
            parent=row.parent_key or None,
            unit=row.unit,
            start_byte=offset,
            end_byte=offset + len(data),
            start_line=line,
            end_line=line + max(newlines - 1, 0),
            defines=tuple(row.defines),
            uses=tuple(row.uses),
        )
        offset, line = offset + len(data), line + newlines


def _needed_paths(plan_id: uuid.UUID) -> dict[str, set[str]]:
    """For each file, the files of the tasks that its task depends on. One query."""
    needed: dict[str, set[str]] = {}
    pairs = TaskDependency.objects.filter(task__plan_id=plan_id)
    for own, theirs in pairs.values_list("task__target_files", "needs__target_files"):
        for path in own:
            needed.setdefault(path, set()).update(theirs)
    return needed


def store_graph(
    run: Run, graph: graphs.Graph, waves: Iterable[tuple[str, ...]], rows: dict[str, Atom]
) -> DependencyGraph:
    """Bulk rows for the graph, its edges, its waves and their members."""
    waves = list(waves)
    broken = [edge for edge in graph.edges if edge.broken]
    stored = DependencyGraph.objects.create(
        plan_id=run.plan_id,
        version=run.plan.version,
        atoms=len(rows),
        by_tasks=not run.uses.dependency_graph,
        edges=len(graph.edges),
        depth=len(waves),
        waves_total=len(waves),
        broken_edges=[
            {"source": rows[edge.source].label(), "target": rows[edge.target].label(), "reason": edge.reason}
            for edge in broken
        ],
    )
    AtomDependency.objects.bulk_create(
        [
            AtomDependency(
                graph=stored,
                source=rows[edge.source],
                target=rows[edge.target],
                type=edge.type,
                weight=edge.weight,
                line=edge.line,
                broken=edge.broken,
                reason=edge.reason,
            )
            for edge in graph.edges
        ],
        batch_size=1000,
    )
    wave_rows = Wave.objects.bulk_create(
        [
            Wave(graph=stored, plan_id=run.plan_id, number=number, atoms_total=len(members))
            for number, members in enumerate(waves, start=1)
        ]
    )
    WaveAtom.objects.bulk_create(
        [
            WaveAtom(graph=stored, wave=wave, atom=rows[key], position=position)
            for wave, members in zip(wave_rows, waves, strict=True)
            for position, key in enumerate(members)
        ],
        batch_size=1000,
    )
    return stored
