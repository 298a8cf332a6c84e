"""Plays recorded calls back exactly, and records them."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter
from pathlib import Path
from typing import Final

from django.core.cache import cache
from redis.exceptions import RedisError

from common.actors import current_trace_id
from integrations.llm.errors import NotRecorded
from integrations.llm.prompting import Prompt, render
from integrations.llm.providers.base import Completion, Progress, Provider, Request, Watcher
from integrations.llm.providers.nearest import describe_nearest
from integrations.llm.purposes import PURPOSES
from integrations.llm.recordings import RecordedBlock, Recording, keep, key_of, read, times_recorded

MODEL: Final = "recorded"
FROM_MEMORY: Final = frozenset({"examples", "memory", "mistakes", "patterns"})
"""Fields of inputs that hold what memory retrieved."""
WEEK: Final = 7 * 24 * 3600
_NOT_IN_A_NAME = re.compile(r"[^\w-]")


class ReplayProvider:
    """Answers only what is in the folder or below it; a call that is not there is an error that says so.

    The same question asked several times in one journey (one trace) is answered in the order of the recording, from
    whatever worker; asked more often than recorded, by the last answer, since a lost worker may have taken one along.
    """

    name = "replay"
    waits = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()

    def model(self, wanted: str) -> str:
        return MODEL

    def complete(self, request: Request, watcher: Watcher | None) -> Completion:
        key = key_of(_what_is_asked(request))
        paths = times_recorded(self._folder, request.purpose, key)
        if not paths:
            raise NotRecorded(
                f"The recording in {self._folder} has no call of {request.purpose} with this prompt. "
                + describe_nearest(self._folder, request.purpose, request.prompt.texts()),
                hint="Record the run again (LLM_RECORD=true), or let LLM_RECORDING_DIR be the recording of this run.",
            )
        kept = read(paths[min(self._position(key), len(paths)) - 1])
        if watcher is not None:
            watcher(Progress(kept.usage.output, kept.usage.output, [kept.text]))
        return Completion(kept.text, kept.usage, kept.stop_reason)

    def _position(self, key: str) -> int:
        """How often this was asked in this journey, with this time. Shared by all workers."""
        trace = current_trace_id()
        if trace:
            name = f"replay:{hashlib.sha256(str(self._folder).encode()).hexdigest()[:16]}:{trace}:{key}"
            try:
                cache.add(name, 0, timeout=WEEK)
                return int(cache.incr(name))
            except (RedisError, ValueError):  # no Redis, or the counter was evicted meanwhile: count here
                pass
        with self._lock:
            self._asked[f"{trace}:{key}"] += 1
            return self._asked[f"{trace}:{key}"]


class RecordingProvider:
    """Passes calls on to another provider and keeps what came back, in a folder for each journey (trace)."""

    def __init__(self, inner: Provider, folder: Path) -> None:
        self._inner = inner
        self._folder = folder
        self.name = inner.name
        self.waits = inner.waits

    def model(self, wanted: str) -> str:
        return self._inner.model(wanted)

    def complete(self, request: Request, watcher: Watcher | None) -> Completion:
        completion = self._inner.complete(request, watcher)
        recording = Recording(
            purpose=request.purpose,
            provider=self.name,
            model=request.model,
            prompt=_blocks(request.prompt),
            text=completion.text,
            stop_reason=completion.stop_reason,
            usage=completion.usage,
        )
        journey = _NOT_IN_A_NAME.sub("_", current_trace_id())[:64] or "no-trace"
        keep(self._folder / journey, key_of(_what_is_asked(request)), recording)
        return completion

    def count_tokens(self, request: Request) -> int | None:
        """As the provider counts them, where it can."""
        count = getattr(self._inner, "count_tokens", None)
        return count(request) if count else None


def _what_is_asked(request: Request) -> list[str]:
    """The texts that name a question: all but what memory added, which grows with every run."""
    fields = {name: field for name, field in type(request.inputs).model_fields.items() if name in FROM_MEMORY}
    empty = {name: field.get_default(call_default_factory=True) for name, field in fields.items()}
    if all(getattr(request.inputs, name) == value for name, value in empty.items()):
        return request.prompt.texts()
    inputs = request.inputs.model_copy(update=empty)
    first = render(
        PURPOSES[request.purpose], inputs, attempt=request.attempt, schema=request.answer.model_json_schema()
    )
    return Prompt(first.system, (*first.turns, *request.prompt.turns[1:])).texts()


def _blocks(prompt: Prompt) -> tuple[RecordedBlock, ...]:
    system = [RecordedBlock(role="system", text=block.text) for block in prompt.system]
    turns = [RecordedBlock(role=turn.role, text=block.text) for turn in prompt.turns for block in turn.blocks]
    return (*system, *turns)
