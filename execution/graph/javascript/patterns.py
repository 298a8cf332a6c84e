"""Binding: assignments, destructuring, parameters, and JSX."""

from __future__ import annotations

from tree_sitter import Node

from execution.graph.javascript.expressions import Expressions
from execution.graph.javascript.syntax import literal, text_of
from execution.graph.javascript.values import Call, Cell, Cells, Function, Object, Value


class Patterns(Expressions):
    """Values go to names and places."""

    def assign(self, target: Node, values: Cells) -> None:
        kind = target.type
        if kind in ("identifier", "shorthand_property_identifier_pattern", "shorthand_property_identifier"):
            self.bind_name(text_of(target), values)
        elif kind == "member_expression":
            self._assign_member(target, values)
        elif kind == "subscript_expression":
            self._assign_item(target, values)
        elif kind in ("assignment_pattern", "object_assignment_pattern", "assignment_expression"):
            self._assign_with_default(target, values)
        elif kind in ("object_pattern", "object"):
            for part in target.named_children:
                self._assign_property(part, values)
        elif kind in ("array_pattern", "array"):
            self._assign_places(target, values)
        elif kind in ("parenthesized_expression", "non_null_expression", "as_expression") and target.named_children:
            self.assign(target.named_children[0], values)

    def _assign_member(self, target: Node, values: Cells) -> None:
        holder, name = target.child_by_field_name("object"), target.child_by_field_name("property")
        if holder is not None and name is not None:
            self.store(self.evaluate(holder), text_of(name), values, self.use(target, "data"))

    def _assign_item(self, target: Node, values: Cells) -> None:
        holder, key = target.child_by_field_name("object"), target.child_by_field_name("index")
        if holder is None or key is None:
            return
        holders, known = self.evaluate(holder), literal(key)
        if known is not None:
            self.store(holders, known, values, self.use(target, "data"))
        elif text_of(key) in ("Symbol.iterator", "Symbol.asyncIterator"):
            self.store(holders, "@@iterator", values, self.use(target, "data"))
        else:
            self.store_key(holders, self.evaluate(key), values, self.use(target, "data"))

    def _assign_with_default(self, target: Node, values: Cells) -> None:
        left, right = target.child_by_field_name("left"), target.child_by_field_name("right")
        if left is not None and right is not None:
            self.assign(left, (*values, *self.evaluate(right, name=text_of(left))))

    def _assign_property(self, part: Node, values: Cells) -> None:
        kind = part.type
        if kind in ("pair_pattern", "pair"):
            key, value = part.child_by_field_name("key"), part.child_by_field_name("value")
            if key is not None and value is not None:
                name = self.key_of(key)
                if name is not None:
                    self.assign(value, (self.load(values, name, self.use(key, "data")),))
                else:
                    keys = self.evaluate(key.named_children[0])
                    self.assign(value, (self.load_key(values, keys, self.use(key, "data")),))
        elif kind in ("rest_pattern", "spread_element"):
            rest = Object("object")
            self.copy_into(rest, values)
            self.assign(part.named_children[0], (self.holding(rest),))
        elif kind in ("object_assignment_pattern", "assignment_pattern", "assignment_expression"):
            left = part.child_by_field_name("left")
            if left is not None:
                self._assign_with_default(part, (self.load(values, text_of(left), self.use(left, "data")),))
        elif part.is_named and kind != "comment":
            self.assign(part, (self.load(values, text_of(part), self.use(part, "data")),))

    def _assign_places(self, target: Node, values: Cells) -> None:
        place = 0
        for part in target.children:
            if part.type == ",":
                place += 1
            elif part.type in ("rest_pattern", "spread_element"):
                rest = Object("array")
                self.flow(self.elements(values, self.use(part, "data")), rest.others)
                self.assign(part.named_children[0], (self.holding(rest),))
            elif part.is_named and part.type != "comment":
                self.assign(part, (self._at(values, place, part),))

    def _at(self, values: Cells, place: int, node: Node) -> Cell:
        """An element of a list by place; of other things that can be iterated, any element."""
        result = Cell()

        def take(value: Value) -> None:
            if isinstance(value, Object) and value.kind == "array":
                self.member(value, str(place), result, None)
            elif isinstance(value, Object):
                self.flow(self.elements((self.holding(value),), use), result)

        use = self.use(node, "data")
        for cell in values:
            self.watch(cell, take)
        return result

    def assignment(self, node: Node) -> Cells:
        """``a = b`` as an expression; ``a ||= b`` may leave what was there."""
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return ()
        before = self.evaluate(left) if node.type == "augmented_assignment_expression" else ()
        name = text_of(left.child_by_field_name("property") or left) if left.type != "object_pattern" else ""
        values = (*before, *self.evaluate(right, name=name if name.isidentifier() else ""))
        self.assign(left, values)
        return values

    # -- JSX -----------------------------------------------------------------------------------------------------------

    def element(self, node: Node) -> Cells:
        """``<Component a={x}>...</Component>`` is a call of ``Component`` with its properties."""
        opening = node.child_by_field_name("open_tag") or node
        name = opening.child_by_field_name("name")
        given = Object("object")
        for part in opening.named_children:
            if part.type == "jsx_attribute":
                self._attribute(part, given)
            elif part.type == "jsx_expression":
                for spread in part.named_children:
                    self.copy_into(given, self.evaluate(spread.named_children[0]) if spread.named_children else ())
        for child in node.named_children:
            if child.type not in ("jsx_opening_element", "jsx_closing_element", "jsx_attribute", "jsx_text"):
                if child is not name and not (opening is node and child.type in ("identifier", "member_expression")):
                    self.flow_all(self.evaluate(child), self.own(given, "children").cell)
        if name is not None and (name.type != "identifier" or not text_of(name)[:1].islower()):
            use = self.use(name, "control")
            call = Call(use, (self.holding(given),), (), Cell())
            for cell in self.evaluate(name, called=True):
                self.watch(cell, lambda component: self._render(component, call))
        return ()

    def _render(self, component: Value, call: Call) -> None:
        if not isinstance(component, Function) or component.kind != "class":
            self.apply(component, call)
            return
        self._construct(component, call)
        this = self.holding(self.instance_of(component))
        self.flow_all(call.arguments, self.own(self.instance_of(component), "props").cell)
        self.call((self.load((this,), "render", call.use),), Call(call.use, (), (), Cell(), this))

    def _attribute(self, node: Node, given: Object) -> None:
        parts = node.named_children
        if len(parts) > 1:
            self.flow_all(self.evaluate(parts[1]), self.own(given, text_of(parts[0])).cell)

    def embedded(self, node: Node) -> Cells:
        """``{expression}``"""
        return tuple(cell for part in node.named_children for cell in self.evaluate(part))


Patterns.kinds = {
    **Expressions.kinds,
    "assignment_expression": Patterns.assignment,
    "augmented_assignment_expression": Patterns.assignment,
    "jsx_element": Patterns.element,
    "jsx_self_closing_element": Patterns.element,
    "jsx_fragment": Patterns.embedded,
    "jsx_expression": Patterns.embedded,
}
