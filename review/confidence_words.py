"""Each part of a confidence in words, so that a person sees what the number is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from execution.confidence import PART_WEIGHTS, TOO_COMPLEX
from execution.models import Atom

_TITLES: Final = {
    "validation": "Checks",
    "attempts": "Attempts",
    "complexity": "Complexity",
    "integration": "Tests that touch it",
}


@dataclass(frozen=True)
class Part:
    """One part of the confidence: ``value`` 0 to 1, ``weight`` and ``points`` in hundredths of the whole."""

    name: str
    title: str
    value: float
    weight: int
    words: str

    @property
    def points(self) -> float:
        return self.value * self.weight


def parts_in_words(atom: Atom) -> list[Part]:
    """The parts as they were when the atom was scored; none for one that never was."""
    stored: dict[str, Any] = atom.confidence_parts.get("parts", atom.confidence_parts)
    return [
        Part(name, _TITLES[name], float(stored[name]), round(weight * 100), _words(name, float(stored[name]), atom))
        for name, weight in PART_WEIGHTS.items()
        if isinstance(stored.get(name), (int, float))
    ]


def _words(name: str, value: float, atom: Atom) -> str:
    if name == "validation":
        return "every check passed" if value == 1 else f"{value:.0%} of the checks passed, by their weight"
    if name == "attempts":
        return {1.0: "right at once", 0.7: "two attempts", 0.4: "three attempts"}.get(value, "more than three attempts")
    if name == "complexity":
        return f"complexity {atom.complexity} of {TOO_COMPLEX:g}"
    failing = "failing" in str(atom.confidence_parts.get("explanation", ""))
    return "no test touches it yet" if value == 0.5 and not failing else f"{value:.0%} of the tests pass"
