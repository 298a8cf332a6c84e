"""Who is to blame for what a round's checks found. Pure: numbers and names in, verdicts out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from integrations.llm.shapes import Diagnostic

Key = TypeVar("Key", bound=Hashable)

DECISIVE = frozenset(
    {"syntax", "imports", "types", "lint", "security", "postconditions", "contract", "answer", "tests"}
)
"""Layers whose errors fail an atom; the others only advise."""


@dataclass
class Blame:
    """Errors by the atom they are charged to; ``later`` are those of atoms whose turn has not come."""

    charged: dict[Hashable, list[Diagnostic]] = field(default_factory=dict)
    later: dict[Hashable, list[Diagnostic]] = field(default_factory=dict)
    unclaimed: list[Diagnostic] = field(default_factory=list)


def assign(
    by_atom: Mapping[Key, Sequence[Diagnostic]],
    *,
    candidates: Collection[Key],
    changed: Collection[Key],
    settled: Collection[Key],
    uses: Mapping[Key, Collection[Key]],
) -> Blame:
    """Charge each error to a candidate of this round.

    ``changed`` are candidates with a new text. An error on a settled atom is charged to the changed candidates it uses,
    or to all changed ones; where nothing changed it is nobody's and is left to the last check of the whole.
    """
    blame = Blame()
    for atom, found in by_atom.items():
        errors = [error for error in found if error.severity == "error" and error.layer in DECISIVE]
        if not errors:
            continue
        if atom in candidates:
            blame.charged.setdefault(atom, []).extend(errors)
        elif atom in settled:
            guilty = [other for other in changed if other in uses.get(atom, ())] or list(changed)
            for other in guilty:
                blame.charged.setdefault(other, []).extend(errors)
            if not guilty:
                blame.unclaimed.extend(errors)
        else:
            blame.later.setdefault(atom, []).extend(errors)
    return blame


def error_hash(errors: Iterable[Diagnostic]) -> str:
    """Equal for the same errors at other places: numbers and quoted names are left out."""
    lines = sorted({f"{error.layer} {error.code} {_normal(error.message)}" for error in errors})
    return hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else ""


def _normal(message: str) -> str:
    return re.sub(r"\d+", "#", message).strip().lower()
