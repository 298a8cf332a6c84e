"""What modules export, of their own or passed on from others."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from execution.graph.javascript.declare import declared_names, unwrapped
from execution.graph.javascript.importing import Imports
from execution.graph.javascript.module import Module
from execution.graph.javascript.statements import Statements
from execution.graph.javascript.syntax import has_word, literal, text_of
from execution.graph.javascript.values import Function, Link, Object, Site, Variable


class Exports(Imports):
    """``export`` in all its forms; CommonJS exports are assignments and need nothing of their own."""

    def _export(self, node: Node) -> None:
        source = node.child_by_field_name("source")
        module = self.modules[self.path]
        module.is_module = True
        if source is not None:
            self._pass_on(node, source, module)
            return
        declaration = unwrapped(node)
        if declaration is not node:
            self.statement(declaration)
            self._export_declared(declaration, is_default=has_word(node, "default"))
            return
        value = node.child_by_field_name("value")
        if value is not None:
            self._export_default(value)
            return
        for part in node.named_children:
            if part.type == "export_clause":
                self._export_list(part)
            elif has_word(node, "="):
                self.flow_all(self.evaluate(part), module.required)

    def _export_declared(self, declaration: Node, *, is_default: bool) -> None:
        if declaration.type in ("lexical_declaration", "variable_declaration"):
            names = [text_of(name) for name in declared_names(declaration)]
        else:
            names = [text_of(declaration.child_by_field_name("name")).split(".")[0]]
        for name in names:
            variable = self.scope.names.get(name)
            if variable is not None:
                self._export_variable("default" if is_default else name, variable)

    def _export_variable(self, name: str, variable: Variable) -> None:
        found = self.own(self.scope.exports or Object("module"), name)
        found.is_declared = True
        self.flow(variable.cell, found.cell)
        self.flow(variable.types, found.types)
        for site in variable.sites:
            self.place(found, site)

    def _export_default(self, value: Node) -> None:
        found = self.own(self.modules[self.path].namespace, "default")
        found.is_declared = True
        values = self.evaluate(value, name="default")
        self.flow_all(values, found.cell)
        for cell in values:
            for held in cell.values:
                if isinstance(held, Function) and held.kind == "class":
                    self.add(found.types, self.instance_of(held))
        variable = self.scope.find(text_of(value)) if value.type == "identifier" else None
        if variable is None:
            self.place(found, self.place_of(value))
            return
        self.flow(variable.types, found.types)
        if variable.link is not None:
            self.modules[self.path].passed_on["default"] = variable.link
        for site in variable.sites:
            self.place(found, site)

    def _export_list(self, clause: Node) -> None:
        """``export { a, b as c }`` of names of this module, which may be imported ones."""
        for part in clause.named_children:
            name = part.child_by_field_name("name")
            if name is None:
                continue
            exported = text_of(part.child_by_field_name("alias") or name).strip("'\"")
            variable = self.scope.find(text_of(name))
            if variable is None:
                continue
            self.need(variable, name, "data")
            self._export_variable(exported, variable)
            if variable.link is not None:
                self.modules[self.path].passed_on[exported] = variable.link

    def _pass_on(self, node: Node, source: Node, module: Module) -> None:
        target = self.paths.resolve(module.path, literal(source) or "")
        if target is None:
            return
        clause = next((part for part in node.named_children if part.type == "export_clause"), None)
        namespace = next((part for part in node.named_children if part.type == "namespace_export"), None)
        if clause is None and namespace is None:
            module.stars.append(target)
            self.refer(self.use(node, "import"), Site(target, 1, 0))
            return
        parts: Sequence[Node] = clause.named_children if clause is not None else [namespace] if namespace else []
        for part in parts:
            name = part.child_by_field_name("name")
            alias = part.child_by_field_name("alias") or name or next(iter(part.named_children), None)
            if alias is None or part.type == "comment":
                continue
            self._pass_on_name(part, text_of(alias).strip("'\""), Link(target, text_of(name) if name else None), module)

    def _pass_on_name(self, node: Node, name: str, link: Link, module: Module) -> None:
        module.passed_on[name] = link
        found = self.own(module.namespace, name)
        found.is_declared = True
        self.place(found, self.place_of(node))
        variable = Variable(name, self.scope.runner, is_global=True, link=link)
        self.linked.append((self.use(node, "import"), variable))
        if link.name is None:
            self.refer(self.use(node, "import"), Site(link.module, 1, 0))


Exports.statement_kinds = {**Statements.statement_kinds, "export_statement": Exports._export}
