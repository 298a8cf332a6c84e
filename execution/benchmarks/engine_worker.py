"""What the workers of the engine's benchmark include: a model that only takes time, validators that agree, counters.

Only ``bench engine`` starts workers with it. What is left of an atom, once model and validators are taken away, is the
engine's own work; it is counted per thread, so that threads which wait beside it do not count.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import redis
from celery import chord, shared_task
from django.conf import settings
from django.db import connection

from execution import tasks
from execution.benchmarks.engine_stack import PLAIN
from execution.models import Run
from execution.validation.results import LayerResult, TreeReport
from execution.waves import attempting, checking, retrying
from execution.waves.attempting import Answer
from execution.waves.material import Material
from integrations.llm.gateway import Reply
from integrations.llm.prices import Usage
from integrations.llm.shapes import AtomCode, AtomRetryInputs
from planning.models import MasterPlan

MODEL_SECONDS = float(os.environ.get("BENCH_MODEL_SECONDS", "0.5"))
LAYERS = ("syntax", "imports", "types", "lint", "security", "performance")
DONE_KEY = "devmatrix:bench:done"


@dataclass
class Figures:
    """Sums over the atoms that this process has worked on. ``cpu`` in seconds; of the process all, the engine's own."""

    atoms: int = 0
    statements: int = 0
    cpu: float = 0.0
    process_cpu: float = 0.0
    in_flight: int = 0
    most_in_flight: int = 0


FIGURES = Figures()
_lock = threading.Lock()
_own = threading.local()


@contextmanager
def counted(*, atoms: int) -> Iterator[None]:
    """The engine's work on some atoms: CPU of this thread and statements, without what `uncounted` takes out."""
    _own.statements, _own.apart = 0, 0.0
    started = time.thread_time()
    with connection.execute_wrapper(_count):
        yield
    spent = time.thread_time() - started - _own.apart
    with _lock:
        FIGURES.atoms += atoms
        FIGURES.cpu += spent
        FIGURES.statements += _own.statements


@contextmanager
def uncounted() -> Iterator[None]:
    """A model, or a validator."""
    started, statements = time.thread_time(), getattr(_own, "statements", 0)
    try:
        yield
    finally:
        _own.apart = getattr(_own, "apart", 0.0) + time.thread_time() - started
        _own.statements = statements


def _count(execute: Callable[..., Any], *arguments: Any) -> Any:
    _own.statements += 1
    return execute(*arguments)


def _retry(round_id: uuid.UUID, atom_ids: list[uuid.UUID], *, urgency: int = 0) -> dict[str, int]:
    with counted(atoms=len(atom_ids)):
        return retrying.retry_atoms(round_id, atom_ids, urgency=urgency)


def _counted_apart(material: Material, run: Run) -> Answer:
    """An attempt in a thread of its own, of an atom that is counted with its message."""
    with counted(atoms=0):
        return _attempt_apart(material, run)


def _ask(purpose: object, inputs: AtomRetryInputs, **_: object) -> Reply[AtomCode]:
    """Takes its time, and answers what was there."""
    connection.close()  # as the gateway does
    with _lock:
        FIGURES.in_flight += 1
        FIGURES.most_in_flight = max(FIGURES.most_in_flight, FIGURES.in_flight)
    time.sleep(MODEL_SECONDS)
    with _lock:
        FIGURES.in_flight -= 1
    return Reply(
        answer=AtomCode(code=inputs.atom.text),
        call_id=uuid.uuid4(),
        provider="bench",
        model="bench",
        tokens=Usage(),
        cost=Decimal(0),
        seconds=MODEL_SECONDS,
        temperature=None,
        effort=None,
        requests=1,
    )


def _check_tree(plan: MasterPlan, files: Mapping[str, str]) -> TreeReport:
    return TreeReport({layer: LayerResult(status="passed", checks=1) for layer in LAYERS})


def _apart(work: Callable[..., Any]) -> Callable[..., Any]:
    def run(*arguments: Any, **named: Any) -> Any:
        with uncounted():
            return work(*arguments, **named)

    return run


def _replace(module: Any, **names: object) -> None:
    for name, value in names.items():
        assert hasattr(module, name), f"{module.__name__} has no {name} any more"  # noqa: S101 - a stale benchmark
        setattr(module, name, value)


_replace(tasks, retry=_retry, perform=lambda *arguments: None)
_attempt_apart = retrying._attempt_apart
_replace(retrying, _attempt_apart=_counted_apart)
_replace(
    attempting, ask=_apart(_ask), judge_alone=_apart(attempting.judge_alone), recall=lambda *arguments, **named: []
)
_replace(checking, check_tree=_check_tree)


@shared_task(name="bench.figures", ignore_result=False)
def figures() -> dict[str, float]:
    """What was counted since the last time somebody asked."""
    global FIGURES
    with _lock:
        found, FIGURES = FIGURES, Figures()
    return {**asdict(found), "process_cpu": time.process_time()}


# -- the same shape in plain Celery ------------------------------------------------------------------------------------


@shared_task(name="bench.wait", ignore_result=False, queue=PLAIN)
def wait(seconds: float) -> int:
    time.sleep(seconds)
    return 1


@shared_task(name="bench.next_wave", queue="default")
def next_wave(left: int, atoms: int, seconds: float) -> None:
    """A chord of waits that calls this again, until no wave is left."""
    if not left:
        redis.Redis.from_url(settings.REDIS_URL).set(DONE_KEY, time.time())
        return
    chord([wait.si(seconds) for _ in range(atoms)])(next_wave.si(left - 1, atoms, seconds))
