"""How tests call the makers of bodies."""

from __future__ import annotations

from collections.abc import Callable

from integrations.llm.offline.project.entities import EntityView


def body_call(entity: EntityView) -> Callable[..., str]:
    """A function that gives the call of the entity's body factory with some changes."""

    def text(changes: str = "") -> str:
        arguments = [*(["session"] if entity.required_parents else []), *([changes] if changes else [])]
        return f"{entity.snake}_body({', '.join(arguments)})"

    return text
