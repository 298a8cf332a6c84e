"""Types: what they refer to, and the instances that they promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tree_sitter import Node

from execution.graph.javascript.names import Names
from execution.graph.javascript.syntax import line_of, text_of
from execution.graph.javascript.values import Cell, Cells, Function, Object, Site, Variable

TRANSPARENT = frozenset(
    "Promise PromiseLike Awaited Readonly Partial Required NonNullable Ref MutableRefObject RefObject InstanceType "
    "Pick Omit Extract Exclude DeepPartial Observable Signal".split()
)
LISTS = frozenset(
    "Array ReadonlyArray Set ReadonlySet Map ReadonlyMap WeakMap Record Iterable AsyncIterable Iterator AsyncIterator "
    "Generator AsyncGenerator".split()
)
YIELDING = frozenset("Generator AsyncGenerator Iterator AsyncIterator".split())


class Types(Names):
    """Nothing of this is there at run time."""

    def promised(self, node: Node | None) -> Cells:
        """Instances that a type stands for; the names in it are needed by the type checker."""
        if node is None:
            return ()
        with self.at("checking"):
            return self._promised(node)

    def _promised(self, node: Node) -> Cells:
        handler = HANDLERS.get(node.type)
        if handler is not None:
            return handler(self, node)
        for child in node.named_children:
            self._promised(child)
        return ()

    def _all(self, node: Node) -> Cells:
        return tuple(cell for child in node.named_children for cell in self._promised(child))

    def _no_type(self, node: Node) -> Cells:
        return ()

    def _name(self, node: Node) -> Cells:
        variable = self.scope.find(text_of(node))
        if variable is None:
            return ()
        self.need(variable, node, "type")
        return (variable.types,)

    def _nested_name(self, node: Node) -> Cells:
        parts = node.named_children
        holders = self._namespace(parts[0])
        return (self.load(holders, text_of(parts[-1]), self.use(node, "type"), types=True),)

    def _namespace(self, node: Node) -> Cells:
        if node.type in ("identifier", "type_identifier"):
            return self.read_name(text_of(node), node, "type")
        parts = node.named_children
        if not parts:
            return ()
        return (self.load(self._namespace(parts[0]), text_of(parts[-1]), self.use(node, "type")),)

    def _generic(self, node: Node) -> Cells:
        head = node.child_by_field_name("name") or node.named_children[0]
        arguments = node.child_by_field_name("type_arguments")
        given = [self._promised(part) for part in arguments.named_children] if arguments is not None else []
        name = text_of(head).rpartition(".")[2]
        own = self._promised(head)
        if name in TRANSPARENT:
            return (*own, *(given[0] if given else ()))
        if name in LISTS and given:
            return (*own, self._list_of(given[0] if name in YIELDING else given[-1]))
        return own

    def _list(self, node: Node) -> Cells:
        return (self._list_of(self._all(node)),)

    def _list_of(self, cells: Cells) -> Cell:
        found = Object("array")
        self.flow_all(cells, found.others)
        return self.holding(found)

    def _query(self, node: Node) -> Cells:
        return self._namespace(node.named_children[0]) if node.named_children else ()

    def _function_type(self, node: Node) -> Cells:
        return (self.holding(self.signature(node)),)

    def _object_type(self, node: Node) -> Cells:
        found = Object("instance")
        self.declare_members(found, node)
        return (self.holding(found),)

    def signature(self, node: Node) -> Function:
        """A function that is known only by its type."""
        function = Function("function", is_arrow=True)
        self.parameter_types(node)
        returned = node.child_by_field_name("return_type") or node.child_by_field_name("type")
        self.flow_all(self.promised(returned), function.returns)
        return function

    def parameter_types(self, node: Node) -> None:
        parameters = node.child_by_field_name("parameters")
        for parameter in parameters.named_children if parameters is not None else ():
            self.promised(parameter.child_by_field_name("type"))

    def declare_members(self, holder: Object, body: Node) -> None:
        """What an interface or an object type says of its members."""
        for member in body.named_children:
            name = member.child_by_field_name("name")
            if name is None:
                self._promised(member)
                continue
            found = self.own(holder, text_of(name).strip("'\""))
            found.is_erased = True
            found.sites[Site(self.path, line_of(name), name.start_byte)] = None
            if member.type == "method_signature":
                self.add(found.cell, self.signature(member))
            else:
                self.flow_all(self.promised(member.child_by_field_name("type")), found.cell)

    def declare_type(self, node: Node, variable: Variable) -> None:
        """``interface`` or ``type``."""
        body = node.child_by_field_name("body")
        if node.type == "type_alias_declaration" or body is None:
            self.flow_all(self.promised(node.child_by_field_name("value")), variable.types)
            return
        instance = next((value for value in variable.types.values if isinstance(value, Object)), None)
        if instance is None:
            instance = Object("instance")
            self.add(variable.types, instance)
        with self.at("checking"):
            for child in node.named_children:
                if child.type in ("extends_type_clause", "extends_clause"):
                    self.flow_all(self._all(child), instance.prototypes)
            self.declare_members(instance, body)


HANDLERS: Mapping[str, Callable[[Types, Node], Cells]] = {
    "type_identifier": Types._name,
    "identifier": Types._name,
    "nested_type_identifier": Types._nested_name,
    "nested_identifier": Types._nested_name,
    "member_expression": Types._nested_name,
    "generic_type": Types._generic,
    "array_type": Types._list,
    "tuple_type": Types._list,
    "union_type": Types._all,
    "intersection_type": Types._all,
    "parenthesized_type": Types._all,
    "readonly_type": Types._all,
    "optional_type": Types._all,
    "rest_type": Types._all,
    "type_annotation": Types._all,
    "type_arguments": Types._all,
    "type_query": Types._query,
    "function_type": Types._function_type,
    "object_type": Types._object_type,
    "predefined_type": Types._no_type,
    "literal_type": Types._no_type,
    "property_identifier": Types._no_type,
    "comment": Types._no_type,
}
"""Of kinds not listed only the names count."""
