"""What a name may hold: functions, classes, instances, modules, containers; and the cells that names are."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
ScopeKind = Literal["module", "class", "function", "comprehension"]
BindingKind = Literal["definition", "import", "assignment"]


class Site(NamedTuple):
    """Where a name is bound. ``module`` and ``symbol`` say what an import brings; symbol None is the module itself."""

    path: str
    line: int
    kind: BindingKind
    module: str = ""
    symbol: str | None = None


@dataclass(slots=True, eq=False)
class Cell:
    """Everything one name, attribute, parameter or result may hold; ``readers`` are looked at again when it grows."""

    values: dict[Value, None] = field(default_factory=dict)
    readers: dict[Scope, None] = field(default_factory=dict)
    sites: dict[Site, None] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Scope:
    kind: ScopeKind
    name: str
    path: str
    module: str
    parent: Scope | None
    node: ast.AST
    cells: dict[str, Cell] = field(default_factory=dict)
    elsewhere: dict[str, Scope] = field(default_factory=dict)
    future_annotations: bool = False
    lambdas: int = 0

    @property
    def qualname(self) -> str:
        """Dotted, from the module down; comprehensions are transparent."""
        if self.kind == "comprehension" and self.parent is not None:
            return self.parent.qualname
        above = "" if self.parent is None else self.parent.qualname
        return f"{above}.{self.name}" if above else self.name

    @property
    def runner(self) -> Scope:
        """The scope whose code this runs in: itself, or the one around a comprehension."""
        scope = self
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        return scope

    @property
    def runs_at_import(self) -> bool:
        scope: Scope | None = self
        while scope is not None:
            if scope.kind == "function":
                return False
            scope = scope.parent
        return True

    def cell(self, name: str) -> Cell:
        found = self.cells.get(name)
        if found is None:
            found = self.cells[name] = Cell()
        return found


@dataclass(slots=True, eq=False)
class Function:
    scope: Scope
    node: FunctionNode
    owner: Class | None = None
    wrapper: Literal["", "static", "class", "property"] = ""
    returns: Cell = field(default_factory=Cell)
    is_generator: bool = False
    kept: frozenset[str] = frozenset()
    """Parameters that are never bound again."""
    passes: set[str] = field(default_factory=set)
    """Parameters that are given back as they came: their values go to the caller that gave them, to no other."""

    @property
    def positional(self) -> list[ast.arg]:
        return [*self.node.args.posonlyargs, *self.node.args.args]

    @property
    def named(self) -> list[ast.arg]:
        """Parameters that can be given by name or place, without ``*rest`` and ``**rest``."""
        return [*self.positional, *self.node.args.kwonlyargs]


@dataclass(slots=True, eq=False)
class Class:
    scope: Scope
    node: ast.ClassDef
    bases: Cell = field(default_factory=Cell)
    attributes: dict[str, Cell] = field(default_factory=dict)
    """What instances hold besides, by ``self.name = value``."""
    instance: Instance = field(init=False)
    _order: list[Class] = field(default_factory=list)
    _order_bases: int = -1
    """How many bases the classes of ``_order`` had when it was made. They only become more."""

    def __post_init__(self) -> None:
        self.instance = Instance(self)

    def attribute(self, name: str) -> Cell:
        found = self.attributes.get(name)
        if found is None:
            found = self.attributes[name] = Cell()
        return found

    def linearised(self) -> list[Class]:
        """The method resolution order: C3 where it exists, depth first where the bases contradict each other."""
        if self._order_bases != _count_bases(self._order):
            self._order = _linearise(self, ())
            self._order_bases = _count_bases(self._order)
        return self._order


@dataclass(slots=True, eq=False)
class Instance:
    cls: Class


@dataclass(slots=True, eq=False)
class Module:
    scope: Scope
    name: str


@dataclass(slots=True, frozen=True)
class Bound:
    """A method with its receiver."""

    function: Function
    receiver: Instance | Class


@dataclass(slots=True, frozen=True)
class Super:
    cls: Class
    receiver: Instance | Class


@dataclass(slots=True, eq=False)
class Container:
    """A list, tuple, set, dict or generator made at one place in the source. ``""`` is the unknown key."""

    cells: dict[object, Cell] = field(default_factory=dict)
    any: Cell = field(default_factory=Cell)

    def at(self, key: object) -> Cell:
        found = self.cells.get(key)
        if found is None:
            found = self.cells[key] = Cell()
        return found

    def all(self) -> Iterator[Cell]:
        yield self.any
        yield from self.cells.values()


Value = Function | Class | Instance | Module | Bound | Super | Container


def _count_bases(classes: list[Class]) -> int:
    return sum([len(cls.bases.values) for cls in classes])


def _linearise(cls: Class, seen: tuple[Class, ...]) -> list[Class]:
    bases = [base for base in cls.bases.values if isinstance(base, Class) and base is not cls and base not in seen]
    lines = [_linearise(base, (*seen, cls)) for base in bases]
    merged = _merge([*lines, bases])
    return [cls, *merged]


def _merge(lines: Iterable[list[Class]]) -> list[Class]:
    rest = [list(line) for line in lines if line]
    merged: list[Class] = []
    while rest:
        head = next(
            (line[0] for line in rest if not any(line[0] in other[1:] for other in rest)),
            rest[0][0],
        )
        merged.append(head)
        rest = [remaining for line in rest if (remaining := [cls for cls in line if cls is not head])]
    return merged
