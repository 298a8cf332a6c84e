"""The circuit breaker of each provider, shared by all workers: who stays down is not called again and again.

Open: calls fail at once, and runs pause. After a rest one call is let through; its answer closes the circuit, and
what had to wait goes on (`recovery`).
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import structlog

from common.configuration import configuration
from integrations.llm.errors import ProviderUnavailable
from integrations.llm.limits.circuit import CLOSED, Circuit, State, from_text
from integrations.llm.limits.heart import LEASE, beating
from integrations.llm.limits.shared import SharedMemoryGone, shared_memory

log = structlog.get_logger(__name__)

FORGET_AFTER = 7200.0
"""Seconds after which an old failure or a long closed circuit is not remembered any more."""
PROBE_POLL = 0.25
PROBE_PATIENCE = 120.0
GIVE_UP_REASONS = frozenset({"overloaded", "server_error", "unreachable", "timeout", "stream_cut", "stream_error"})
"""Failures that say something about the provider's health. A rate limit does not: it answers."""
sleep: Callable[[float], None] = time.sleep

_alone: dict[str, Circuit] = {}
_told: dict[str, float] = {}
"""Until when each circuit is open, as this process has logged it already."""
STILL_CLOSED = 0.25
"""Seconds for which a circuit that was read as closed is not read again: opening it that much later harms nobody."""
_closed_until: dict[str, float] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Outlook:
    """Whether calls to a provider have a chance now, and in how many seconds they may have one."""

    state: State
    seconds: float = 0.0


def outlook(provider: str) -> Outlook:
    """Where the provider's circuit stands. One request to Redis."""
    circuit, now = _read(provider), time.time()
    return Outlook(circuit.state(now), max(0.0, circuit.open_until - now))


@dataclass
class Guard:
    """One call under the breaker. Tell it how each request ended."""

    provider: str
    caller: str = field(default_factory=lambda: uuid.uuid4().hex)
    seen: Circuit = CLOSED
    """As it was before the last request."""

    def enter(self) -> None:
        """Before a request. Waits while another call is the probe; raises `ProviderUnavailable` where it is open."""
        give_up = time.monotonic() + PROBE_PATIENCE
        while True:
            circuit, now = _read_for_call(self.provider), time.time()
            self.seen = circuit
            state = circuit.state(now)
            if state is State.CLOSED:
                return
            if state is State.OPEN or time.monotonic() > give_up:
                raise _resting(self.provider, circuit, now)
            if self._probe().probe == self.caller:
                return
            sleep(PROBE_POLL)

    def succeeded(self) -> None:
        """The provider answered, whatever: it is alive. Failures that came after this request began still count."""
        if self.seen != CLOSED:
            _change(self.provider, lambda _: CLOSED)
            if self.seen.opened:
                log.info("llm_circuit_closed", provider=self.provider)

    def failed(self, reason: str) -> bool:
        """A request failed. Whether trying again is senseless now."""
        if reason not in GIVE_UP_REASONS:
            return False
        settings = configuration()

        def count(it: Circuit) -> Circuit:
            return it.failed(
                self.caller,
                time.time(),
                most=settings.llm_breaker_failures,
                rest=settings.llm_breaker_seconds,
                reason=reason,
            )

        after = _change(self.provider, count)
        return _tell_if_open(self.provider, after)

    def gave_up(self, reason: str, *, asked_seconds: float = 0.0) -> None:
        """All tries of a call have failed, or the provider asked for a longer rest than a call may wait."""
        rest = configuration().llm_breaker_seconds
        after = _change(
            self.provider, lambda it: it.tripped(time.time(), rest=rest, reason=reason, asked=asked_seconds)
        )
        _tell_if_open(self.provider, after)

    def left(self) -> None:
        """The call ended without finding out how the provider is: where it was the probe, another may be."""
        if self.seen.opened:
            _change(self.provider, lambda it: it.left_by(self.caller))

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Keep the right to probe while the body runs."""
        with beating(f"probe:{self.caller}", self._renew):
            yield

    def _probe(self) -> Circuit:
        return _change(self.provider, lambda it: it.probed_by(self.caller, time.time(), lease=LEASE))

    def _renew(self) -> None:
        if _read(self.provider).probe == self.caller:
            self._probe()


def forget_local_circuits() -> None:
    """For tests: what this process remembers by itself."""
    with _lock:
        _alone.clear()
        _closed_until.clear()


def _read_for_call(provider: str) -> Circuit:
    """As read a moment ago, where that was closed and without failures: nearly always, so that calls need not ask."""
    if time.monotonic() < _closed_until.get(provider, 0.0):
        return CLOSED
    circuit = _read(provider)
    if circuit == CLOSED:
        _closed_until[provider] = time.monotonic() + STILL_CLOSED
    return circuit


def _read(provider: str) -> Circuit:
    with suppress(SharedMemoryGone):
        return from_text(shared_memory().get(_key(provider)))
    with _lock:
        return _alone.get(provider, CLOSED)


def _change(provider: str, how: Callable[[Circuit], Circuit]) -> Circuit:
    _closed_until.pop(provider, None)
    made: list[Circuit] = []

    def step(text: str | None) -> str | None:
        made.append(how(from_text(text)))
        return None if made[-1] == CLOSED else made[-1].to_text()

    try:
        shared_memory().change(_key(provider), step, seconds=FORGET_AFTER)
    except SharedMemoryGone:
        with _lock:
            made.append(how(_alone.get(provider, CLOSED)))
            _alone[provider] = made[-1]
    return made[-1]


def _tell_if_open(provider: str, circuit: Circuit) -> bool:
    if circuit.state(time.time()) is not State.OPEN:
        return False
    if _told.get(provider) != circuit.open_until:
        _told[provider] = circuit.open_until
        log.warning("llm_circuit_open", provider=provider, reason=circuit.reason, until=circuit.open_until)
    return True


def _resting(provider: str, circuit: Circuit, now: float) -> ProviderUnavailable:
    seconds = max(0.0, circuit.open_until - now)
    return ProviderUnavailable(
        f"{provider} failed repeatedly ({circuit.reason}) and is not called for {seconds:.0f} seconds.",
        hint="What waits for it goes on by itself when it answers again.",
        reason="circuit_open",
        retry_after=seconds,
        tries=0,
    )


def _key(provider: str) -> str:
    return f"circuit:{provider}"
