"""What import statements bring into a scope."""

from __future__ import annotations

import ast

from execution.graph.python.project import absolute_name
from execution.graph.python.targets import Targets
from execution.graph.python.values import Module, Scope


class Imports(Targets):
    """Every form; a package without a file gets a stand-in."""

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            module = self.module_named(alias.name)
            if module is not None:
                self.refer(node.lineno, module.scope.path, 1, "import")
            top = alias.name if alias.asname else alias.name.split(".")[0]
            self._link_submodules(alias.name)
            found = self.module_named(top)
            if found is None and not alias.asname and module is not None:
                found = self.namespace(top)
            if found is not None:
                self.bind_name(alias.asname or top, [found])

    def _link_submodules(self, dotted: str) -> None:
        """``import a.b.c`` makes ``b`` an attribute of ``a``."""
        parts = dotted.split(".")
        for depth in range(1, len(parts)):
            parent, child = self.namespace(".".join(parts[:depth])), self.namespace(".".join(parts[: depth + 1]))
            if parent is not None and child is not None:
                self.add(parent.scope.cell(parts[depth]), [child])

    def namespace(self, name: str) -> Module | None:
        """A module, or the stand-in for a package without a file of its own."""
        found = self.module_named(name) or self.modules.get(f"namespace:{name}")
        if found is None and self.names.is_package_prefix(name):
            scope = Scope("module", name, "", name, None, ast.Module(body=[], type_ignores=[]))
            found = self.modules[f"namespace:{name}"] = Module(scope, name)
        return found

    def _import_from(self, node: ast.ImportFrom) -> None:
        name = absolute_name(self.runner.path, node.level, node.module)
        module = self.module_named(name) or self.namespace(name)
        for alias in node.names:
            line = alias.lineno
            if alias.name == "*":
                self._star(module, line)
                continue
            bound = alias.asname or alias.name
            submodule = self.module_named(f"{name}.{alias.name}")
            cell = None if module is None or module.scope is self.runner else module.scope.cells.get(alias.name)
            if cell is not None:
                for site in cell.sites:
                    self.refer(line, site.path, site.line, "import")
                if not cell.sites and submodule is not None:  # an attribute only because somebody imported it
                    self.refer(line, submodule.scope.path, 1, "import")
                self.bind_name(bound, self.read(cell))
            elif submodule is not None:
                self.refer(line, submodule.scope.path, 1, "import")
                self.bind_name(bound, [submodule])

    def _star(self, module: Module | None, line: int) -> None:
        if module is None:
            return
        for name, cell in list(module.scope.cells.items()):
            own = self.runner.cells.get(name)
            if own is None or not any(site.line == line and site.symbol == name for site in own.sites):
                continue
            for site in cell.sites:
                self.refer(line, site.path, site.line, "import")
            self.add(own, self.read(cell))
