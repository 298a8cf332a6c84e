"""What a walk over the names of a file collects: scopes, and for each piece what it binds and reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ScopeKind = Literal["module", "class", "function"]
Origin = Literal["import", "module", "local", "builtin", "unresolved"]


@dataclass(slots=True, eq=False)
class Scope:
    kind: ScopeKind
    parent: Scope | None
    bound: dict[str, set[int]] = field(default_factory=dict)
    """For each name, the pieces that bind it here."""
    elsewhere: dict[str, Scope] = field(default_factory=dict)
    """Names declared ``global`` or ``nonlocal``."""


@dataclass(slots=True)
class Usage:
    """What one piece binds and reads."""

    defines: dict[str, None] = field(default_factory=dict)
    uses: dict[str, Origin] = field(default_factory=dict)
    imports: dict[str, None] = field(default_factory=dict)
    types: dict[str, None] = field(default_factory=dict)
    globals: set[str] = field(default_factory=set)
    needs_pieces: set[int] = field(default_factory=set)
    redefines: set[str] = field(default_factory=set)
    complexity: int = 1
    definitions: int = 0
    outcomes: int = 0
    annotations: int = 0
    effects: int = 0
    has_star_import: bool = False
