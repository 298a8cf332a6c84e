"""What people wait for while they watch: a plan's detail, the list of plans, a socket that catches up."""

from __future__ import annotations

import asyncio
import statistics
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken

from common.changes import change, emit
from common.errors import DevMatrixError
from execution.benchmarks.calling import REQUEST, answer
from execution.benchmarks.measuring import Measure
from execution.benchmarks.scratch import scratch_database
from execution.live.socket.consumer import LiveConsumer
from execution.models import Atom
from integrations.llm.shapes import DomainModel, DomainModelInputs, MasterPlanInputs, PlanAnswer, TaskSpec
from planning.models import Conversation, DiscoveryDocument, MasterPlan, Workspace
from planning.services.plan_rows import create_plan_rows

TASKS, ATOMS, PLANS, EVENTS = 120, 800, 1_000, 5_000
REQUESTS = 60
CATCH_UPS = 5


class NotRead(DevMatrixError):
    """A figure of something that went wrong is no figure."""

    code = "not_read"
    title = "What was to be measured could not be read"


def bench_reading() -> list[Measure]:
    """Detail of a plan with 120 tasks and 800 atoms, list of 1,000 plans, socket catch-up of 5,000 events."""
    with scratch_database():
        owner = User.objects.create(username="reader")
        large = large_plan(owner)
        many_plans(owner)
        client = client_of(owner)
        measures = [
            *timed(f"detail, {TASKS} tasks, {ATOMS} atoms", client, reverse("masterplan", args=[large.pk])),
            *timed(f"progress, {TASKS} tasks", client, reverse("masterplan-progress", args=[large.pk]), wanted=None),
            *timed(f"list, a page of {PLANS:,} plans", client, reverse("masterplans")),
            *timed(f"list, 500 of {PLANS:,} plans", client, reverse("masterplans") + "?page_size=500", wanted=None),
        ]
        return [*measures, *catch_up(owner, large)]


# -- what is read ------------------------------------------------------------------------------------------------------


def large_plan(owner: User) -> MasterPlan:
    """Tasks as the engine plans them, copied until there are enough; each atom belongs to one."""
    made = spread(shop_plan())
    plan = MasterPlan.objects.create(**place(owner, 0), **made.model_dump(mode="json", exclude={"phases"}))
    create_plan_rows(plan, made)
    tasks = list(plan.tasks.order_by("number"))
    Atom.objects.bulk_create(
        Atom(
            plan=plan,
            task=tasks[number % TASKS],
            number=number,
            key=uuid.uuid4().hex,
            path=f"app/file_{number % TASKS}.py",
            position=number,
            name=f"part_{number}",
            qualname=f"part_{number}",
            language="python",
            kind="function",
            unit=f"unit{number}",
        )
        for number in range(ATOMS)
    )
    return plan


def shop_plan() -> PlanAnswer:
    domain = answer("domain_model", DomainModelInputs(request=REQUEST), DomainModel)
    return answer("masterplan", MasterPlanInputs(request=REQUEST, domain=domain), PlanAnswer)


