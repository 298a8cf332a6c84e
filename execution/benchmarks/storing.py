"""Storing what was cut and ordered: atoms with their first revisions, then graph, edges, waves and their members."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import rich
from django.contrib.auth.models import User
from django.db import connection, transaction

from common.changes import change
from execution import atoms as core
from execution import graph as graphs
from execution.benchmarks.measuring import Measure, cpu_seconds, wall_seconds
from execution.benchmarks.reading import place, shop_plan
from execution.benchmarks.scratch import scratch_database
from execution.models import Atom, Run
from execution.services.atomizing import Cut, store_cuts
from execution.services.ordering import graph_of, store_graph
from integrations.llm.shapes import ProjectFile
from planning.models import MasterPlan
from planning.models.masterplan import ExecutionMode
from planning.services.plan_rows import create_plan_rows

ATOMS = 800


def bench_storing() -> list[Measure]:
    """Bulk writes of 800 atoms with their revisions, and of their graph, edges and waves."""
    with scratch_database():
        run = _run()
        cuts = _cuts(run)
        count = sum(len(cut.atoms) for cut in cuts)
        writing_atoms = _timed(f"{count} atoms and revisions", lambda: store_cuts(run, cuts, first_number=1))
        with change():
            store_cuts(run, cuts, first_number=1)
        rows = {row.key: row for row in Atom.objects.filter(plan_id=run.plan_id).select_related("current")}
        graph = graph_of(rows.values(), {})
        waves = graphs.waves(graph)
        name = f"their graph: {len(graph.edges):,} edges, {len(waves)} waves"
        return [*writing_atoms, *_timed(name, lambda: store_graph(run, graph, waves, rows))]


def _run() -> Run:
    owner = User.objects.create(username="writer")
    made = shop_plan()
    plan = MasterPlan.objects.create(**place(owner, 0), **made.model_dump(mode="json", exclude={"phases"}))
    create_plan_rows(plan, made)
    return Run.objects.create(plan=plan, mode=ExecutionMode.V2_ATOMS)


def _cuts(run: Run) -> list[Cut]:
    """Files of a package, shared out among the plan's tasks, until there are atoms enough."""
    tasks = list(run.plan.tasks.order_by("number"))
    root = Path(rich.__file__).parent
    found: list[Cut] = []
    for number, path in enumerate(sorted(root.glob("*.py"))):
        file = ProjectFile(path=f"app/{path.name}", text=path.read_text())
        found.append(Cut(tasks[number % len(tasks)], file, core.cut(file.path, file.text.encode())))
        if sum(len(cut.atoms) for cut in found) >= ATOMS:
            break
    return found


def _timed(name: str, work: Callable[[], object]) -> list[Measure]:
    def write() -> None:
        """Everything but the commit, constraints included; nothing stays."""
        with transaction.atomic():
            work()
            connection.check_constraints()
            transaction.set_rollback(True)

    return [
        Measure(f"{name}, p50", wall_seconds(write) * 1000, "ms", wanted=500),
        Measure(f"{name}, CPU of this process, p50", cpu_seconds(write) * 1000, "ms"),
    ]
