"""What can go wrong while services are started and stopped."""

from __future__ import annotations

from pathlib import Path

from common.errors import Conflict, ServiceUnavailable


class ServiceFailed(ServiceUnavailable):
    """A service did not start or died; the message ends with the last lines of its log."""

    code = "service_failed"
    title = "A service did not start"


class CannotWrite(ServiceUnavailable):
    """The state directory cannot be written: no permission, or no space left."""

    code = "cannot_write"
    title = "The state directory cannot be written"


class StartUnderWay(Conflict):
    """Another process holds the lock of this state directory for longer than we were told to wait."""

    code = "start_under_way"
    title = "Another start or stop is under way"


def log_tail(log: Path, *, lines: int = 8) -> str:
    """The last lines of a log, indented, or a note that there are none."""
    if not log.exists():
        return "    (it wrote no log)"
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 16_384))
        text = stream.read().decode(errors="replace")
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:]) or "    (its log is empty)"


def failed(what: str, log: Path) -> ServiceFailed:
    """The error of something whose log tells why."""
    tail = log_tail(log)
    full = "No space left on device" in tail
    hint = "Free some space and start again." if full else "Mend what the log says and start again."
    return ServiceFailed(f"{what} Its log {log} ends with:\n{tail}\n", hint=hint)
