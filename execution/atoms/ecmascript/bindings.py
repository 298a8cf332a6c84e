"""What a TypeScript or JavaScript file binds: patterns, variables, types, imports, and what it exports."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from execution.atoms.ecmascript.imports import imported_names, reexported_names, required_names
from execution.atoms.ecmascript.kinds import EXPORTS, PATTERNS
from execution.atoms.scopes import Scope
from execution.atoms.walking import NameWalk, Table


class Bindings(NameWalk):
    """What it notes is resolved when the whole file was walked: bytes say in which order things stand."""

    def __init__(self, root: Node, data: bytes, starts: Sequence[int], table: Table) -> None:
        self._bodies: list[tuple[int, Scope, str]] = []
        """Functions and classes with a body, by where they stand."""
        self._imports: list[tuple[int, str, str]] = []
        self._exports: list[tuple[int, str]] = []
        super().__init__(root, data, starts, table)

    def fields(self, node: Node, scope: Scope, *names: str) -> None:
        found = [node.child_by_field_name(name) for name in names]
        self.visit([child for child in found if child is not None], scope)

    def _named(self, name: Node, scope: Scope, *, has_body: bool) -> None:
        text, start = self.text(name), name.start_byte
        self.bind(text, scope, start)
        self.usages[self.piece_at(start)].definitions += 1
        if has_body:
            self._bodies.append((start, scope, text))

    def target(self, node: Node | None, scope: Scope) -> None:
        """Bind what a pattern names; defaults in it are read."""
        if node is None:
            return
        kind = node.type
        if kind in ("identifier", "shorthand_property_identifier_pattern"):
            self.bind_node(node, scope)
        elif kind == "pair_pattern":
            self.target(node.child_by_field_name("value"), scope)
            key = node.child_by_field_name("key")
            if key is not None and key.type == "computed_property_name":
                self.visit([key], scope)
        elif kind in PATTERNS:
            for child in node.named_children:
                self.target(child, scope)
        elif kind in ("assignment_pattern", "object_assignment_pattern"):
            self.target(node.child_by_field_name("left"), scope)
            self.fields(node, scope, "right")
        else:
            self.visit([node], scope)

    def _variables(self, node: Node, scope: Scope) -> None:
        home = scope
        if node.type == "variable_declaration":
            while home.kind == "block" and home.parent is not None:
                home = home.parent
        for declarator in node.named_children:
            if declarator.type != "variable_declarator":
                continue
            name, *others = declarator.named_children
            self.target(name, home)
            if home is self.module:
                start = declarator.start_byte
                self._imports.extend((start, bound, statement) for bound, statement in required_names(declarator))
            self.visit(others, scope)

    def _parameter(self, node: Node, scope: Scope) -> None:
        """A parameter outside a function: the label of a member of a tuple."""
        pattern = node.child_by_field_name("pattern") or node.child_by_field_name("name")
        self.visit_but(node, scope, pattern)

    def _type_parameter(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name") or node.named_children[0]
        self.bind_node(name, scope)
        self.visit_but(node, scope, name)

    def _type_alias(self, node: Node, scope: Scope) -> None:
        inner = Scope("block", scope)
        name = node.child_by_field_name("name")
        if name is not None:
            self._named(name, scope, has_body=False)
        self.visit_but(node, inner, name)

    def _import(self, node: Node, scope: Scope) -> None:
        for specifier, bound, statement in imported_names(node):
            start = specifier.start_byte
            self.bind(bound, scope, start)
            self._imports.append((start, bound, statement))

    def _import_alias(self, node: Node, scope: Scope) -> None:
        name, *rest = node.named_children
        self.bind_node(name, scope)
        self.visit(rest, scope)

    def _export(self, node: Node, scope: Scope) -> None:
        if node.child_by_field_name("source") is not None:
            for specifier, bound in reexported_names(node):
                self._exports.append((specifier.start_byte, bound))
            return
        value = node.child_by_field_name("value")
        if value is not None:
            self._exports.append((value.start_byte, "default"))
        self.visit(node.named_children, scope)

    def _export_specifier(self, node: Node, scope: Scope) -> None:
        name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
        self._exports.append((node.start_byte, self.text(alias or name)))
        self.fields(node, scope, "name")

    def _assignment(self, node: Node, scope: Scope) -> None:
        start = node.start_byte
        if self._data.startswith(EXPORTS, start):
            left = node.child_by_field_name("left")
            if left is not None and left.type == "member_expression":
                name = self.text(left).removeprefix("module.").removeprefix("exports.")
                self._exports.append((start, name))
        self.visit(node.named_children, scope)
