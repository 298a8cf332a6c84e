"""What a walk over the names of a file collects: scopes, and for each piece what it binds and reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

ScopeKind = Literal["module", "namespace", "class", "function", "block"]
Origin = Literal["import", "module", "local", "builtin", "unresolved"]

SHARED: frozenset[ScopeKind] = frozenset({"module", "namespace", "class"})
"""Scopes whose names others see: each binding there is a definition."""


@dataclass(slots=True, eq=False)
class Scope:
    kind: ScopeKind
    parent: Scope | None
    bound: dict[str, set[int]] = field(default_factory=dict)
    """For each name, the pieces that bind it here."""
    elsewhere: dict[str, Scope] | None = None
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


class Names:
    """The names of one file: languages note what is bound and read, then all of it is resolved by scope."""

    def __init__(self, count: int) -> None:
        self.usages = [Usage() for _ in range(count)]
        self.module = Scope("module", None)
        self.has_star_import = False
        self.imported: dict[str, str] = {}
        """For each imported name, the statement that brings it."""
        self._passed: set[tuple[Scope, str]] = set()
        self._bindings: list[tuple[Scope, str, int]] = []

    def bind(self, name: str, scope: Scope, piece: int) -> None:
        target = scope if scope.elsewhere is None else scope.elsewhere.get(name, scope)
        pieces = target.bound.get(name)
        if pieces is None:
            target.bound[name] = {piece}
        else:
            pieces.add(piece)
        self._bindings.append((target, name, piece))

    def is_known(self, name: str, scope: Scope) -> bool:
        """Whether the language itself brings a name that nothing in the file binds."""
        raise NotImplementedError

    def resolve(self, loads: Iterable[tuple[Scope, str, int]]) -> None:
        """Give each of ``loads``, a name read in a scope by a piece, to the piece that binds it."""
        for scope, name, piece in self._bindings:
            pieces = scope.bound[name]
            is_shared = scope.kind in SHARED
            if is_shared or len(pieces) > 1:
                self.usages[piece].defines[name] = None
            if is_shared and len(pieces) > 1 and min(pieces) != piece:
                self.note_again(name, scope, piece)
        seen: set[tuple[Scope, str, int]] = set()
        for load in loads:
            if load not in seen:
                seen.add(load)
                self._resolve_load(*load)

    def _resolve_load(self, scope: Scope, name: str, piece: int) -> None:
        home = _home(scope, name)
        usage = self.usages[piece]
        if home is None:
            known = self.has_star_import or self.is_known(name, scope)
            usage.uses.setdefault(name, "builtin" if known else "unresolved")
            return
        binders = home.bound[name]
        if piece in binders:
            return
        usage.needs_pieces.update(binders)
        if home is self.module and name in self.imported:
            usage.uses.setdefault(name, "import")
            usage.imports[self.imported[name]] = None
        elif home.kind in SHARED:
            usage.uses.setdefault(name, "module")
        elif name not in usage.uses:
            usage.uses[name] = "local"
            if (home, name) not in self._passed:
                self._passed.add((home, name))
                for binder in binders:
                    self.usages[binder].defines[name] = None

    def note_again(self, name: str, scope: Scope, piece: int) -> None:
        """A name is bound by a second piece."""
        self.usages[piece].redefines.add(name)


def _home(scope: Scope, name: str) -> Scope | None:
    """The scope that binds ``name`` as ``scope`` sees it; the names of a class are seen only in the class itself."""
    current: Scope | None = scope
    while current is not None:
        if name in current.bound and (current.kind != "class" or current is scope):
            return current
        if current.elsewhere is not None and name in current.elsewhere:
            current = current.elsewhere[name]
            return current if name in current.bound else None
        current = current.parent
    return None
