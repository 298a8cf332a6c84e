"""What modules import and require."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from execution.graph.javascript.declare import bind
from execution.graph.javascript.module import Module
from execution.graph.javascript.modules import ModulePaths
from execution.graph.javascript.statements import Statements
from execution.graph.javascript.syntax import literal, text_of
from execution.graph.javascript.values import Cell, Cells, Link, Site


class Imports(Statements):
    """Names bound by ``import`` and ``require``; they are linked to what they name when all modules are walked."""

    paths: ModulePaths
    modules: dict[str, Module]

    def whole(self, module: Module) -> Cells:
        """What the module gives as a whole, to either way of importing."""
        return (self.holding(module.namespace), module.required)

    def import_names(self, node: Node, module: Module) -> None:
        module.is_module = True
        required = next((child for child in node.named_children if child.type == "import_require_clause"), None)
        source = (required or node).child_by_field_name("source")
        specifier = literal(source) if source is not None else None
        target = self.paths.resolve(module.path, specifier) if specifier is not None else None
        bound = list(_imported(node))
        for place, name, symbol in bound:
            variable = bind(module.scope, name, module.path)
            if target is not None:
                variable.link = Link(target, symbol)
                self.linked.append((self.use(place, "import"), variable))
        if target is not None and not any(symbol for _, _, symbol in bound):
            self.refer(self.use(node, "import"), Site(target, 1, 0))

    def module_called(self, function: Node, arguments: Node | None) -> Cells | None:
        is_require = function.type == "identifier" and text_of(function) == "require"
        if not (is_require and self.scope.find("require") is None) and function.type != "import":
            return None
        first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
        specifier = literal(first) if first is not None else None
        target = self.paths.resolve(self.path, specifier) if specifier is not None else None
        if target is None:
            if specifier is not None and specifier.removeprefix("node:") == "util":
                return (self.utilities(),)
            return ()
        self.refer(self.use(function, "import"), Site(target, 1, 0))
        return self.whole(self.modules[target])

    def link_required(self, target: Node, call: Node) -> None:
        function, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
        if function is None or text_of(function) != "require" or arguments is None or not arguments.named_children:
            return
        module = self.paths.resolve(self.path, literal(arguments.named_children[0]) or "")
        if module is None:
            return
        for name, symbol in _required(target):
            variable = self.scope.names.get(name)
            if variable is not None and variable.is_constant:
                variable.link = Link(module, symbol)

    def utilities(self) -> Cell:
        """The module ``util``, for its ``inherits``."""
        return self.native("util")


def _imported(node: Node) -> Iterator[tuple[Node, Node, str | None]]:
    """(place, local name, name in the other module) of an import statement; None for the module as a whole."""
    for child in node.named_children:
        if child.type == "import_require_clause":
            yield child, child.named_children[0], None
        if child.type != "import_clause":
            continue
        for part in child.named_children:
            if part.type == "identifier":
                yield part, part, "default"
            elif part.type == "namespace_import":
                yield part, part.named_children[0], None
            elif part.type == "named_imports":
                for specifier in part.named_children:
                    name = specifier.child_by_field_name("name")
                    if name is not None:
                        local = specifier.child_by_field_name("alias") or name
                        yield specifier, local, text_of(name).strip("'\"")


def _required(target: Node) -> Iterator[tuple[str, str | None]]:
    """(local name, name in the other module) of the pattern that takes up a module."""
    if target.type == "identifier":
        yield text_of(target), None
    for part in target.named_children if target.type == "object_pattern" else ():
        if part.type == "shorthand_property_identifier_pattern":
            yield text_of(part), text_of(part)
        elif part.type == "pair_pattern":
            key, value = part.child_by_field_name("key"), part.child_by_field_name("value")
            if key is not None and value is not None and value.type == "identifier":
                yield text_of(value), text_of(key)
