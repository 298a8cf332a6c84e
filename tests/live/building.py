"""A plan under way, large enough to look like one: phases, tasks, atoms in waves, tests, reviews, failures."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.models import User
from django.utils import timezone

from common.actors import SYSTEM
from common.changes import change, emit
from common.transitions import transition
from execution.models import (
    AcceptanceResult,
    AcceptanceTest,
    Atom,
    AtomAttempt,
    AtomRevision,
    DependencyGraph,
    FailureAnalysis,
    GateResult,
    Round,
    Run,
    Wave,
    WaveAtom,
)
from execution.states import Stage, WaveStatus
from planning.models import MasterPlan, Task
from planning.services.approval import approve_plan
from planning.services.progress import refresh_progress
from planning.states import PlanStatus, TaskStatus
from tests.factories import make_plan, plan_answer

CODE = '''def total_of(orders: list[Order], *, discount: Decimal = Decimal(0)) -> Decimal:
    """The price of all orders, with its discount."""
    amount = sum((line.price * line.count for order in orders for line in order.lines), start=Decimal(0))
    if not 0 <= discount <= 1:
        raise ValueError("A discount is a share, from 0 to 1.")
    return amount * (1 - discount)
'''
NAMES = ["Task", "User", "Comment", "Project", "Label", "Attachment", "Session", "Invoice"]
LAYERS = ["models", "schemas", "repository", "service", "api"]
PHASES = ["Foundation", "Domain and storage", "API", "Polish"]


def readable_plan(*, tasks: int = 40, **fields: object) -> MasterPlan:
    """A draft whose names read like those of a real one."""
    plan = make_plan(
        answer=plan_answer(phases=4, tasks_per_phase=tasks // 4),
        project_name="Task tracker",
        description="A REST API for task management with users, tasks and comments, tested and ready to run.",
        **fields,
    )
    rows = list(Task.objects.filter(plan=plan).order_by("number"))
    for number, task in enumerate(rows):
        name, layer = NAMES[number // len(LAYERS) % len(NAMES)], LAYERS[number % len(LAYERS)]
        task.title = f"{layer.capitalize()} of {name.lower()}s"
        task.target_files = [f"app/{name.lower()}s/{layer}.py"]
    Task.objects.bulk_update(rows, ["title", "target_files"])
    for number, (phase, name) in enumerate(zip(plan.phases.order_by("number"), PHASES, strict=True), start=1):
        type(phase).objects.filter(pk=phase.pk).update(name=name)
        phase.milestones.update(name=f"{name}, step {number}")
    return plan


def started(plan: MasterPlan) -> Run:
    """Approved and running, as far as the log and the statuses go; nothing is dispatched."""
    approve_plan(plan_id=plan.pk, actor=SYSTEM)
    plan.refresh_from_db()
    with change():
        transition(plan, PlanStatus.IN_PROGRESS, actor=SYSTEM)
        run = Run.objects.create(plan=plan, mode="v2_atoms")
        emit(
            ("plan", plan.pk),
            "masterplan_execution_start",
            {"run_id": str(run.pk), "mode": run.mode, "tasks": plan.total_tasks, "workspace_path": ""},
        )
    return run


def cut(plan: MasterPlan, *, atoms: int = 300) -> list[Atom]:
    """Atoms of all tasks, each with its first revision; no event."""
    tasks = list(Task.objects.filter(plan=plan).order_by("number"))
    rows = []
    for number in range(1, atoms + 1):
        task = tasks[number * len(tasks) // (atoms + 1)]
        rows.append(
            Atom(
                plan=plan, task=task, number=number, key=uuid.uuid4().hex, path=task.target_files[0], position=number,
                name=f"part_{number}", qualname=f"part_{number}", language="python", kind="function",
                unit=f"unit{number}", complexity=1 + number % 5,
            )
        )  # fmt: skip
    Atom.objects.bulk_create(rows)
    sha = hashlib.sha256(CODE.encode()).hexdigest()
    revisions = AtomRevision.objects.bulk_create(
        AtomRevision(atom=atom, number=1, text=CODE, origin="draft", author="test", sha256=sha) for atom in rows
    )
    for atom, revision in zip(rows, revisions, strict=True):
        atom.current = revision
    Atom.objects.bulk_update(rows, ["current"], batch_size=500)
    return rows


def ordered(plan: MasterPlan, atoms: list[Atom], *, waves: int = 8) -> list[Wave]:
    """The atoms in waves, the first ones the widest; no event."""
    graph = DependencyGraph.objects.create(
        plan=plan, version=1, atoms=len(atoms), edges=2 * len(atoms), depth=waves, waves_total=waves
    )
    rows = [Wave(graph=graph, plan=plan, number=number) for number in range(1, waves + 1)]
    Wave.objects.bulk_create(rows)
    weights = [waves - number + 2 for number in range(waves)]
    members = []
    for position, atom in enumerate(atoms):
        reached = (position + 0.5) / len(atoms) * sum(weights)
        number = next(index for index in range(waves) if sum(weights[: index + 1]) >= reached)
        members.append(WaveAtom(graph=graph, wave=rows[number], atom=atom, position=position))
    WaveAtom.objects.bulk_create(members)
    return rows


def halfway(plan: MasterPlan, waves: list[Wave], *, done: int = 4) -> None:
    """The first waves are done, the next one is under way with all that can happen to an atom."""
    moment = timezone.now() - timedelta(minutes=6)
    for wave in waves[:done]:
        ids = [str(pk) for pk in wave.members.values_list("pk", flat=True)]
        seconds = 2.4 + wave.number
        ended = moment + timedelta(seconds=seconds)
        made = Round.objects.create(wave=wave, plan=plan, number=1, atom_ids=ids, status="closed", closed_at=ended)
        Round.objects.filter(pk=made.pk).update(created_at=moment)
        Wave.objects.filter(pk=wave.pk).update(
            status=WaveStatus.COMPLETED, seconds=seconds, started_at=moment, finished_at=ended
        )
        moment = ended + timedelta(seconds=1)
        _accept(wave)
    running = waves[done]
    members = list(running.members.order_by("number"))
    Round.objects.create(wave=running, plan=plan, number=1, atom_ids=[], status="closed")
    Round.objects.create(wave=running, plan=plan, number=2, atom_ids=[str(atom.pk) for atom in members])
    Wave.objects.filter(pk=running.pk).update(status=WaveStatus.RUNNING)
    _accept(running)
    for atom, status in zip(members, ["running"] * 5 + ["validating"] * 3 + ["retrying"] * 2, strict=False):
        Atom.objects.filter(pk=atom.pk).update(status=status, attempts=2, confidence=None)
    spent(members[8])
    Atom.objects.filter(waves=waves[-1]).update(status="blocked")
    tasks = list(Task.objects.filter(plan=plan).order_by("number"))
    for number, task in enumerate(tasks[:29]):
        begun = timezone.now() - timedelta(minutes=9, seconds=-5 * number)
        task.status = TaskStatus.DONE if number < 22 else TaskStatus.IN_PROGRESS
        task.started_at, task.drafted_at = begun, begun + timedelta(seconds=20 + number)
        task.completed_at = begun + timedelta(seconds=180 + 9 * number) if number < 22 else None
    Task.objects.bulk_update(tasks[:29], ["status", "started_at", "drafted_at", "completed_at"])
    refresh_progress(plan.pk, actor=SYSTEM)


def _accept(wave: Wave) -> None:
    members = list(wave.members.all())
    for atom in members:
        atom.accepted_id, atom.status, atom.attempts = atom.current_id, "accepted", 1
        atom.confidence = Decimal("0.930")
    Atom.objects.bulk_update(members, ["accepted", "status", "attempts", "confidence"], batch_size=500)


def spent(atom: Atom) -> FailureAnalysis:
    """Its attempts were in vain, and it was analysed."""
    found = {
        "path": atom.path, "line": 3, "column": 1, "layer": "types", "code": "assignment", "severity": "error",
        "message": 'Incompatible types: "int | None" is no Decimal.', "hint": "Give sum a Decimal to start from.",
    }  # fmt: skip
    for number in (1, 2, 3):
        AtomAttempt.objects.create(
            atom=atom, attempt=number, code=CODE, success=False, errors=[found],
            model="" if number == 1 else "offline", seconds=0.4 * number, cost="0.001200",
        )  # fmt: skip
    Atom.objects.filter(pk=atom.pk).update(
        status="validating", awaiting_decision=True, attempts=3, feedback=[found], confidence=None
    )
    return FailureAnalysis.objects.create(
        plan=atom.plan, task=atom.task, atom=atom, attempts=3, root_cause="The sum of no lines is the integer 0.",
        symptoms=["a type error"], conclusion="Every attempt kept the start of sum.",
        proposals=[
            proposal("Start from Decimal(0)", "modify_task_context", "Give sum its start.", probability=0.8),
            proposal("Refuse empty orders", "modify_task_context", "Check before they come here.", probability=0.4),
        ],
    )  # fmt: skip


def proposal(title: str, action: str, detail: str, *, probability: float) -> dict[str, object]:
    return {"title": title, "action": action, "detail": detail, "probability": probability, "minutes": 3}


def with_results(plan: MasterPlan, run: Run) -> None:
    """Acceptance tests of the plan with their results, and the gate."""
    for number, (requirement, passed) in enumerate(
        [
            ("Creating a task answers 201 with the task", True),
            ("A comment belongs to a task", True),
            ("A user cannot read the tasks of others", False),
            ("Lists are paginated", None),
        ]
    ):
        test = AcceptanceTest.objects.create(
            plan=plan, requirement=requirement, priority="must" if number < 3 else "should"
        )
        AcceptanceResult.objects.create(test=test, run=run, passed=passed, output="" if passed else "assert 200 == 404")
    GateResult.objects.create(
        plan=plan, run=run, must_rate="0.6667", should_rate=None, passed=False, reason="2 of 3 MUST tests pass."
    )


def busy_plan(owner: User, *, tasks: int = 40, atoms: int = 300, waves: int = 8) -> MasterPlan:
    """A plan halfway through its waves, as a watcher meets it."""
    plan = readable_plan(tasks=tasks, discovery__conversation__workspace__owner=owner)
    run = started(plan)
    halfway(plan, ordered(plan, cut(plan, atoms=atoms), waves=waves))
    Run.objects.filter(pk=run.pk).update(stage=Stage.WAVES)
    with_results(plan, run)
    tell(plan, "code_generation_complete", tasks=tasks, lines=8_120)
    tell(plan, "atomization_complete", atoms=atoms, tasks=tasks)
    tell(plan, "dependency_graph_ready", graph_id="", atoms=atoms, edges=2 * atoms, waves=waves, broken_edges=0)
    for number in range(1, 5):
        wave = {"wave_number": number, "succeeded": 60, "failed": 0, "blocked": 0, "rounds": 1}
        tell(plan, "wave_execution_complete", **wave, duration_seconds=2.4 + number)
    atom = plan.atoms.order_by("number")[3]
    tell(plan, "review_created", review_id=str(uuid.uuid4()), atom_id=str(atom.pk), confidence=0.62, status="pending")
    plan.refresh_from_db()
    return plan


def tell(plan: MasterPlan, event_type: str, **data: object) -> None:
    emit(("plan", plan.pk), event_type, data)
