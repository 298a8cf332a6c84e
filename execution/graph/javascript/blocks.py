"""Walking the bodies of functions and blocks: what they declare, then their statements in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from tree_sitter import Node

from execution.graph.javascript.declare import declare, declare_vars, unwrapped
from execution.graph.javascript.environment import Environment
from execution.graph.javascript.names import Body
from execution.graph.javascript.patterns import Patterns
from execution.graph.javascript.syntax import (
    CLASSES,
    FUNCTION_DECLARATIONS,
    TYPE_DECLARATIONS,
    line_of,
    text_of,
)
from execution.graph.javascript.values import Cell, Function, Object, Parameter, Scope


class Blocks(Patterns):
    """One method per kind of statement, in ``statement_kinds``; of kinds not listed the parts are evaluated."""

    statement_kinds: ClassVar[Mapping[str, Callable[[Any, Node], None]]]

    def __init__(self) -> None:
        super().__init__()
        self.too_deep: dict[tuple[str, int], None] = {}

    # -- bodies --------------------------------------------------------------------------------------------------------

    def walk_bodies(self) -> None:
        while self._bodies:
            self._walk_body(self._bodies.pop())

    def _walk_body(self, body: Body) -> None:
        self.scope, self.environment, self.timing = body.scope, Environment(self), None
        self._bind_parameters(body)
        inner = body.node.child_by_field_name("body")
        if inner is None:
            return
        if inner.type == "statement_block":
            declare_vars(self.scope, inner.named_children, self.path)
            self.block(inner.named_children)
        else:
            self._give_back(inner, body.function)

    def _give_back(self, node: Node, function: Function) -> None:
        """A parameter that is given back as it came is left to each caller to add."""
        values = self.evaluate(node)
        places = {parameter.cell: place for place, parameter in enumerate(function.parameters) if not parameter.rest}
        if function.yields is not None:
            return
        for cell in values:
            if cell in places and node.type == "identifier":
                function.passes.add(places[cell])
            else:
                self.flow(cell, function.returns)

    def _bind_parameters(self, body: Body) -> None:
        single = body.node.child_by_field_name("parameter")
        several = body.node.child_by_field_name("parameters")
        nodes = [single] if single is not None else several.named_children if several is not None else []
        nodes = [node for node in nodes if node.type not in ("comment", "decorator", "ERROR")]
        for node, parameter in zip(nodes, body.function.parameters, strict=True):
            self._parameter(node, parameter)

    def _parameter(self, node: Node, parameter: Parameter) -> None:
        given = parameter.cell
        for child in node.children:
            if child.type == "decorator":
                self.evaluate(child.named_children[0], called=True)
        pattern = node.child_by_field_name("pattern") or node
        default = node.child_by_field_name("value")
        if pattern.type == "rest_pattern":
            pattern = pattern.named_children[0]
        if pattern.type == "assignment_pattern":
            default = pattern.child_by_field_name("right")
            pattern = pattern.child_by_field_name("left") or pattern
        if default is not None:
            self.flow_all(self.evaluate(default, name=text_of(pattern)), parameter.default)
            self.otherwise(given, lambda: self.flow(parameter.default, given), layer=1)
        variable = self.scope.names.get(text_of(pattern)) if pattern.type == "identifier" else None
        if variable is not None:
            self.flow(given, variable.cell)
            self.environment.set(variable, (given,))
        else:
            self.assign(pattern, (given,))

    # -- blocks --------------------------------------------------------------------------------------------------------

    def walk_block(self, node: Node | None, scope: Scope) -> None:
        if node is not None:
            with self.inside(scope.inner()):
                self.block(node.named_children)

    def block(self, statements: Sequence[Node]) -> None:
        """Statements of one block, in the present scope."""
        declare(self.scope, statements, self.path)
        for statement in statements:
            node = unwrapped(statement)
            if node.type in FUNCTION_DECLARATIONS:
                self._declare_function(node)
            elif node.type in TYPE_DECLARATIONS:
                self._declare_type(node)
        for statement in statements:
            try:
                self.statement(statement)
            except RecursionError:
                self.too_deep[self.path, line_of(statement)] = None

    def statement(self, node: Node) -> None:
        handler = self.statement_kinds.get(node.type)
        if handler is not None:
            handler(self, node)
        elif node.type in CLASSES:
            self._declare_class(node)
        elif node.type not in FUNCTION_DECLARATIONS and node.type not in TYPE_DECLARATIONS:
            self.evaluate(node)

    # -- declarations --------------------------------------------------------------------------------------------------

    def _declare_function(self, node: Node) -> None:
        name = text_of(node.child_by_field_name("name"))
        variable = self.scope.names.get(name)
        if variable is None:
            return
        made = self.signature(node) if node.type == "function_signature" else self.function(node, name)
        self.bind_variable(variable, (self.holding(made),))

    def _declare_type(self, node: Node) -> None:
        variable = self.scope.names.get(text_of(node.child_by_field_name("name")))
        if variable is not None:
            self.declare_type(node, variable)

    def _declare_class(self, node: Node) -> None:
        name = text_of(node.child_by_field_name("name"))
        made = self.make_class(node, name)
        variable = self.scope.names.get(name)
        if variable is not None:
            self.bind_variable(variable, (self.holding(made),))
            self.add(variable.types, self.instance_of(made))

    def _enum(self, node: Node) -> None:
        variable = self.scope.names.get(text_of(node.child_by_field_name("name")))
        body = node.child_by_field_name("body")
        made = Object("object")
        for member in body.named_children if body is not None else ():
            found = self.own(made, text_of(member.child_by_field_name("name") or member))
            found.sites[self.place_of(member)] = None
            value = member.child_by_field_name("value")
            if value is not None:
                self.evaluate(value)
        if variable is not None:
            self.bind_variable(variable, (self.holding(made),))

    def _namespace_declaration(self, node: Node) -> None:
        """``namespace A.B { ... }``: exported names become properties; several declarations are one."""
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or body is None:
            return
        if name.type == "string":
            self.walk_block(body, self.scope)
            return
        names = text_of(name).split(".")
        variable = self.scope.find(names[0])
        if variable is None:
            return
        holder = self._namespace_object(variable.cell, "module")
        for part in names[1:]:
            found = self.own(holder, part)
            found.sites[self.place_of(node)] = None
            holder = self._namespace_object(found.cell, "module")
        scope = self.scope.inner()
        scope.exports, scope.prefix = holder, f"{scope.prefix}{'.'.join(names)}."
        with self.inside(scope):
            declare_vars(scope, body.named_children, self.path)
            self.block(body.named_children)

    def _namespace_object(self, cell: Cell, kind: str) -> Object:
        for value in cell.values:
            if isinstance(value, Object):
                return value
        made = Object("module")
        self.add(cell, made)
        return made
