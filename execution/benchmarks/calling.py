"""The gateway to models: what it adds to a call, a hundred calls at once, and how much a plan reads from the cache."""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast
from unittest import mock

from django.db import connection

from execution.benchmarks.measuring import Measure
from execution.benchmarks.scratch import configured, scratch_database
from execution.drafts.interfaces import interface_of
from integrations.llm import gateway
from integrations.llm.costs import spending
from integrations.llm.gateway import About, ask
from integrations.llm.offline import engine
from integrations.llm.prices import Usage
from integrations.llm.providers.base import Completion, Request, Watcher
from integrations.llm.purposes import TASK_CODE
from integrations.llm.shapes import (
    DomainModel,
    DomainModelInputs,
    MasterPlanInputs,
    PlanAnswer,
    ProjectContext,
    ProjectFile,
    Shape,
    TaskCode,
    TaskCodeInputs,
)
from integrations.models import LLMCall

REQUEST = (
    "An API for a shop. Products have a name and a price and belong to a category. Customers have a name and an email. "
    "An order belongs to a customer and has a date and a status. Order items belong to an order and a product and have "
    "a quantity. Suppliers have a name and deliver products. Reviews belong to a product and have a text and a rating."
)
ShapeT = TypeVar("ShapeT", bound=Shape)
CALLS = 200
AT_ONCE = 100
ROUNDS = 3
ANSWERS_AFTER = 5.0
DRAFTS_AT_ONCE = 10
TASKS = 60


def bench_gateway() -> list[Measure]:
    """Our own work per call, 100 calls at once from one process, and the cache over 60 tasks on a local server."""
    no_limits = {"llm_requests_per_minute": 0, "llm_input_tokens_per_minute": 0, "llm_output_tokens_per_minute": 0}
    tasks = shop_tasks()
    with scratch_database(), configured(**no_limits, llm_calls_at_once=AT_ONCE, llm_provider="anthropic"):
        return [*_overhead(tasks), *_at_once(tasks), *_cache(tasks)]


def shop_tasks() -> list[TaskCodeInputs]:
    """Sixty tasks of a plan, each with the interfaces of what it depends on, as the engine drafts them."""
    domain = answer("domain_model", DomainModelInputs(request=REQUEST), DomainModel)
    made = answer("masterplan", MasterPlanInputs(request=REQUEST, domain=domain), PlanAnswer)
    tasks = [task for phase in made.phases for milestone in phase.milestones for task in milestone.tasks]
    context = ProjectContext(
        **made.model_dump(include=set(ProjectContext.model_fields) & set(PlanAnswer.model_fields)),
        structure=sorted(path for task in tasks for path in task.target_files),
    )
    inputs: list[TaskCodeInputs] = []
    files: dict[str, list[ProjectFile]] = {}
    while tasks and len(inputs) < TASKS:
        task = next(task for task in tasks if files.keys() >= set(task.depends_on))
        tasks.remove(task)
        interfaces = [interface_of(file) for needed in task.depends_on for file in files[needed]]
        inputs.append(TaskCodeInputs(project=context, task=task, interfaces=interfaces))
        files[task.id] = answer("task_code", inputs[-1], TaskCode).files
    return inputs


def answer(purpose: str, inputs: Shape, shape: type[ShapeT]) -> ShapeT:
    """What the offline engine says, in the shape that this purpose has."""
    return shape.model_validate(engine.answer(purpose, inputs).model_dump())


# -- our own work ------------------------------------------------------------------------------------------------------


