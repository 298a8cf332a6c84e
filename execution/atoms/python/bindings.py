"""What a Python file binds apart from its definitions: targets, imports, patterns of ``match``."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from execution.atoms.python.kinds import PATTERNS, TARGETS
from execution.atoms.scopes import Scope
from execution.atoms.walking import NameWalk, Table


class Bindings(NameWalk):
    """What it notes is resolved when the whole file was walked: bytes say in which order things stand."""

    def __init__(self, root: Node, data: bytes, starts: Sequence[int], table: Table) -> None:
        self._imports: list[tuple[int, str, str]] = []
        super().__init__(root, data, starts, table)

    def _bind_target(self, node: Node | None, scope: Scope) -> None:
        if node is None:
            return
        kind = node.type
        if kind == "identifier":
            self.bind_node(node, scope)
        elif kind in PATTERNS:
            for child in node.named_children:
                self._bind_target(child, scope)
        else:
            self.visit([node], scope)

    def _assignment(self, node: Node, scope: Scope) -> None:
        left, *others = node.named_children
        self.visit(others, scope)
        if left.type not in TARGETS:
            self.usages[self.piece(left)].effects += 1
        self._bind_target(left, scope)

    def _augmented(self, node: Node, scope: Scope) -> None:
        left = node.child_by_field_name("left")
        if left is not None and left.type == "identifier":
            self.read(left)
        self._assignment(node, scope)

    def _walrus(self, node: Node, scope: Scope) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if value is not None:
            self.visit([value], scope)
        if name is not None:
            self.bind_node(name, scope)

    def _loop(self, node: Node, scope: Scope) -> None:
        left = node.child_by_field_name("left")
        self.visit([child for child in node.named_children if child != left], scope)
        self._bind_target(left, scope)

    def _as_pattern(self, node: Node, scope: Scope) -> None:
        alias = node.child_by_field_name("alias")
        if alias is None and node.named_children[-1].type == "identifier":
            alias = node.named_children[-1]
        for child in node.named_children:
            if child != alias:
                self.visit([child], scope)
        if alias is not None:
            targets = alias.named_children if alias.type == "as_pattern_target" else [alias]
            for target in targets:
                self._bind_target(target, scope)

    def _declaration(self, node: Node, scope: Scope) -> None:
        for child in node.named_children:
            text = self.text(child)
            if node.type == "global_statement":
                self.declare_global(text, scope)
                self.usages[self.piece(child)].globals.add(text)
            else:
                self.declare_nonlocal(text, scope)

    def _import(self, node: Node, scope: Scope) -> None:
        module = node.child_by_field_name("module_name")
        source = "__future__" if node.type == "future_import_statement" else self.text(module)
        for child in node.named_children:
            if child == module:
                continue
            if child.type == "wildcard_import":
                self.has_star_import = True
                self.usages[self.piece(child)].has_star_import = True
                continue
            name = child.child_by_field_name("name") if child.type == "aliased_import" else child
            alias = child.child_by_field_name("alias") if child.type == "aliased_import" else None
            if name is None or name.type != "dotted_name":
                continue
            dotted = self.text(name)
            bound = self.text(alias) if alias is not None else dotted.split(".")[0]
            self.bind(bound, scope, child.start_byte)
            renamed = f" as {bound}" if alias is not None else ""
            statement = f"from {source} import {dotted}{renamed}" if source else f"import {dotted}{renamed}"
            self._imports.append((child.start_byte, bound, statement))

    def _case_pattern(self, node: Node, scope: Scope) -> None:
        self._case_children(node.named_children, scope)

    def _class_pattern(self, node: Node, scope: Scope) -> None:
        head, *rest = node.named_children
        self.read(head.named_children[0])
        self.visit(rest, scope)

    def _keyword_pattern(self, node: Node, scope: Scope) -> None:
        self._case_children(node.named_children[1:], scope)

    def _case_children(self, nodes: Sequence[Node], scope: Scope) -> None:
        for child in nodes:
            if child.type == "dotted_name" and len(child.named_children) == 1:
                self.bind_node(child, scope)
            elif child.type == "dotted_name":
                self.read(child.named_children[0])
            elif child.type == "splat_pattern":
                for part in child.named_children:
                    self._bind_target(part, scope)
            else:
                self.visit([child], scope)
