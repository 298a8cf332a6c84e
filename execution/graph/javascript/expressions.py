"""Evaluating expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from tree_sitter import Node

from execution.graph.javascript.functions import Functions
from execution.graph.javascript.syntax import CLASSES, FUNCTIONS, literal, text_of
from execution.graph.javascript.values import Call, Cell, Cells, Function, Object, Value
from execution.graph.model import EdgeType


class Expressions(Functions):
    """One method per kind of expression; of kinds not listed only the parts count, for what they refer to."""

    kinds: ClassVar[Mapping[str, Callable[[Any, Node], Cells]]]

    def __init__(self) -> None:
        super().__init__()
        self.unnamed: dict[str, int] = {}

    def evaluate(self, node: Node, *, called: bool = False, name: str = "") -> Cells:
        kind = node.type
        if kind == "identifier" or kind == "shorthand_property_identifier":
            return self.read_name(text_of(node), node, "control" if called else "data")
        if kind == "member_expression":
            return self._member_expression(node, called=called)
        if kind == "subscript_expression":
            return self._subscript(node, called=called)
        if kind in FUNCTIONS:
            return self._function_expression(node, name, called=called)
        if kind in CLASSES:
            own = node.child_by_field_name("name")
            return (self.holding(self.make_class(node, text_of(own) if own is not None else name or "<class>")),)
        handler = self.kinds.get(kind)
        if handler is not None:
            return handler(self, node)
        if kind == "object":
            return self._object(node, name)
        if kind == "parenthesized_expression" and node.named_children:
            return self.evaluate(node.named_children[0], called=called, name=name)
        for child in node.named_children:
            self.evaluate(child)
        return ()

    def evaluate_base(self, node: Node) -> Cells:
        """A base class: needed as a type, when the class is defined."""
        if node.type == "identifier":
            return self.read_name(text_of(node), node, "type")
        if node.type == "member_expression":
            return self._member_expression(node, as_type=True)
        return self.evaluate(node)

    def _function_expression(self, node: Node, name: str, *, called: bool) -> Cells:
        own = node.child_by_field_name("name")
        if own is None and not name:
            self.unnamed[self.scope.prefix] = number = self.unnamed.get(self.scope.prefix, 0) + 1
            name = f"<{'arrow' if node.type == 'arrow_function' else 'function'}{number}>"
        timing = self.timing or self.scope.runner.timing if called else "call"
        return (self.holding(self.function(node, name or text_of(own), timing=timing)),)

    def _member_expression(self, node: Node, *, called: bool = False, as_type: bool = False) -> Cells:
        holder, name = node.child_by_field_name("object"), node.child_by_field_name("property")
        if holder is None or name is None:
            return ()
        holders = self.super_members() if holder.type == "super" else self.evaluate(holder)
        type_: EdgeType = "type" if as_type else "control" if called else "data"
        return (self.load(holders, text_of(name), self.use(name, type_)),)

    def super_members(self) -> Cells:
        """Where ``super.name`` is looked up."""
        if self.scope.owner is None:
            return ()
        if self.scope.is_static:
            return (self.scope.owner.superclass,)
        return (self.load((self.scope.owner.superclass,), "prototype", None),)

    def _subscript(self, node: Node, *, called: bool = False) -> Cells:
        holder, key = node.child_by_field_name("object"), node.child_by_field_name("index")
        if holder is None or key is None:
            return ()
        holders, use = self.evaluate(holder), self.use(key, "control" if called else "data")
        known = literal(key)
        if known is not None:
            return (self.load(holders, known, use),)
        if text_of(key) in ("Symbol.iterator", "Symbol.asyncIterator"):
            return (self.load(holders, "@@iterator", use),)
        return (self.load_key(holders, self.evaluate(key), use),)

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

    # -- literals ------------------------------------------------------------------------------------------------------

    def _literal(self, node: Node) -> Cells:
        known = literal(node)
        return (self.text(known),) if known is not None and len(known) <= LONGEST_KEY else ()

    def _template(self, node: Node) -> Cells:
        for part in node.named_children:
            self.evaluate(part)
        return self._literal(node)

    def _array(self, node: Node) -> Cells:
        array = Object("array")
        is_spread = False
        for place, part in enumerate(child for child in node.named_children if child.type != "comment"):
            if part.type == "spread_element":
                is_spread = True
                self.flow(self.elements(self.evaluate(part.named_children[0]), self.use(part, "data")), array.others)
            elif is_spread:
                self.flow_all(self.evaluate(part), array.others)
            else:
                self.flow_all(self.evaluate(part), self.own(array, str(place)).cell)
        return (self.holding(array),)

    def _object(self, node: Node, name: str) -> Cells:
        made = Object("object")
        held = self.holding(made)
        scope = self.scope.inner()
        scope.prefix = f"{scope.prefix}{name}." if name else scope.prefix
        with self.inside(scope):
            for part in node.named_children:
                self._entry(part, made, held)
        return (held,)

    def _entry(self, part: Node, made: Object, held: Cell) -> None:
        kind = part.type
        if kind == "spread_element":
            self.copy_into(made, self.evaluate(part.named_children[0]))
        elif kind == "shorthand_property_identifier":
            self._put(part, made, text_of(part), self.evaluate(part))
        elif kind == "pair":
            key, value = part.child_by_field_name("key"), part.child_by_field_name("value")
            if key is None or value is None:
                return
            name = self.key_of(key)
            values = self.evaluate(value, name=name or "")
            if name is None:
                inner = key.named_children[0]
                self.store_key((held,), self.evaluate(inner), values, self.use(key, "data"))
            else:
                self._put(part, made, name, values)
                self._own_this(held, values)
        elif kind == "method_definition":
            key = part.child_by_field_name("name")
            name = self.key_of(key) if key is not None else None
            method = self.function(part, name or "")
            self.flow(held, method.this)
            self._put_method(part, self.own(made, name or ""), method)

    def _put(self, node: Node, made: Object, name: str, values: Cells) -> None:
        found = self.own(made, name)
        found.sites[self.place_of(node)] = None
        self.flow_all(values, found.cell)

    def _own_this(self, held: Cell, values: Cells) -> None:
        for cell in values:
            for value in cell.values:
                if isinstance(value, Function) and value.kind == "function" and not value.is_arrow:
                    self.flow(held, value.this)

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


LONGEST_KEY = 60

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
