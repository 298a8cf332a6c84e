"""The analysis of a whole project: every module walked, then linked to the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from execution.graph.javascript.declare import declare_vars
from execution.graph.javascript.environment import Environment
from execution.graph.javascript.exporting import Exports
from execution.graph.javascript.module import Module
from execution.graph.javascript.modules import ModulePaths
from execution.graph.javascript.syntax import is_module, is_script, parse
from execution.graph.javascript.values import (
    Cell,
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


class Program(Exports):
    """The whole project run to the fixed point; read ``references`` and ``calls``."""

    def __init__(self, sources: Mapping[str, bytes], configurations: Mapping[str, bytes] | None = None) -> None:
        super().__init__()
        scripts = sorted(path for path in sources if is_script(path))
        self.paths = ModulePaths(scripts, configurations or {})
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
                self.import_names(statement, module)
        declare_vars(self.scope, statements, self.path)
        try:
            self.block(statements)
            self.walk_bodies()
        except RecursionError:
            self.too_deep[self.path, 1] = None

    # -- linking -------------------------------------------------------------------------------------------------------

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
            self.flow_all(self.whole(module), cell)
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


def _as_import(use: Use) -> Use:
    return Use(use.runner, use.line, use.offset, "import", use.timing)
