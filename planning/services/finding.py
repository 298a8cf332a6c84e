"""What an answer names, told one by one while it streams in; what came last, or otherwise, when it is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any, Final

from pydantic_core import from_json

from common.changes import StreamKey, change, emit
from integrations.llm.shapes import Shape

Names = dict[str, list[str]]
"""By kind of entity, in the order of the answer."""
LONGEST_NAME: Final = 300
_UNKEPT: Final = "\\u0000"
"""As JSON writes what no database keeps: such an answer is going to be refused."""


class Finder:
    """Tells each name once, with its place among those of its kind; a name that takes another's place is told too."""

    def __init__(self, stream: StreamKey, event_type: str, names_in: Callable[[Any], Names]) -> None:
        self._stream = stream
        self._event_type = event_type
        self._names_in = names_in
        self._told: Names = {}

    def look(self, received: str) -> None:
        """At the beginning of an answer, as far as it has come."""
        start = received.find("{")
        if start < 0 or _UNKEPT in received:
            return
        try:
            content = from_json(received[start:], allow_partial=True)
        except ValueError:
            return
        self._tell(self._names_in(content))

    def finish(self, answer: Shape) -> Names:
        """At the whole answer; all that it names."""
        names = self._names_in(answer.model_dump(mode="json"))
        self._tell(names)
        return names

    def _tell(self, names: Names) -> None:
        new = list(self._new(names))
        with change() if new else nullcontext():
            for data in new:
                emit(self._stream, self._event_type, data)

    def _new(self, names: Names) -> Iterator[dict[str, Any]]:
        for kind, found in names.items():
            told = self._told.setdefault(kind, [])
            for place, name in enumerate(found):
                if told[place : place + 1] != [name]:
                    told[place : place + 1] = [name]
                    yield {"entity_type": kind, "name": name, "count": place + 1}


def names_of_domain(content: Any) -> Names:
    """Of a domain model, or the beginning of one."""
    return {
        "domain": _texts([_part(content, "business_domain")], "industry"),
        "bounded_context": _texts(_parts(content, "bounded_contexts"), "name"),
        "aggregate": _texts(_parts(content, "aggregates"), "root"),
        "entity": _texts(_parts(content, "entities"), "name"),
    }


def names_of_plan(content: Any) -> Names:
    """Of a plan, or the beginning of one."""
    phases = _parts(content, "phases")
    milestones = [one for phase in phases for one in _parts(phase, "milestones")]
    tasks = [one for milestone in milestones for one in _parts(milestone, "tasks")]
    return {
        "phase": _texts(phases, "name"),
        "milestone": _texts(milestones, "name"),
        "task": _texts(tasks, "title"),
    }


def _part(content: Any, name: str) -> Any:
    return content.get(name) if isinstance(content, dict) else None


def _parts(content: Any, name: str) -> list[Any]:
    found = _part(content, name)
    return found if isinstance(found, list) else []


def _texts(items: list[Any], name: str) -> list[str]:
    found = (_part(item, name) for item in items)
    return [text[:LONGEST_NAME] for text in found if isinstance(text, str)]
