"""Evaluating calls and operators."""

from __future__ import annotations

from tree_sitter import Node

from execution.graph.javascript.evaluation import Evaluation
from execution.graph.javascript.syntax import literal, text_of
from execution.graph.javascript.values import Call, Cell, Cells, Function, Value


class Expressions(Evaluation):
    """Calls, and what the operators let through."""

    # -- calls ---------------------------------------------------------------------------------------------------------

    def arguments_of(self, node: Node | None) -> tuple[Cells, Cells]:
        """One cell per place, and what is spread at places unknown."""
        places: list[Cell] = []
        rest: list[Cell] = []
        if node is not None and node.type == "template_string":
            self.evaluate(node)
            return (), ()
        for part in node.named_children if node is not None else ():
            if part.type == "comment":
                continue
            if part.type == "spread_element":
                rest.append(self.elements(self.evaluate(part.named_children[0]), self.use(part, "control")))
            elif rest:
                rest.extend(self.evaluate(part))
            else:
                places.append(self.one(self.evaluate(part)))
        return tuple(places), tuple(rest)

    def _call(self, node: Node) -> Cells:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None:
            return ()
        if function.type == "super":
            return self._super_call(node, arguments)
        module = self.module_called(function, arguments)
        if module is not None:
            return module
        this: Cells = ()
        method = ""
        inner = function
        while inner.type in ("parenthesized_expression", "non_null_expression") and inner.named_children:
            inner = inner.named_children[0]
        if inner.type in ("member_expression", "subscript_expression"):
            holder = inner.child_by_field_name("object")
            if holder is not None and holder.type != "super":
                return self._method_call(node, inner, holder, arguments)
            this, method = self.scope.this, ""
        callees = self.evaluate(function, called=True)
        places, rest = self.arguments_of(arguments)
        call = Call(self.use(inner, "control"), places, rest, Cell(), self.one(this) if this else None)
        return (self.call(callees, call, method=method),)

    def _method_call(self, node: Node, member: Node, holder: Node, arguments: Node | None) -> Cells:
        holders = (self.one(self.evaluate(holder)),)
        key = member.child_by_field_name("property") or member.child_by_field_name("index")
        if key is None:
            return ()
        known = text_of(key) if member.type == "member_expression" else literal(key)
        use = self.use(key, "control")
        if known is None:
            callees: Cells = (self.load_key(holders, self.evaluate(key), use),)
        else:
            callees = (self.load(holders, known, use),)
        places, rest = self.arguments_of(arguments)
        call = Call(self.use(key, "control"), places, rest, Cell(), holders[0])
        return (self.call(callees, call, method=known or ""),)

    def _super_call(self, node: Node, arguments: Node | None) -> Cells:
        places, rest = self.arguments_of(arguments)
        call = Call(self.use(node, "control"), places, rest, Cell())
        owner, this = self.scope.owner, self.one(self.scope.this)

        def initialise(above: Value) -> None:
            for value in list(this.values):
                if isinstance(above, Function):
                    self.initialise(above, value, call)

        if owner is not None:
            self.watch(owner.superclass, initialise)
        return ()

    def module_called(self, function: Node, arguments: Node | None) -> Cells | None:
        """``require("./m")`` and ``import("./m")``; None for every other call."""
        raise NotImplementedError

    def _new(self, node: Node) -> Cells:
        constructor = node.child_by_field_name("constructor")
        if constructor is None:
            return ()
        callees = self.evaluate(constructor, called=True)
        self.promised(node.child_by_field_name("type_arguments"))
        places, rest = self.arguments_of(node.child_by_field_name("arguments"))
        return (self.construct(callees, Call(self.use(constructor, "control"), places, rest, Cell())),)

    # -- operators -----------------------------------------------------------------------------------------------------

    def _this(self, node: Node) -> Cells:
        return self.scope.this

    def _choice(self, node: Node) -> Cells:
        condition = node.child_by_field_name("condition")
        if condition is not None:
            self.evaluate(condition)
        found = [node.child_by_field_name("consequence"), node.child_by_field_name("alternative")]
        return tuple(cell for part in found if part is not None for cell in self.evaluate(part))

    def _binary(self, node: Node) -> Cells:
        operands: list[Node] = []
        left: Node | None = node
        while left is not None and left.type == "binary_expression":
            right = left.child_by_field_name("right")
            if right is not None:
                operands.append(right)
            left = left.child_by_field_name("left")
        if left is not None:
            operands.append(left)
        found = [self.evaluate(operand) for operand in reversed(operands)]
        operator = node.child_by_field_name("operator")
        if operator is None or operator.type not in ("||", "&&", "??"):
            return ()
        return tuple(cell for cells in found for cell in cells)

    def _last(self, node: Node) -> Cells:
        found: Cells = ()
        for part in node.named_children:
            found = self.evaluate(part)
        return found

    def _first(self, node: Node) -> Cells:
        """The value comes first; a type may follow."""
        if not node.named_children:
            return ()
        found = self.evaluate(node.named_children[0])
        for part in node.named_children[1:]:
            found = (*found, *self.promised(part))
        return found

    def _assertion(self, node: Node) -> Cells:
        types = self.promised(node.named_children[0])
        return (*self.evaluate(node.named_children[-1]), *types)

    def _await(self, node: Node) -> Cells:
        return self.evaluate(node.named_children[0]) if node.named_children else ()

    def _yield(self, node: Node) -> Cells:
        function = self.scope.runner.function
        values = self.evaluate(node.named_children[0]) if node.named_children else ()
        if any(child.type == "*" for child in node.children):
            values = (self.elements(values, self.use(node, "control")),)
        if function is not None and function.yields is not None:
            self.flow_all(values, function.yields.others)
        return ()

    def _nothing(self, node: Node) -> Cells:
        return ()


Expressions.kinds = {
    "call_expression": Expressions._call,
    "new_expression": Expressions._new,
    "string": Expressions._literal,
    "number": Expressions._literal,
    "template_string": Expressions._template,
    "array": Expressions._array,
    "this": Expressions._this,
    "ternary_expression": Expressions._choice,
    "binary_expression": Expressions._binary,
    "sequence_expression": Expressions._last,
    "as_expression": Expressions._first,
    "satisfies_expression": Expressions._first,
    "non_null_expression": Expressions._first,
    "instantiation_expression": Expressions._first,
    "type_assertion": Expressions._assertion,
    "await_expression": Expressions._await,
    "yield_expression": Expressions._yield,
    "comment": Expressions._nothing,
    "regex": Expressions._nothing,
    "property_identifier": Expressions._nothing,
    "statement_identifier": Expressions._nothing,
}
