"""Functions and classes: what they are made of."""

from __future__ import annotations

from tree_sitter import Node

from execution.graph.javascript.declare import bind, names_in
from execution.graph.javascript.syntax import has_word, line_of, literal, text_of
from execution.graph.javascript.types import Types
from execution.graph.javascript.values import (
    Call,
    Cell,
    Cells,
    Function,
    Object,
    Parameter,
    Property,
    Runner,
    Scope,
    Site,
)
from execution.graph.model import Timing

METHODS = frozenset({"method_definition", "abstract_method_signature", "method_signature"})
PROPERTY_MODIFIERS = frozenset({"accessibility_modifier", "readonly", "override_modifier"})
FIELDS = frozenset({"field_definition", "public_field_definition"})


class Functions(Types):
    """Made where they stand; their bodies are walked later."""

    def place_of(self, node: Node) -> Site:
        return Site(self.path, line_of(node), node.start_byte)

    def function(self, node: Node, name: str, *, timing: Timing = "call") -> Function:
        """A function whose ``this`` is the one around it when it is an arrow."""
        outer = self.scope
        made = Function("function", qualname=f"{outer.prefix}{name}", site=self.place_of(node))
        made.is_arrow = node.type == "arrow_function"
        runner = Runner(self.path, made, timing)
        scope = Scope(outer, runner, (made.this,), made, outer.owner, outer.is_static, outer.exports)
        scope.is_function, scope.prefix = True, f"{made.qualname}."
        if made.is_arrow:
            scope.this, scope.function = outer.this, outer.function
        elif node.type == "function_expression" and (own := node.child_by_field_name("name")) is not None:
            scope.variable(text_of(own)).is_constant = True
            self.add(scope.names[text_of(own)].cell, made)
        if has_word(node, "*"):
            made.yields = Object("array")
            self.add(made.returns, made.yields)
        self._parameters(node, made, scope)
        if node.text is not None and b"arguments" in node.text and not made.is_arrow:
            made.arguments = Object("array")
            self.add(scope.variable("arguments").cell, made.arguments)
        self.flow_all(self.promised(node.child_by_field_name("return_type")), self._given_by(made))
        self.walk_later(node, scope, made)
        return made

    def _given_by(self, function: Function) -> Cell:
        return function.returns if function.yields is None else Cell()

    def _parameters(self, node: Node, function: Function, scope: Scope) -> None:
        single = node.child_by_field_name("parameter")
        several = node.child_by_field_name("parameters")
        nodes = [single] if single is not None else several.named_children if several is not None else []
        for part in nodes:
            if part.type in ("comment", "decorator", "ERROR"):
                continue
            pattern = pattern_of(part)
            parameter = Parameter()
            if pattern.type == "rest_pattern":
                parameter.rest = Object("array")
                self.add(parameter.cell, parameter.rest)
            self.flow_all(self.promised(part.child_by_field_name("type")), parameter.cell)
            function.parameters.append(parameter)
            for name in names_in(pattern):
                bind(scope, name, self.path)

    # -- classes -------------------------------------------------------------------------------------------------------

    def make_class(self, node: Node, name: str) -> Function:
        made = Function("class", qualname=f"{self.scope.prefix}{name}", site=self.place_of(node))
        scope = self.scope.inner()
        scope.is_global, scope.prefix, scope.owner = False, f"{made.qualname}.", made
        if (own := node.child_by_field_name("name")) is not None and node.type == "class":
            scope.variable(text_of(own)).is_constant = True
            self.add(scope.names[text_of(own)].cell, made)
        with self.at("definition"):
            self._heritage(node, made)
            self.decorate(node, made)
        body = node.child_by_field_name("body")
        with self.inside(scope):
            for member in body.named_children if body is not None else ():
                self._member(member, made)
        return made

    def _heritage(self, node: Node, made: Function) -> None:
        heritage = next((child for child in node.named_children if child.type == "class_heritage"), None)
        prototype = self.own(made, "prototype").cell
        for part in heritage.named_children if heritage is not None else ():
            if part.type == "implements_clause":
                self.promised(part)
                continue
            value = part.child_by_field_name("value") if part.type == "extends_clause" else part
            if value is None:
                continue
            self.flow_all(self.evaluate_base(value), made.superclass)
            self.promised(part.child_by_field_name("type_arguments"))
        self.flow(made.superclass, made.prototypes)
        above = self.load((made.superclass,), "prototype", None)
        for held in list(prototype.values):
            if isinstance(held, Object):
                self.flow(above, held.prototypes)

    def evaluate_base(self, node: Node) -> Cells:
        raise NotImplementedError

    def evaluate(self, node: Node, *, called: bool = False, name: str = "") -> Cells:
        """The values an expression may give; ``called`` says what for, ``name`` what a function in it is called."""
        raise NotImplementedError

    def decorate(self, node: Node, target: Function) -> None:
        """Decorators in front of a class or a method are called with it."""
        found = [child for child in node.children if child.type == "decorator"]
        if node.parent is not None and node.parent.type == "export_statement":
            found = [child for child in node.parent.children if child.type == "decorator"] + found
        for decorator in found:
            for part in decorator.named_children[:1]:
                callees = self.evaluate(part, called=True)
                self.call(callees, Call(self.use(part, "control"), (self.holding(target),), (), Cell()))

    def _member(self, member: Node, cls: Function) -> None:
        kind = member.type
        if kind == "class_static_block":
            self.walk_block(member.child_by_field_name("body"), self._member_scope(cls, is_static=True))
            return
        if kind == "decorator":
            with self.at("definition"):
                for part in member.named_children[:1]:
                    self.evaluate(part, called=True)
            return
        name_node = member.child_by_field_name("name") or member.child_by_field_name("property")
        if name_node is None:
            self.promised(member)
            return
        is_static = has_word(member, "static")
        holder: Object = cls if is_static else self._prototype(cls)
        name = self.key_of(name_node)
        if kind in METHODS:
            self._method(member, cls, holder, name or "", is_static=is_static)
        elif kind in FIELDS:
            holder = cls if is_static else self.instance_of(cls)
            self._field(member, cls, self.own(holder, name or ""), name or "", is_static=is_static)

    def _prototype(self, cls: Function) -> Object:
        return next(value for value in self.own(cls, "prototype").cell.values if isinstance(value, Object))

    def walk_block(self, node: Node | None, scope: Scope) -> None:
        raise NotImplementedError

    def _member_scope(self, cls: Function, *, is_static: bool) -> Scope:
        scope = self.scope.inner()
        scope.this = (self.holding(cls if is_static else self.instance_of(cls)),)
        scope.is_static = is_static
        return scope

    def _method(self, node: Node, cls: Function, holder: Object, name: str, *, is_static: bool) -> None:
        is_bare = node.child_by_field_name("body") is None
        if is_bare and name in holder.properties and holder.properties[name].is_declared:
            return
        scope = self._member_scope(cls, is_static=is_static)
        with self.inside(scope):
            method = self.signature(node) if is_bare else self.function(node, name)
        if not is_bare:
            method.site = self.place_of(node)
            self.flow_all(scope.this, method.this)
        with self.at("definition"):
            self.decorate(node, method)
        if name == "constructor" and not is_static:
            cls.constructor = None if is_bare else method
            self._parameter_properties(node, cls)
        else:
            self._put_method(node, self.own(holder, name), method)

    def _put_method(self, node: Node, found: Property, method: Function) -> None:
        found.sites[self.place_of(node)] = None
        found.is_declared = True
        accessor = next((child.type for child in node.children if child.type in ("get", "set")), "")
        cell = found.getters if accessor == "get" else found.setters if accessor == "set" else found.cell
        self.add(cell, method)

    def _parameter_properties(self, node: Node, cls: Function) -> None:
        """TypeScript: ``constructor(private store: Store)`` makes ``this.store``."""
        parameters = node.child_by_field_name("parameters")
        if cls.constructor is None or parameters is None:
            return
        nodes = [part for part in parameters.named_children if part.type not in ("comment", "decorator", "ERROR")]
        for part, parameter in zip(nodes, cls.constructor.parameters, strict=False):
            if any(
                child.type in ("accessibility_modifier", "readonly", "override_modifier") for child in part.children
            ):
                found = self.own(self.instance_of(cls), text_of(pattern_of(part)))
                found.sites[self.place_of(part)] = None
                self.flow(parameter.cell, found.cell)

    def _field(self, node: Node, cls: Function, found: Property, name: str, *, is_static: bool) -> None:
        found.sites[self.place_of(node)] = None
        self.flow_all(self.promised(node.child_by_field_name("type")), found.cell)
        with self.at("definition"):
            self.decorate(node, cls)
        value = node.child_by_field_name("value")
        if value is not None:
            with self.inside(self._member_scope(cls, is_static=is_static)), self.at(None if is_static else "call"):
                self.flow_all(self.evaluate(value, name=name), found.cell)

    def key_of(self, node: Node) -> str | None:
        """The name under which a member is stored, None when it is computed of something unknown."""
        if node.type != "computed_property_name":
            known = literal(node)
            return text_of(node) if known is None else known
        inner = node.named_children[0] if node.named_children else node
        if text_of(inner) == "Symbol.iterator" or text_of(inner) == "Symbol.asyncIterator":
            return "@@iterator"
        self.evaluate(inner)
        return literal(inner)


def pattern_of(parameter: Node) -> Node:
    """The pattern of a parameter, without type and default."""
    pattern = parameter.child_by_field_name("pattern") or parameter
    if pattern.type == "assignment_pattern":
        pattern = pattern.child_by_field_name("left") or pattern
    return pattern
