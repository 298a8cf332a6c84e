"""What JavaScript names may hold, and the cells that hold it: nodes of a graph along which values flow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from execution.graph.model import EdgeType, Timing

ObjectKind = Literal["object", "array", "instance", "module", "function", "class"]


class Site(NamedTuple):
    """Where something is defined or, as attributes are, assigned; ``offset`` in bytes."""

    path: str
    line: int
    offset: int
    is_assignment: bool = False


class Cell:
    """Values that one name, property, parameter or result may hold; what arrives goes on to ``targets``."""

    __slots__ = ("arrived", "is_queued", "targets", "values", "watchers")

    def __init__(self) -> None:
        self.values: dict[Value, None] = {}
        self.arrived = 0
        self.is_queued = False
        self.targets: dict[Cell, None] = {}
        self.watchers: list[Callable[[Value], None]] = []


Cells = tuple[Cell, ...]


@dataclass(slots=True, eq=False)
class Property:
    """``cell`` holds values, ``types`` the instances that it stands for as a type."""

    cell: Cell = field(default_factory=Cell)
    types: Cell = field(default_factory=Cell)
    sites: dict[Site, None] = field(default_factory=dict)
    uses: list[Use] = field(default_factory=list)
    getters: Cell = field(default_factory=Cell)
    setters: Cell = field(default_factory=Cell)
    is_declared: bool = False
    """Whether it is certainly there, so that a look-up goes no further."""
    is_erased: bool = False
    """Whether only the type checker sees it, as a member of an interface."""


@dataclass(slots=True, frozen=True)
class Runner:
    """The code that runs: a module or a function."""

    path: str
    function: Function | None
    timing: Timing

    @property
    def qualname(self) -> str:
        return self.function.qualname if self.function is not None else ""


@dataclass(slots=True, eq=False)
class Call:
    """``rest`` holds what is spread after the last of ``arguments``; ``made`` what a native function makes here.

    ``applied`` are the native functions that ran here, so that one calling another back comes to an end.
    """

    use: Use
    arguments: Cells
    rest: Cells
    result: Cell
    this: Cell | None = None
    made: dict[str, Object] = field(default_factory=dict)
    applied: set[Value] = field(default_factory=set)

    def inner(self, arguments: Cells, result: Cell, *, rest: Cells = (), this: Cell | None = None) -> Call:
        """A call that a native function or a bound one makes on the way."""
        return Call(self.use, arguments, rest, result, this, self.made, self.applied)

    def argument(self, place: int) -> Cells:
        return (self.arguments[place],) if place < len(self.arguments) else self.rest

    def make(self, kind: ObjectKind, name: str = "") -> Object:
        """The one object of this name that the call makes."""
        found = self.made.get(name)
        if found is None:
            found = self.made[name] = Object(kind)
        return found


@dataclass(slots=True, frozen=True)
class Use:
    """A place that needs something, what for, and when."""

    runner: Runner
    line: int
    offset: int
    type: EdgeType
    timing: Timing


@dataclass(slots=True, eq=False)
class Object:
    """An object made at one place; all made there are one. ``others`` holds what is stored under unknown keys."""

    kind: ObjectKind
    properties: dict[str, Property] = field(default_factory=dict)
    others: Cell = field(default_factory=Cell)
    prototypes: Cell = field(default_factory=Cell)
    everything: Cell | None = None
    constructs: Function | None = None
    """The function whose instances have this object as their prototype."""


@dataclass(slots=True, eq=False)
class Parameter:
    """What callers give, ``default`` where one gives nothing; a ``rest`` parameter gathers it in a list."""

    cell: Cell = field(default_factory=Cell)
    default: Cell = field(default_factory=Cell)
    rest: Object | None = None


@dataclass(slots=True, eq=False)
class Function(Object):
    qualname: str = ""
    site: Site | None = None
    parameters: list[Parameter] = field(default_factory=list)
    this: Cell = field(default_factory=Cell)
    returns: Cell = field(default_factory=Cell)
    passes: set[int] = field(default_factory=set)
    """Places of parameters that are given back as they came: their values go only to the caller that gave them."""
    arguments: Object | None = None
    is_arrow: bool = False
    yields: Object | None = None
    """What a generator gives, as a list."""
    instance: Object | None = None
    superclass: Cell = field(default_factory=Cell)
    constructor: Function | None = None


@dataclass(slots=True, frozen=True)
class Native:
    """A function of the language or its library, with what it was taken from."""

    name: str
    receiver: Value | None = None


@dataclass(slots=True, frozen=True)
class Bound:
    """What ``f.bind(this, ...)`` gives; ``arguments`` are the cells given already."""

    function: Value
    this: Cell
    arguments: Cells


@dataclass(slots=True, frozen=True)
class Text:
    """A short string or number that may be a key."""

    text: str


Value = Object | Native | Bound | Text


@dataclass(slots=True, eq=False)
class Link:
    """What an import binds: a name of a module, or with ``name`` None the module as a whole."""

    module: str
    name: str | None


@dataclass(slots=True, eq=False)
class Variable:
    """``cell`` holds everything the name ever holds, ``outside`` what functions inside of its own one assign."""

    name: str
    runner: Runner
    is_global: bool
    sites: dict[Site, None] = field(default_factory=dict)
    types: Cell = field(default_factory=Cell)
    cell: Cell = field(default_factory=Cell)
    outside: Cell = field(default_factory=Cell)
    link: Link | None = None
    is_constant: bool = False


@dataclass(slots=True, eq=False)
class Scope:
    """``function`` is the function around, arrows left out: whose ``super`` and ``arguments`` are meant."""

    parent: Scope | None
    runner: Runner
    this: Cells = ()
    function: Function | None = None
    owner: Function | None = None
    is_static: bool = False
    exports: Object | None = None
    """Where exported names go: the module, or a namespace."""
    is_global: bool = False
    """Whether its names are definitions that atoms may need: of a module or a namespace, in a block or not."""
    is_function: bool = False
    prefix: str = ""
    names: dict[str, Variable] = field(default_factory=dict)

    def find(self, name: str) -> Variable | None:
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def inner(self) -> Scope:
        """A block."""
        return Scope(
            self, self.runner, self.this, self.function, self.owner, self.is_static, self.exports, self.is_global,
            prefix=self.prefix,
        )  # fmt: skip

    def variable(self, name: str) -> Variable:
        found = self.names.get(name)
        if found is None:
            found = self.names[name] = Variable(name, self.runner, self.is_global)
        return found
