"""Which definitions each line of a project refers to, and which functions call which.

Every scope is run abstractly: names hold sets of values, a call passes values to parameters and takes the result, and a
scope is run again when something it read has grown. Order of statements and conditions are ignored.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from execution.graph.model import EdgeType, Timing
from execution.graph.python.declare import Declarations
from execution.graph.python.project import ModuleNames, absolute_name, exported_names, module_name, parse_modules
from execution.graph.python.values import Cell, Class, Container, Function, Instance, Module, Scope, Site, Value
from execution.graph.reference import Reference

MAXIMUM_VALUES = 60
"""A name that may hold more is not followed further: precision is gone by then, and time would follow."""
MAXIMUM_RUNS = 25


class Machine(ABC):
    """Modules, cells, the queue of scopes, and what was found. Subclasses say how a scope runs."""

    def __init__(self, sources: Mapping[str, bytes], root_package: str = "") -> None:
        self.trees = parse_modules(sources)
        self.names = ModuleNames(sources, root_package)
        self.references: dict[Reference, None] = {}
        self.calls: dict[tuple[Scope, Function], None] = {}
        self.too_deep: dict[tuple[str, int], None] = {}
        self.unparsed = tuple(path for path in sources if path.endswith(".py") and path not in self.trees)
        self.modules: dict[str, Module] = {}
        self.declarations: dict[str, Declarations] = {}
        self.runner = self.scope = Scope("module", "", "", "", None, ast.Module(body=[], type_ignores=[]))
        self.timing: Timing | None = None
        self._containers: dict[ast.AST, Container] = {}
        self.undecided: dict[Scope, None] = {}
        """Scopes with a decorator that gave nothing yet; in the end it is taken to give back what it decorates."""
        self.is_last_phase = False
        self._queue: deque[Scope] = deque()
        self._queued: set[Scope] = set()
        self._runs: dict[Scope, int] = {}
        for path, tree in self.trees.items():
            self._declare(path, tree)
        self._expand_stars()
        for declaration in self.declarations.values():
            for scope in declaration.scopes.values():
                if scope.kind != "comprehension":
                    self._enqueue(scope)
        self._run()

    def _declare(self, path: str, tree: ast.Module) -> None:
        declaration = Declarations(path, module_name(path), tree)
        self.too_deep.update({(path, statement.lineno): None for statement in declaration.too_deep})
        self.declarations[path] = declaration
        self.modules[path] = Module(declaration.module, module_name(path))

    @abstractmethod
    def run_scope(self, scope: Scope) -> None:
        """Run every statement of a scope once."""

    @abstractmethod
    def evaluate(self, node: ast.expr, *, called: bool = False, as_type: bool = False) -> list[Value]:
        """The values an expression may give; ``called`` and ``as_type`` say what for."""

    @abstractmethod
    def assign(self, target: ast.expr, values: list[Value], source: ast.expr | None) -> None:
        """Bind a target; ``source`` is the expression that gave the values, where there is one."""

    @abstractmethod
    def call_method(
        self,
        receiver: Instance,
        name: str,
        positional: Sequence[list[Value]],
        line: int,
        named: Mapping[str, list[Value]] | None = None,
    ) -> list[Value]:
        """Call a method by name, as the interpreter does for operators and protocols; nothing if there is none."""

    @abstractmethod
    def apply(
        self, callee: Value, positional: Sequence[list[Value]], named: Mapping[str, list[Value]], line: int
    ) -> list[Value]:
        """Call one value; gives what it may return."""

    # -- fixed point ---------------------------------------------------------------------------------------------------

    def _enqueue(self, scope: Scope) -> None:
        if scope not in self._queued and self._runs.get(scope, 0) < MAXIMUM_RUNS:
            self._queued.add(scope)
            self._queue.append(scope)

    def _run(self) -> None:
        self._drain()
        self.is_last_phase = True
        for scope in self.undecided:
            self._enqueue(scope)
        self._drain()

    def _drain(self) -> None:
        while self._queue:
            scope = self._queue.popleft()
            self._queued.discard(scope)
            self._runs[scope] = self._runs.get(scope, 0) + 1
            self.run_scope(scope)

    def read(self, cell: Cell) -> list[Value]:
        cell.readers[self.runner] = None
        return list(cell.values)

    def add(self, cell: Cell, values: Iterable[Value]) -> None:
        grown = False
        for value in values:
            if value not in cell.values and len(cell.values) < MAXIMUM_VALUES:
                cell.values[value] = None
                grown = True
        if grown:
            for reader in cell.readers:
                self._enqueue(reader)

    # -- modules -------------------------------------------------------------------------------------------------------

    def module_named(self, name: str) -> Module | None:
        path = self.names.path_of(name)
        return None if path is None else self.modules.get(path)

    def _expand_stars(self) -> None:
        """Bind the names that ``from m import *`` brings, until chains of them are followed to the end."""
        exported = {path: exported_names(self.trees[path]) for path in self.declarations}
        stars = [
            (declaration, statement)
            for declaration in self.declarations.values()
            for statement in ast.walk(declaration.module.node)
            if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*"
        ]
        grown = True
        while grown:
            grown = False
            for declaration, statement in stars:
                grown |= self._expand_star(declaration, statement, exported)

    def _expand_star(
        self, declaration: Declarations, statement: ast.ImportFrom, exported: Mapping[str, list[str] | None]
    ) -> bool:
        module = self.module_named(absolute_name(declaration.path, statement.level, statement.module))
        if module is None or module.scope is declaration.module:
            return False
        listed = exported[module.scope.path]
        public = [name for name in module.scope.cells if not name.startswith("_")] if listed is None else listed
        grown = False
        for name in public:
            site = Site(declaration.path, statement.lineno, "import", module.name, name)
            sites = declaration.module.cell(name).sites
            if name in module.scope.cells and site not in sites:
                sites[site] = None
                grown = True
        return grown

    # -- what is found -------------------------------------------------------------------------------------------------

    def refer(self, line: int, target_path: str, target_line: int, type_: EdgeType) -> None:
        when = self.timing or ("import" if self.runner.runs_at_import else "call")
        self.references[Reference(self.runner.path, line, target_path, target_line, type_, when)] = None

    def final_sites(self, site: Site, seen: frozenset[Site] = frozenset()) -> list[Site]:
        """Where the thing behind an import is defined, through re-exports; the site itself if it is not an import."""
        if site.kind != "import" or site in seen:
            return [site] if site.kind != "import" else []
        module = self.module_named(site.module)
        if site.symbol is None:
            return []
        if module is not None and site.symbol in module.scope.cells:
            found: list[Site] = []
            for inner in module.scope.cells[site.symbol].sites:
                found.extend(self.final_sites(inner, seen | {site}))
            return found
        return []

    def call(self, function: Function, line: int) -> None:
        """A call; where it is not called by its name, this is the only trace of it."""
        self.calls[self.runner, function] = None
        scope = function.scope
        self.references[Reference(self.runner.path, line, scope.path, function.node.lineno, "control", "callback")] = (
            None
        )

    @contextmanager
    def at(self, timing: Timing | None) -> Iterator[None]:
        """References found inside arise at ``timing``, unless that is None or checking already."""
        before = self.timing
        if timing is not None and before != "checking":
            self.timing = timing
        yield
        self.timing = before

    def function_of(self, node: ast.AST) -> Function:
        return self.declarations[self.runner.path].functions[node]

    def class_of(self, node: ast.AST) -> Class:
        return self.declarations[self.runner.path].classes[node]

    def runner_function(self) -> Function | None:
        return self.declarations[self.runner.path].functions.get(self.runner.node)

    def container(self, node: ast.AST) -> Container:
        """The one container that stands for all made at ``node``."""
        found = self._containers.get(node)
        if found is None:
            found = self._containers[node] = Container()
        return found
