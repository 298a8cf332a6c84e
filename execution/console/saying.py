"""Events in words, one line each, for a terminal and for plain output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Data = Mapping[str, Any]


def line_for(event_type: str, data: Data) -> str | None:
    """What a person is told of an event; ``None`` for those that only move the progress bar."""
    saying = SAYINGS.get(event_type)
    return saying(data) if saying else None


def _gate(data: Data) -> str | None:
    """Of a gate that no test can decide yet there is nothing to tell after each wave."""
    if data["passed"] is None:
        return None
    return f"gate {'passed' if data['passed'] else 'failed'}: {data['reason']}"


def _wave(data: Data) -> str:
    parts = [f"{data['succeeded']} accepted"]
    parts += [f"{data[name]} {name}" for name in ("failed", "blocked") if data[name]]
    rounds = "1 round" if data["rounds"] == 1 else f"{data['rounds']} rounds"
    return f"wave {data['wave_number']}: {', '.join(parts)} in {rounds}, {data['duration_seconds']:.1f} s"


SAYINGS: dict[str, Callable[[Data], str | None]] = {
    "discovery_entity_discovered": lambda data: f"found {data['entity_type']}: {data['name']}",
    "masterplan_generation_complete": lambda data: "plan made",
    "masterplan_execution_start": lambda data: f"building {data['tasks']} tasks ({data['mode']})",
    "code_generation_complete": lambda data: f"code drafted: {data['tasks']} tasks, {data['lines']} lines",
    "atomization_complete": lambda data: f"cut into {data['atoms']} atoms",
    "dependency_graph_ready": lambda data: (
        f"ordered: {data['edges']} edges, {data['waves']} waves, {data['broken_edges']} broken"
    ),
    "wave_execution_complete": _wave,
    "atom_retry_failed": lambda data: f"attempts spent: {data['label']}: {data['error']}",
    "failure_analysis": lambda data: f"cause of {data['label']}: {data['root_cause']}",
    "review_created": lambda data: f"for review: confidence {data.get('confidence')}",
    "gate_validation_result": _gate,
    "infrastructure_generation_complete": lambda data: f"infrastructure written: {len(data['files'])} files",
    "cost_warning": lambda data: (
        f"cost warning: {data['current']} dollars are spent, the {data.get('scope', 'plan')} limits are "
        f"{data['soft_limit']} and {data['hard_limit']}"
    ),
    "masterplan_paused": lambda data: f"paused: {data['reason']}. {data.get('detail', '')}".strip(),
    "masterplan_resumed": lambda data: "resumed",
    "masterplan_cancelled": lambda data: f"cancelled: {data['reason']}",
    "error": lambda data: f"error: {data['message']} {data.get('hint', '')}".strip(),
}
