"""Modules: what they import, export and require; and the analysis of a whole project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tree_sitter import Node

from execution.graph.javascript.declare import bind, declare_vars, declared_names, unwrapped
from execution.graph.javascript.environment import Environment
from execution.graph.javascript.modules import ModulePaths
from execution.graph.javascript.statements import Statements
from execution.graph.javascript.syntax import has_word, is_module, is_script, literal, parse, text_of
from execution.graph.javascript.values import (
    Cell,
    Cells,
    Function,
    Link,
    Object,
    Property,
    Runner,
    Scope,
    Site,
    Use,
    Value,
    Variable,
)


@dataclass(slots=True, eq=False)
class Module:
    """``namespace`` holds what ECMAScript exports, ``required`` what CommonJS gives."""

    path: str
    root: Node
    scope: Scope
    namespace: Object = field(default_factory=lambda: Object("module"))
    required: Cell = field(default_factory=Cell)
    passed_on: dict[str, Link] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    is_module: bool = False
    """Whether its names are its own; a script's are everybody's."""


class Program(Statements):
    """The whole project run to the fixed point; read ``references`` and ``calls``."""

    def __init__(self, sources: Mapping[str, bytes], configurations: Mapping[str, bytes] | None = None) -> None:
        super().__init__()
        scripts = sorted(path for path in sources if is_script(path))
        self._paths = ModulePaths(scripts, configurations or {})
        self._trees = {path: parse(path, sources[path]) for path in scripts}
        self.modules = {path: self._module(path) for path in scripts}
        for module in self.modules.values():
            self._walk(module)
        for module in self.modules.values():
            self._link(module)
        self._share()
        self.settle()
        for use, variable in self.linked:
            self._follow(use, variable)

    def _module(self, path: str) -> Module:
        runner = Runner(path, None, "import")
        around = Scope(None, runner)
        scope = Scope(around, runner, is_global=True, is_function=True)
        root = self._trees[path].root_node
        module = Module(path, root, scope, is_module=is_module(root.text or b""))
        scope.exports = module.namespace
        exports, holder = Object("object"), Object("object")
        self.add(around.variable("exports").cell, exports)
        self.add(around.variable("module").cell, holder)
        for name in ("exports", "module"):
            around.names[name].is_constant = True
        self.add(self.own(holder, "exports").cell, exports)
        self.flow(self.own(holder, "exports").cell, module.required)
        scope.this = (around.names["exports"].cell,)
        return module

    def _walk(self, module: Module) -> None:
        self.path, self.scope, self.environment, self.timing = module.path, module.scope, Environment(self), None
        statements = module.root.named_children
        for statement in statements:
            if statement.type == "import_statement":
                self._import(statement, module)
        declare_vars(self.scope, statements, self.path)
        try:
            self.block(statements)
            self.walk_bodies()
        except RecursionError:
            self.too_deep[self.path, 1] = None

    # -- imports -------------------------------------------------------------------------------------------------------

    def _import(self, node: Node, module: Module) -> None:
        module.is_module = True
        required = next((child for child in node.named_children if child.type == "import_require_clause"), None)
        source = (required or node).child_by_field_name("source")
        specifier = literal(source) if source is not None else None
        target = self._paths.resolve(module.path, specifier) if specifier is not None else None
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
        target = self._paths.resolve(self.path, specifier) if specifier is not None else None
        if target is None:
            if specifier is not None and specifier.removeprefix("node:") == "util":
                return (self.utilities(),)
            return ()
        self.refer(self.use(function, "import"), Site(target, 1, 0))
        return self._whole(self.modules[target])

    def link_required(self, target: Node, call: Node) -> None:
        function, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
        if function is None or text_of(function) != "require" or arguments is None or not arguments.named_children:
            return
        module = self._paths.resolve(self.path, literal(arguments.named_children[0]) or "")
        if module is None:
            return
        for name, symbol in _required(target):
            variable = self.scope.names.get(name)
            if variable is not None and variable.is_constant:
                variable.link = Link(module, symbol)

    def utilities(self) -> Cell:
        """The module ``util``, for its ``inherits``."""
        return self.native("util")

    def _whole(self, module: Module) -> Cells:
        return (self.holding(module.namespace), module.required)

    def _link(self, module: Module) -> None:
        for name, link in module.passed_on.items():
            found = self.own(module.namespace, name)
            self._connect(link, found.cell, found.types)
        for target in module.stars:
            self.add(module.namespace.prototypes, self.modules[target].namespace)
        todo = [module.scope]
        for scope in todo:
            for variable in scope.names.values():
                if variable.link is not None:
                    self._connect(variable.link, variable.cell, variable.types)

    def _share(self) -> None:
        """Scripts see each other's names."""
        for module in self.modules.values():
            for name, variable in module.scope.names.items():
                if not module.is_module and name in self.shared:
                    self.flow(variable.cell, self.shared[name].cell)
                    self.shared[name].sites.update(variable.sites)

    def _connect(self, link: Link, cell: Cell, types: Cell) -> None:
        module = self.modules[link.module]
        if link.name is None:
            self.flow_all(self._whole(module), cell)
            return
        found = self.exported(link.module, link.name)
        if found is not None:
            self.flow(found.cell, cell)
            self.flow(found.types, types)
        elif link.name == "default":
            self.flow(module.required, cell)
        else:
            self.flow(self.load((module.required,), link.name, None), cell)

    def exported(self, path: str, name: str, seen: frozenset[str] = frozenset()) -> Property | None:
        """What a module exports under a name, its own or passed on by a star."""
        module = self.modules[path]
        if name in module.namespace.properties:
            return module.namespace.properties[name]
        for target in module.stars if name != "default" else ():
            found = self.exported(target, name, seen | {path}) if target not in seen else None
            if found is not None:
                return found
        return None

    def _follow(self, use: Use, variable: Variable) -> None:
        """An imported name needs its import, and what that leads to in the end."""
        is_import = use.type == "import"
        if not is_import:
            for site in variable.sites:
                self.refer(use if variable.link is None else _as_import(use), site)
        link = variable.link
        if link is None or link.name is None:
            return
        final = dict.fromkeys(self._final(link))
        if is_import:
            final = dict.fromkeys(self._named_in(link)) or final
        for site in final:
            self.refer(use, site)

    def _named_in(self, link: Link) -> list[Site]:
        """Where the module named in the import has it, be that an import again."""
        found = self.exported(link.module, link.name or "")
        return list(found.sites) if found is not None else []

    def _final(self, link: Link, seen: frozenset[tuple[str, str]] = frozenset()) -> Iterator[Site]:
        name = link.name or ""
        module = self.modules[link.module]
        if (link.module, name) in seen:
            return
        seen |= {(link.module, name)}
        if name in module.passed_on:
            further = module.passed_on[name]
            if further.name is not None:
                yield from self._final(further, seen)
            return
        if name in module.namespace.properties:
            yield from module.namespace.properties[name].sites
            return
        for target in module.stars:
            if self.exported(target, name) is not None:
                yield from self._final(Link(target, name), seen)
        if not module.stars:
            yield from self._given_by_commonjs(module, name)

    def _given_by_commonjs(self, module: Module, name: str) -> Iterator[Site]:
        values: list[Value] = list(module.required.values)
        holders = [value for value in values if isinstance(value, Object) and name in value.properties]
        if name != "default":
            values = [value for holder in holders for value in holder.properties[name].cell.values]
        functions = [value.site for value in values if isinstance(value, Function) and value.site is not None]
        if functions or name == "default":
            yield from functions
        else:
            for holder in holders:
                yield from holder.properties[name].sites

    # -- exports -------------------------------------------------------------------------------------------------------

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
        target = self._paths.resolve(module.path, literal(source) or "")
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


def _as_import(use: Use) -> Use:
    return Use(use.runner, use.line, use.offset, "import", use.timing)


Program.statement_kinds = {**Statements.statement_kinds, "export_statement": Program._export}
