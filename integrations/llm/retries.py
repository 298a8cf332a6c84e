"""Our retry policy for calls that failed on their way. The SDK's own retries are off."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class RetryPolicy:
    """``tries`` requests at most. Waits grow from ``base`` to ``cap`` with full jitter, in seconds."""

    tries: int = 5
    base: float = 1.0
    cap: float = 30.0
    retry_after_cap: float = 60.0

    def wait(self, failures: int, *, retry_after: float | None = None) -> float | None:
        """Seconds to wait after so many failures, or ``None`` when it is time to give up.

        A ``retry_after`` of the server is honoured up to the cap; a longer one means give up, and pause.
        """
        if failures >= self.tries:
            return None
        backoff = random.uniform(0, min(self.cap, self.base * 2.0 ** (failures - 1)))  # noqa: S311 - jitter
        if retry_after is None:
            return backoff
        if retry_after > self.retry_after_cap:
            return None
        return retry_after + min(backoff, 1.0)


DEFAULT_POLICY = RetryPolicy()
