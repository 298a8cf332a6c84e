"""Walking statements in order, branches apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tree_sitter import Node

from execution.graph.javascript.blocks import Blocks
from execution.graph.javascript.declare import declare, names_in, unwrapped
from execution.graph.javascript.environment import Environment
from execution.graph.javascript.syntax import line_of, text_of
from execution.graph.javascript.values import Cell, Cells, Object, Site


class Statements(Blocks):
    """What each kind of statement does."""

    # -- simple statements ---------------------------------------------------------------------------------------------

    def _declaration(self, node: Node) -> None:
        for declarator in node.named_children:
            name, value = declarator.child_by_field_name("name"), declarator.child_by_field_name("value")
            if declarator.type != "variable_declarator" or name is None:
                continue
            types = self.promised(declarator.child_by_field_name("type"))
            if value is None and not types:
                continue
            values = self.evaluate(value, name=text_of(name) if name.type == "identifier" else "") if value else ()
            self.assign(name, (*values, *types))
            if value is not None and value.type == "call_expression":
                self.link_required(name, value)

    def link_required(self, target: Node, call: Node) -> None:
        """``const { f } = require("./m")`` binds as an import does."""
        raise NotImplementedError

    def _expression(self, node: Node) -> None:
        for part in node.named_children:
            if unwrapped(node) is not node:
                self.statement(part)
            else:
                self.evaluate(part)

    def _return(self, node: Node) -> None:
        function = self.scope.runner.function
        for part in node.named_children:
            if function is not None and part.type != "comment":
                self._give_back(part, function)
        self.environment.has_left = True

    def _throw(self, node: Node) -> None:
        for part in node.named_children:
            self.evaluate(part)
        self.environment.has_left = True

    # -- branches ------------------------------------------------------------------------------------------------------

    def _branches(self, actions: Iterable[Callable[[], None]]) -> list[Environment]:
        before, found = self.environment, []
        for action in actions:
            self.environment = Environment(self, before)
            action()
            found.append(self.environment)
        self.environment = before
        return found

    def _inner(self, node: Node | None) -> Callable[[], None]:
        def walk() -> None:
            if node is not None and node.type == "statement_block":
                self.walk_block(node, self.scope)
            elif node is not None:
                self.statement(node)

        return walk

    def _if(self, node: Node) -> None:
        condition = node.child_by_field_name("condition")
        if condition is not None:
            self.evaluate(condition)
        other = node.child_by_field_name("alternative")
        if other is not None and other.type == "else_clause":
            other = next((child for child in other.named_children if child.type != "comment"), None)
        parts = (node.child_by_field_name("consequence"), other)
        self.environment.join(self._branches([self._inner(part) for part in parts]))

    def _loop(self, node: Node) -> None:
        before = self.environment
        outer = self.scope
        self.scope = outer.inner()
        initial = node.child_by_field_name("initializer")
        if initial is not None:
            self.block([initial])
        self.environment = Environment(self, before, is_loop=True)
        for name in ("condition", "increment"):
            part = node.child_by_field_name(name)
            if part is not None and part.type != "statement_block":
                self.evaluate(part)
        self._inner(node.child_by_field_name("body"))()
        self._end_loop(before)
        self.scope = outer

    def _end_loop(self, before: Environment) -> None:
        loop = self.environment
        loop.close_loop()
        loop.has_left = False
        self.environment = before
        before.join([loop, Environment(self, before)])

    def _for_in(self, node: Node) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return
        operator = node.child_by_field_name("operator")
        values = self.evaluate(right)
        is_of = operator is not None and operator.type == "of"
        given: Cells = (self.elements(values, self.use(right, "control")),) if is_of else self._keys_of(values)
        before, outer = self.environment, self.scope
        self.scope = outer.inner()
        kind = node.child_by_field_name("kind")
        if kind is not None and kind.type != "var":
            for name in names_in(left):
                variable = self.scope.variable(text_of(name))
                variable.sites[Site(self.path, line_of(name), name.start_byte)] = None
        self.environment = Environment(self, before, is_loop=True)
        self.assign(left, given)
        self._inner(node.child_by_field_name("body"))()
        self._end_loop(before)
        self.scope = outer

    def _keys_of(self, values: Cells) -> Cells:
        keys = Cell()

        def list_names(holder: Object) -> None:
            for name in holder.properties:
                self.flow(self.text(name), keys)

        self.each_object(values, list_names)
        return (keys,)

    def _try(self, node: Node) -> None:
        handler, finalizer = node.child_by_field_name("handler"), node.child_by_field_name("finalizer")
        tried = self._branches([self._inner(node.child_by_field_name("body"))])[0]
        for variable in tried.changed():
            tried.set(variable, (variable.cell,))
        branches = [tried]
        if handler is not None:
            self.environment.join([tried, Environment(self, self.environment)])
            branches.extend(self._branches([lambda: self._catch(handler)]))
        self.environment.join(branches)
        if finalizer is not None:
            self._inner(finalizer.child_by_field_name("body"))()

    def _catch(self, node: Node) -> None:
        with self.inside(self.scope.inner()):
            parameter = node.child_by_field_name("parameter")
            if parameter is not None:
                for name in names_in(parameter):
                    self.scope.variable(text_of(name))
            self._inner(node.child_by_field_name("body"))()

    def _switch(self, node: Node) -> None:
        value, body = node.child_by_field_name("value"), node.child_by_field_name("body")
        if value is not None:
            self.evaluate(value)
        cases = [case for case in (body.named_children if body is not None else ()) if case.type != "comment"]
        with self.inside(self.scope.inner()):
            statements = [part for case in cases for part in case.children_by_field_name("body")]
            declare(self.scope, statements, self.path)
            found = self._branches([lambda case=case: self._case(case) for case in cases])  # type: ignore[misc]  # binds the loop's value
        for branch in found:
            branch.has_left = False
        self.environment.join([*found, Environment(self, self.environment)])

    def _case(self, node: Node) -> None:
        value = node.child_by_field_name("value")
        if value is not None:
            self.evaluate(value)
        self.block(node.children_by_field_name("body"))

    def _labeled(self, node: Node) -> None:
        self._inner(node.child_by_field_name("body"))()

    def _block_statement(self, node: Node) -> None:
        self.walk_block(node, self.scope)

    def _alias(self, node: Node) -> None:
        """``import A = N.B``"""
        parts = node.named_children
        variable = self.scope.variable(text_of(parts[0]))
        variable.sites[self.place_of(node)] = None
        self.flow_all(self._namespace(parts[-1]), variable.cell)
        self.flow_all(self.promised(parts[-1]), variable.types)

    def _ambient(self, node: Node) -> None:
        for part in node.named_children:
            self.statement(part)

    def _skip(self, node: Node) -> None:
        return None


Statements.statement_kinds = {
    "lexical_declaration": Statements._declaration,
    "variable_declaration": Statements._declaration,
    "expression_statement": Statements._expression,
    "enum_declaration": Statements._enum,
    "internal_module": Statements._namespace_declaration,
    "module": Statements._namespace_declaration,
    "return_statement": Statements._return,
    "throw_statement": Statements._throw,
    "if_statement": Statements._if,
    "for_statement": Statements._loop,
    "while_statement": Statements._loop,
    "do_statement": Statements._loop,
    "for_in_statement": Statements._for_in,
    "try_statement": Statements._try,
    "switch_statement": Statements._switch,
    "labeled_statement": Statements._labeled,
    "statement_block": Statements._block_statement,
    "ambient_declaration": Statements._ambient,
    "import_statement": Statements._skip,
    "import_alias": Statements._alias,
    "comment": Statements._skip,
    "empty_statement": Statements._skip,
    "break_statement": Statements._skip,
    "continue_statement": Statements._skip,
}