@dataclass
class InstantProvider:
    """Answers at once: what is left is ours."""

    answers: dict[str, str]
    name: str = "anthropic"
    waits: bool = True

    def model(self, wanted: str) -> str:
        return wanted

    def complete(self, request: Request, watcher: Watcher | None) -> Completion:
        text = self.answers[cast("TaskCodeInputs", request.inputs).task.id]
        return Completion(text, Usage(input=request.prompt.token_estimate, output=len(text) // 4), "end_turn")


def _overhead(tasks: list[TaskCodeInputs]) -> list[Measure]:
    answers = {inputs.task.id: engine.answer("task_code", inputs).model_dump_json() for inputs in tasks}
    wall, cpu = [], []
    with mock.patch.object(gateway, "current_provider", return_value=InstantProvider(answers)):
        for number in range(CALLS + 20):
            started, started_cpu = time.perf_counter(), time.thread_time()
            draft(tasks[number % len(tasks)])
            wall.append(time.perf_counter() - started)
            cpu.append(time.thread_time() - started_cpu)
    return [
        Measure("our work per call, p50", 1000 * statistics.median(wall[20:]), "ms", wanted=5),
        Measure("our work per call, p95", 1000 * statistics.quantiles(wall[20:], n=20)[-1], "ms"),
        Measure("of which CPU, p50", 1000 * statistics.median(cpu[20:]), "ms"),
    ]


def draft(inputs: TaskCodeInputs) -> None:
    ask(TASK_CODE, inputs, about=About(), complexity=inputs.task.complexity)


# -- on a local server -------------------------------------------------------------------------------------------------


@contextmanager
def local_server(*, answers_after: float) -> Iterator[None]:
    """The Messages API in a process of its own, as the provider of the settings."""
    program = [sys.executable, str(Path(sys.argv[0]).resolve()), "messages_server"]
    options = ["--begins-after", str(answers_after)]
    with subprocess.Popen([*program, *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            address = next(iter(process.stdout or ())).strip().removeprefix("ANTHROPIC_BASE_URL=")
            with configured(anthropic_api_key="rehearsal", anthropic_base_url=address):
                yield
        finally:
            process.terminate()


def _at_once(tasks: list[TaskCodeInputs]) -> list[Measure]:
    """As many rounds of as many calls, each answered after five seconds; the prefix is warm."""
    with local_server(answers_after=ANSWERS_AFTER), InFlight().watching() as in_flight:
        draft(tasks[0])
        calls = [tasks[number % len(tasks)] for number in range(AT_ONCE * ROUNDS)]
        started = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(_in_a_thread(draft), calls))
        seconds = time.perf_counter() - started
    return [
        Measure("calls of 100 not in flight together", AT_ONCE - in_flight.most, "calls", wanted=0),
        Measure(f"{len(calls)} calls, times the ideal", seconds / (ROUNDS * ANSWERS_AFTER), "ratio", wanted=1.5),
    ]


def _cache(tasks: list[TaskCodeInputs]) -> list[Measure]:
    """All tasks, ten at once, each when those that it depends on are there; from a cold cache."""
    LLMCall.objects.all().delete()
    open_tasks = list(tasks)
    there: set[str] = set()
    with local_server(answers_after=0.5), ThreadPoolExecutor(DRAFTS_AT_ONCE) as pool:
        running: dict[Future[None], str] = {}
        while open_tasks or running:
            ready = [inputs for inputs in open_tasks if there >= set(inputs.task.depends_on)]
            for inputs in ready[: DRAFTS_AT_ONCE - len(running)]:
                open_tasks.remove(inputs)
                running[pool.submit(_in_a_thread(draft), inputs)] = inputs.task.id
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
                there.add(running.pop(future))
    share = spending(LLMCall.objects.all()).cache_share
    return [Measure(f"prompt tokens of {len(there)} tasks not cached", 100 * (1 - share), "%", wanted=50)]


def _in_a_thread(work: Callable[[TaskCodeInputs], None]) -> Callable[[TaskCodeInputs], None]:
    def run(inputs: TaskCodeInputs) -> None:
        try:
            work(inputs)
        finally:
            connection.close()

    return run


@dataclass
class InFlight:
    """Counts the calls that are with the provider at the same moment."""

    now: int = 0
    most: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def watching(self) -> Iterator[InFlight]:
        from integrations.llm.providers.anthropic import AnthropicProvider  # noqa: PLC0415 - slow to import

        complete = AnthropicProvider.complete

        def counted(provider: AnthropicProvider, request: Request, watcher: Watcher | None) -> Completion:
            with self._lock:
                self.now += 1
                self.most = max(self.most, self.now)
            try:
                return complete(provider, request, watcher)
            finally:
                with self._lock:
                    self.now -= 1

        with mock.patch.object(AnthropicProvider, "complete", counted):
            yield self
