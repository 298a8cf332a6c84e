"""What a walk over the names of a file collects: scopes, and for each piece what it binds and reads."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Literal

ScopeKind = Literal["module", "namespace", "class", "function", "block"]
Origin = Literal["import", "module", "local", "builtin", "unresolved"]

Loads = Iterable[tuple["Scope", Iterable[tuple[str, int]]]]
"""For each scope the names that are read in it, each with the piece that reads it."""

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
    """The names of one file: languages note what is bound and read, then all of it is resolved by scope.

    ``starts`` are the bytes where the pieces of the file begin.
    """

    def __init__(self, starts: Sequence[int]) -> None:
        self.starts = starts
        self.usages = [Usage() for _ in starts]
        self.module = Scope("module", None)
        self.has_star_import = False
        self.imported: dict[str, str] = {}
        """For each imported name, the statement that brings it."""
        self._passed: set[tuple[Scope, str]] = set()
        self._bindings: list[tuple[int, str, Scope]] = []
        self._nonlocals: list[tuple[Scope, str]] = []

    def bind(self, name: str, scope: Scope, start: int) -> None:
        """What stands at the byte ``start`` binds a name. In any order: the byte decides."""
        self._bindings.append((start, name, scope))

    def declare_global(self, name: str, scope: Scope) -> None:
        scope.elsewhere = {**(scope.elsewhere or {}), name: self.module}

    def declare_nonlocal(self, name: str, scope: Scope) -> None:
        self._nonlocals.append((scope, name))

    def is_known(self, name: str, scope: Scope) -> bool:
        """Whether the language itself brings a name that nothing in the file binds."""
        raise NotImplementedError

    def resolve(self, loads: Loads) -> None:
        """Give names, read in a scope by pieces, to the pieces that bind them."""
        self._find_nonlocals()
        bound = self._bound()
        for scope, names in loads:
            own = scope.bound
            for name, piece in names:
                if name not in own:
                    self._resolve_load(_home(scope, name), scope, name, piece)
                elif piece not in own[name]:
                    self._resolve_load(scope, scope, name, piece)
        self._define(bound)

    def _find_nonlocals(self) -> None:
        """The function around that binds the name; the nearest one if none does."""
        if not self._nonlocals:
            return
        own = {(scope, name) for _, name, scope in self._bindings}.difference(self._nonlocals)
        for scope, name in self._nonlocals:
            around = [function for function in _around(scope) if function.kind == "function"]
            home = next((function for function in around if (function, name) in own), None)
            scope.elsewhere = {**(scope.elsewhere or {}), name: home or (around or [self.module])[0]}

    def _bound(self) -> list[tuple[Scope, str, int]]:
        """All bindings in the order of the file: in which scope, which name, by which piece."""
        starts = self.starts
        self._bindings.sort(key=itemgetter(0))
        found: list[tuple[Scope, str, int]] = []
        for start, name, scope in self._bindings:
            home = scope if scope.elsewhere is None else scope.elsewhere.get(name, scope)
            piece = bisect_right(starts, start) - 1
            pieces = home.bound.get(name)
            if pieces is None:
                home.bound[name] = {piece}
            else:
                pieces.add(piece)
            found.append((home, name, piece))
        return found

    def _define(self, bound: list[tuple[Scope, str, int]]) -> None:
        """A piece defines what others see: names of modules and classes, and locals that other pieces share."""
        for scope, name, piece in bound:
            pieces = scope.bound[name]
            is_shared = scope.kind in SHARED
            if is_shared or len(pieces) > 1 or (scope, name) in self._passed:
                self.usages[piece].defines[name] = None
            if is_shared and len(pieces) > 1 and min(pieces) != piece:
                self.note_again(name, scope, piece)

    def _resolve_load(self, home: Scope | None, scope: Scope, name: str, piece: int) -> None:
        usage = self.usages[piece]
        if home is None:
            if name not in usage.uses:
                known = self.has_star_import or self.is_known(name, scope)
                usage.uses[name] = "builtin" if known else "unresolved"
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
            self._passed.add((home, name))

    def note_again(self, name: str, scope: Scope, piece: int) -> None:
        """A name is bound by a second piece."""
        self.usages[piece].redefines.add(name)


def _around(scope: Scope) -> Iterator[Scope]:
    while scope.parent is not None:
        scope = scope.parent
        yield scope


def _home(scope: Scope, name: str) -> Scope | None:
    """The scope around ``scope`` that binds ``name`` as it sees it; the names of a class are seen only in itself."""
    current: Scope | None = scope
    while current is not None:
        if current.kind != "class" and name in current.bound:
            return current
        if current.elsewhere is not None and name in current.elsewhere:
            current = current.elsewhere[name]
            return current if name in current.bound else None
        current = current.parent
    return None
