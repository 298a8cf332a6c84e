"""Evaluating names, members and literals: the values an expression may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from tree_sitter import Node

from execution.graph.javascript.functions import Functions
from execution.graph.javascript.syntax import CLASSES, FUNCTIONS, literal, text_of
from execution.graph.javascript.values import Cell, Cells, Function, Object
from execution.graph.model import EdgeType

LONGEST_KEY = 60


class Evaluation(Functions):
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
