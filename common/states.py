"""State machines, each declared once; the database constraint, the 409 and the diagrams come from the declaration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import models


@dataclass(frozen=True)
class Machine:
    """The states of one kind of item and the changes that are legal among them."""

    name: str
    states: type[models.TextChoices]
    initial: str
    transitions: Mapping[str, frozenset[str]]
    timestamps: Mapping[str, str] = field(default_factory=dict)
    """State to the field that is set to the present time on entering it."""
    event: str | None = None
    """Type of the event that tells of a change, if any."""

    @staticmethod
    def table(rows: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
        return {str(source): frozenset(str(target) for target in targets) for source, targets in rows.items()}

    def targets(self, source: str) -> list[str]:
        """Legal next states, in the order of declaration."""
        allowed = self.transitions.get(source, frozenset())
        return [value for value in self.states.values if value in allowed]

    def sources(self, target: str) -> list[str]:
        """States from which ``target`` can be entered."""
        return [value for value in self.states.values if target in self.transitions.get(value, frozenset())]

    @property
    def terminal(self) -> list[str]:
        return [value for value in self.states.values if not self.transitions.get(value)]

    def constraint(self) -> models.CheckConstraint:
        return models.CheckConstraint(
            condition=models.Q(status__in=self.states.values), name=f"{self.name}_status_is_known"
        )

    def mermaid(self) -> str:
        """A state diagram for the docs."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [f"    {source} --> {target}" for source in self.states.values for target in self.targets(source)]
        return "\n".join(lines + [f"    {state} --> [*]" for state in self.terminal])
