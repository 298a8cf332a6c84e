"""Reading and binding names, and the places that need them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tree_sitter import Node

from execution.graph.javascript.calls import Calls
from execution.graph.javascript.environment import Environment
from execution.graph.javascript.natives import GLOBALS
from execution.graph.javascript.syntax import line_of
from execution.graph.javascript.values import Cell, Cells, Function, Native, Runner, Scope, Use, Variable
from execution.graph.model import EdgeType, Timing


class Body(NamedTuple):
    """A function that is still to be walked."""

    node: Node
    scope: Scope
    function: Function


class Names(Calls):
    """Where the walk is: file, scope, environment, and what waits to be walked."""

    def __init__(self) -> None:
        super().__init__()
        self.path = ""
        self.scope = Scope(None, Runner("", None, "import"))
        self.environment = Environment(self)
        self.timing: Timing | None = None
        self.linked: list[tuple[Use, Variable]] = []
        """Uses of imported names, to be followed to the definition when all modules are known."""
        self.shared: dict[str, Variable] = {}
        """Names of scripts that are no modules, and names assigned without being declared."""
        self._bodies: list[Body] = []

    def use(self, node: Node, type_: EdgeType) -> Use:
        runner = self.scope.runner
        return Use(runner, line_of(node), node.start_byte, type_, self.timing or runner.timing)

    @contextmanager
    def at(self, timing: Timing | None) -> Iterator[None]:
        """What is needed inside is needed at ``timing``, unless only a type checker needs it."""
        before = self.timing
        if timing is not None and before != "checking":
            self.timing = timing
        yield
        self.timing = before

    @contextmanager
    def inside(self, scope: Scope) -> Iterator[None]:
        before = self.scope
        self.scope = scope
        yield
        self.scope = before

    def read_name(self, name: str, node: Node, type_: EdgeType) -> Cells:
        variable = self.scope.find(name)
        if variable is None:
            return (self.native(name),) if name in GLOBALS else self._read_shared(name, node, type_)
        self.need(variable, node, type_)
        return self.held_by(variable)

    def native(self, name: str) -> Cell:
        """What the language gives under a name."""
        cell = Cell()
        self.add(cell, Native(name))
        return cell

    def _read_shared(self, name: str, node: Node, type_: EdgeType) -> Cells:
        """A name that no scope has may be one that another script defines for all."""
        variable = self.shared_variable(name)
        self.linked.append((self.use(node, type_), variable))
        return (variable.cell,)

    def shared_variable(self, name: str) -> Variable:
        found = self.shared.get(name)
        if found is None:
            found = self.shared[name] = Variable(name, Runner("", None, "import"), is_global=True)
        return found

    def need(self, variable: Variable, node: Node, type_: EdgeType) -> None:
        """Note that the code at ``node`` needs what ``variable`` names, if that is more than a local."""
        if not variable.is_global:
            return
        use = self.use(node, type_)
        if variable.link is not None:
            self.linked.append((use, variable))
            return
        for site in variable.sites:
            self.refer(use, site)

    def held_by(self, variable: Variable) -> Cells:
        if variable.is_constant or variable.link is not None or variable.runner is not self.scope.runner:
            return (variable.cell,)
        known = self.environment.get(variable)
        return (variable.cell,) if known is None else (*known, variable.outside)

    def bind_name(self, name: str, values: Cells) -> None:
        self.bind_variable(self.scope.find(name) or self.shared_variable(name), values)

    def bind_variable(self, variable: Variable, values: Cells) -> None:
        if variable.is_constant:
            self.flow_all(values, variable.cell)
            return
        version = Cell()
        self.flow_all(values, version)
        self.flow(version, variable.cell)
        if variable.runner is self.scope.runner:
            self.environment.set(variable, (version,))
        else:
            self.flow(version, variable.outside)

    def walk_later(self, node: Node, scope: Scope, function: Function) -> None:
        self._bodies.append(Body(node, scope, function))