def spread(made: PlanAnswer) -> PlanAnswer:
    """The plan with as many tasks as are wanted in its own phases and milestones, in their usual sizes."""
    specs = [task for phase in made.phases for stage in phase.milestones for task in stage.tasks]
    tasks = [_copy(specs[number % len(specs)], number) for number in range(TASKS)]
    stages = [stage for phase in made.phases for stage in phase.milestones]
    share = -(-TASKS // len(stages))
    parts = {stage.id: tasks[index * share : (index + 1) * share] for index, stage in enumerate(stages)}
    phases = [
        phase.model_copy(
            update={"milestones": [one.model_copy(update={"tasks": parts[one.id]}) for one in phase.milestones]}
        )
        for phase in made.phases
    ]
    return made.model_copy(update={"phases": phases})


def _copy(task: TaskSpec, number: int) -> TaskSpec:
    before = [f"task_{number - back:03}" for back in (1, 2, 3) if number >= back]
    return task.model_copy(update={"id": f"task_{number:03}", "depends_on": before, "needs": []})


def many_plans(owner: User) -> None:
    """Each in a workspace of its own, as unfinished ones must be."""
    for number in range(1, PLANS):
        MasterPlan.objects.create(**place(owner, number), project_name=f"Project {number}", stack="fastapi")


def place(owner: User, number: int) -> dict[str, Any]:
    """Where a plan belongs."""
    workspace = Workspace.objects.create(owner=owner, name=f"Space {number}", slug=f"space-{number}")
    conversation = Conversation.objects.create(workspace=workspace, owner=owner)
    discovery = DiscoveryDocument.objects.create(
        workspace=workspace, conversation=conversation, owner=owner, original_request=REQUEST
    )
    return {
        "owner": owner,
        "workspace": workspace,
        "conversation": conversation,
        "discovery": discovery,
        "original_request": REQUEST,
    }


# -- how it is read ----------------------------------------------------------------------------------------------------


def client_of(owner: User) -> Client:
    """The whole way of a request in this process: middleware, token, permissions, limits, rendering."""
    _, token = AuthToken.objects.create(owner)
    return Client(headers={"Authorization": f"Token {token}"}, SERVER_NAME="localhost")


@dataclass(frozen=True)
class Taken:
    """Milliseconds of every try."""

    wall: list[float]
    cpu: list[float]


def timed(name: str, client: Client, address: str, *, wanted: float | None = 60) -> list[Measure]:
    taken = tries(lambda: read(client, address), times=REQUESTS)
    return [
        Measure(f"{name}, p95", statistics.quantiles(taken.wall, n=100)[94], "ms", wanted=wanted),
        Measure(f"{name}, least", min(taken.wall), "ms"),
        Measure(f"{name}, CPU of this process, p50", statistics.median(taken.cpu), "ms"),
    ]


def read(client: Client, address: str) -> None:
    response = client.get(address)
    if response.status_code != 200:
        raise NotRead(f"GET {address} answers {response.status_code}: {response.content[:300]!r}")


def tries(work: Callable[[], object], *, times: int) -> Taken:
    """After three that are not counted."""
    for _ in range(3):
        work()
    taken = Taken([], [])
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        taken.wall.append((time.perf_counter() - wall) * 1000)
        taken.cpu.append((time.process_time() - cpu) * 1000)
    return taken


def catch_up(owner: User, plan: MasterPlan) -> list[Measure]:
    """From the message that joins to the last event of the log, over the socket's own consumer."""
    with change():
        for number in range(EVENTS):
            data = {"item": str(uuid.uuid4()), "label": f"app/file_{number}.py:part", "to": "accepted"}
            emit(plan.event_stream(), "atom_execution_progress", data)
    taken = tries(lambda: asyncio.run(_caught_up(owner, plan)), times=CATCH_UPS)
    return [
        Measure(f"socket catch-up of {EVENTS:,} events, p50", statistics.median(taken.wall), "ms", wanted=300),
        Measure(f"socket catch-up of {EVENTS:,} events, least", min(taken.wall), "ms"),
        Measure(f"socket catch-up of {EVENTS:,} events, CPU of this process, p50", statistics.median(taken.cpu), "ms"),
    ]


async def _caught_up(owner: User, plan: MasterPlan) -> None:
    communicator: Any = ApplicationCommunicator  # has no types
    line = communicator(LiveConsumer.as_asgi(), {"type": "websocket", "path": "/ws/", "headers": [], "user": owner})
    await line.send_input({"type": "websocket.connect"})
    await line.receive_output(timeout=10)
    message = f'{{"action": "join_masterplan", "id": 1, "masterplan_id": "{plan.pk}"}}'
    await line.send_input({"type": "websocket.receive", "text": message})
    async with asyncio.timeout(60):
        for _ in range(1 + EVENTS):
            await line.output_queue.get()
    await line.send_input({"type": "websocket.disconnect", "code": 1000})
    await line.wait(timeout=10)
    await sync_to_async(connections.close_all)()
