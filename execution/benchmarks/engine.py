"""The wave engine against the ideal, plain asyncio and plain Celery: makespan, own work per atom, growth, fairness."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import redis
from celery import current_app
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Max

from common.models import PlanEvent
from execution import dispatch
from execution.benchmarks.engine_plan import engine_plan
from execution.benchmarks.engine_stack import PLAIN, BenchFailed, EngineStack, engine_stack
from execution.benchmarks.measuring import Measure
from execution.models import Run, Wave
from execution.queue_metrics import queue_depths
from execution.states import WaveStatus

WAVES, ATOMS, SECONDS = 8, 100, 0.5
TRIES = 5
PATIENCE = 600.0
DONE_KEY = "devmatrix:bench:done"


@dataclass(frozen=True)
class Took:
    """Of some plans: wall seconds, and what the worker that waits on models counted meanwhile."""

    seconds: float
    figures: dict[str, float]

    def each(self, name: str) -> float:
        return self.figures[name] / self.figures["atoms"]


def bench_engine() -> list[Measure]:
    """8 waves of 100 atoms of 0.5 s, as multiples of the ideal, plain asyncio and plain Celery; own work per atom."""
    with engine_stack(model_seconds=SECONDS, model_workers=1) as stack:
        alone = build(stack, User.objects.create(username="bench"), waves=WAVES, atoms=ATOMS)
    with engine_stack(model_seconds=SECONDS) as stack:
        owner = User.objects.create(username="bench")
        plain = [plain_celery(stack) for _ in range(TRIES)]
        took = [build(stack, owner, waves=WAVES, atoms=ATOMS) for _ in range(TRIES)]
    ideal = WAVES * SECONDS
    ours, theirs = min(one.seconds for one in took), min(one.seconds for one in plain)
    return [
        Measure(f"{WAVES} waves of {ATOMS}, times the ideal", ours / ideal, "ratio", wanted=1.65),
        Measure("with one process that waits on models", alone.seconds / ideal, "ratio"),
        Measure("plain asyncio, times the ideal", plain_asyncio() / ideal, "ratio"),
        Measure("plain Celery, times the ideal", theirs / ideal, "ratio"),
        Measure("times plain Celery", ours / theirs, "ratio"),
        Measure("atoms of 100 not in hand of one process", ATOMS - alone.figures["most_in_flight"], "atoms", wanted=0),
        Measure("statements per atom", took[0].each("statements"), "", wanted=3),
        Measure("CPU of the engine per atom", 1000 * min(one.each("cpu") for one in took), "ms", wanted=5),
        Measure("CPU of the llm workers per atom", 1000 * min(one.each("process_cpu") for one in took), "ms"),
        Measure("plain Celery: CPU of the llm worker per atom", 1000 * min(_cpu(one) for one in plain), "ms"),
    ]


def _cpu(plain: Took) -> float:
    return plain.figures["process_cpu"] / (WAVES * ATOMS)


def build(stack: EngineStack, owner: User, *, waves: int, atoms: int, plans: int = 1) -> Took:
    """Some plans at once, from the first message to the last wave that is completed."""
    runs = [engine_plan(owner, waves=waves, atoms=atoms, folder=stack.folder) for _ in range(plans)]
    before = asked_figures(*stack.models)
    started = time.time()
    for run in runs:
        dispatch.advance_run(run.pk)
    finished = completed(runs)
    return Took(finished - started, since(before, *stack.models))


def completed(runs: list[Run]) -> float:
    """When the last of their waves was completed, by the clock."""
    plans = [run.plan_id for run in runs]
    open_waves = Wave.objects.filter(plan__in=plans).exclude(status=WaveStatus.COMPLETED)
    until(lambda: not open_waves.exists(), "the waves are completed")
    last = Wave.objects.filter(plan__in=plans).aggregate(last=Max("finished_at"))["last"]
    return float(last.timestamp())


def until(look: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not look():
        if time.monotonic() > deadline:
            raise BenchFailed(f"{what}: not within {PATIENCE:.0f} seconds.")
        time.sleep(0.1)


def asked_figures(*queues: str) -> dict[str, float]:
    """What the workers of these queues have counted since they were asked last, summed."""
    total: Counter[str] = Counter()
    for queue in queues:
        total.update(current_app.send_task("bench.figures", queue=queue).get(timeout=60))
    return dict(total)


def since(before: dict[str, float], *queues: str) -> dict[str, float]:
    after = asked_figures(*queues)
    return {**after, "process_cpu": after["process_cpu"] - before["process_cpu"]}


# -- the same shape without an engine ----------------------------------------------------------------------------------


def plain_celery(stack: EngineStack) -> Took:
    client = redis.Redis.from_url(stack.redis_url, decode_responses=True)
    client.delete(DONE_KEY)
    before = asked_figures(PLAIN)
    started = time.time()
    current_app.send_task("bench.next_wave", args=[WAVES, ATOMS, SECONDS], queue="default")
    until(lambda: bool(client.exists(DONE_KEY)), "plain Celery is done")
    finished = float(str(client.get(DONE_KEY)))
    return Took(finished - started, since(before, PLAIN))


def plain_asyncio() -> float:
    started = time.perf_counter()
    asyncio.run(_waves())
    return time.perf_counter() - started


async def _waves() -> None:
    for _ in range(WAVES):
        await asyncio.gather(*(asyncio.sleep(SECONDS) for _ in range(ATOMS)))


# -- many atoms, many plans --------------------------------------------------------------------------------------------

SMALL, LARGE = 10, 100
QUICK, SLOW = 0.05, 2.0
PLANS = 20


def bench_growth() -> list[Measure]:
    """1,000 atoms against 10,000 in one plan, and one plan against 20 at once."""
    with engine_stack(model_seconds=QUICK) as stack:
        owner = User.objects.create(username="bench")
        build(stack, owner, waves=2, atoms=ATOMS)
        small = build(stack, owner, waves=SMALL, atoms=ATOMS)
        small_event, small_message = longest_event(), small.figures
        large = build(stack, owner, waves=LARGE, atoms=ATOMS)
        large_event = longest_event()
        again = build(stack, owner, waves=SMALL, atoms=ATOMS)
        many = build(stack, owner, waves=1, atoms=ATOMS, plans=PLANS)
    small_seconds = (small.seconds + again.seconds) / 2  # a machine is not as fast from one minute to the next
    return [
        Measure("seconds of 1,000 atoms, before and after the large plan", small_seconds, "s"),
        Measure("seconds of 10,000 atoms", large.seconds, "s"),
        Measure("time an atom, 10,000 against 1,000", large.seconds / small_seconds / 10, "ratio", wanted=1.5),
        Measure("CPU of the llm workers an atom, 10,000 against 1,000", _of(large) / _of(small), "ratio", wanted=1.3),
        Measure(
            "statements an atom of 10,000", large.each("statements"), "", wanted=1.1 * small_message["statements"] / 1e3
        ),
        Measure("longest event, 10,000 against 1,000", large_event / small_event, "ratio", wanted=1.1),
        Measure(
            f"{PLANS} plans of {ATOMS} at once, against one after another",
            many.seconds / small_seconds * SMALL / PLANS,
            "ratio",
        ),
    ]


def bench_fairness() -> list[Measure]:
    """A plan of 10 atoms by itself, and begun while five thousand of another plan wait.

    With a quick model the processors are the limit, and all share them; with one that takes its time its calls are.
    """
    return [*_fairness(SLOW, wanted=2.5), *_fairness(QUICK, wanted=None)]


def _fairness(seconds: float, *, wanted: float | None) -> list[Measure]:
    with engine_stack(model_seconds=seconds) as stack:
        alone, beside = fairness(stack, User.objects.create(username="bench"))
    model = f"a model of {seconds:g} s"
    return [
        Measure(f"{model}: a plan of 10, alone", alone, "s"),
        Measure(f"{model}: a plan of 10 beside one of 5,000 in a wave", beside, "s"),
        Measure(f"{model}: times as long as alone", beside / alone, "ratio", wanted=wanted),
    ]


def _of(took: Took) -> float:
    return took.each("process_cpu")


def longest_event() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max(octet_length(data::text)) FROM {PlanEvent._meta.db_table}")  # noqa: S608 - ours
        return int(cursor.fetchone()[0])


def fairness(stack: EngineStack, owner: User) -> tuple[float, float]:
    """Seconds of a plan of ten atoms, the median of some: by itself, and beside five thousand that wait."""
    alone = median(build(stack, owner, waves=1, atoms=10).seconds for _ in range(TRIES))
    large = engine_plan(owner, waves=1, atoms=5_000, folder=stack.folder)
    dispatch.advance_run(large.pk)
    until(lambda: waiting() > 100, "messages wait")
    beside = median(build(stack, owner, waves=1, atoms=10).seconds for _ in range(TRIES))
    if not waiting():
        raise BenchFailed("The large plan was done before the small one began.")
    completed([large])
    return alone, beside


def waiting() -> int:
    """Messages in the queue of the models, of every urgency."""
    return queue_depths(["llm"])["llm"]
