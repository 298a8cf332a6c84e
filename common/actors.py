"""Who does something: a person, the system, or a model; and the trace that ties a journey together."""

from __future__ import annotations

import uuid
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

_trace: ContextVar[str] = ContextVar("trace_id", default="")


@dataclass(frozen=True)
class Actor:
    kind: Literal["user", "system", "llm"]
    id: str = ""
    name: str = ""

    @classmethod
    def of(cls, user: Any) -> Actor:
        """The actor for a Django user; the system for nobody."""
        if user is None or not getattr(user, "is_authenticated", False):
            return SYSTEM
        return cls("user", str(user.pk), user.get_username())

    @property
    def user_id(self) -> int | None:
        """The Django user; nobody for the system, a model, and whoever sits at the command line."""
        return int(self.id) if self.kind == "user" and self.id else None


SYSTEM = Actor("system", "", "system")


def new_trace_id() -> str:
    return uuid.uuid4().hex


def current_trace_id() -> str:
    """The trace of the work under way, or an empty string outside any."""
    return _trace.get()


def set_trace_id(trace_id: str) -> None:
    _trace.set(trace_id)
