"""Loading and binding names, and members of modules, classes and instances."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from execution.graph.model import EdgeType
from execution.graph.python.machine import Machine
from execution.graph.python.values import Bound, Cell, Class, Function, Instance, Module, Scope, Site, Super, Value


class Names(Machine):
    """Every load notes what it refers to."""

    def home_of(self, name: str) -> Scope | None:
        """The scope that binds ``name`` as seen from here."""
        scope: Scope | None = self.scope
        while scope is not None:
            if name in scope.elsewhere:
                return scope.elsewhere[name]
            if name in scope.cells and (scope.kind != "class" or scope is self.runner):
                return scope
            scope = scope.parent
        return None

    def load_name(self, name: str, line: int, *, called: bool = False, as_type: bool = False) -> list[Value]:
        home = self.home_of(name)
        if home is None or name not in home.cells:
            return []
        cell = home.cells[name]
        if home.kind in ("module", "class"):
            sites = list(cell.sites)
            if home is self.runner:
                sites = [site for site in sites if site.line <= line] or sites
            self.refer_to(sites, line, called=called, as_type=as_type)
        else:
            brought = [site for site in cell.sites if site.kind == "import"]
            self.refer_to(brought, line, called=called, as_type=as_type)
        return self.read(cell)

    def refer_to(self, sites: Sequence[Site], line: int, *, called: bool = False, as_type: bool = False) -> None:
        type_: EdgeType = "type" if as_type else "control" if called else "data"
        for site in sites:
            if site.kind == "import":
                self.refer(line, site.path, site.line, "import")
                for final in self.final_sites(site):
                    self.refer(line, final.path, final.line, _of_site(final, type_))
            else:
                self.refer(line, site.path, site.line, _of_site(site, type_))

    def bind_name(self, name: str, values: list[Value]) -> None:
        scope = self.scope
        while scope.kind == "comprehension" and name not in scope.cells and scope.parent is not None:
            scope = scope.parent
        scope = scope.elsewhere.get(name, scope)
        self.add(scope.cell(name), values)

    def load_attribute(self, node: ast.Attribute, *, called: bool = False, as_type: bool = False) -> list[Value]:
        found: list[Value] = []
        for holder in self.evaluate(node.value):
            found.extend(self.attribute(holder, node.attr, node.lineno, called=called, as_type=as_type))
        return list(dict.fromkeys(found))

    def attribute(
        self, holder: Value, name: str, line: int, *, called: bool = False, as_type: bool = False
    ) -> list[Value]:
        if isinstance(holder, Module):
            return self._module_attribute(holder, name, line, called=called, as_type=as_type)
        if isinstance(holder, Instance):
            return self._member(holder.cls.linearised(), holder, name, line, called=called, as_type=as_type)
        if isinstance(holder, Class):
            return self._member(holder.linearised(), holder, name, line, called=called, as_type=as_type)
        if isinstance(holder, Super):
            cls = holder.receiver.cls if isinstance(holder.receiver, Instance) else holder.receiver
            order = cls.linearised()
            after = order[order.index(holder.cls) + 1 :] if holder.cls in order else holder.cls.linearised()[1:]
            return self._member(after, holder.receiver, name, line, called=called, as_type=as_type)
        return []

    def _module_attribute(self, module: Module, name: str, line: int, *, called: bool, as_type: bool) -> list[Value]:
        cell = module.scope.cells.get(name)
        if cell is not None:
            self.refer_to(list(cell.sites), line, called=called, as_type=as_type)
            return self.read(cell)
        submodule = self.module_named(f"{module.name}.{name}")
        return [] if submodule is None else [submodule]

    def _member(
        self,
        order: Sequence[Class],
        receiver: Instance | Class,
        name: str,
        line: int,
        *,
        called: bool = False,
        as_type: bool = False,
    ) -> list[Value]:
        """A member looked up along the resolution order: the first class that has it; instance attributes of all."""
        found: list[Value] = []
        for cls in order:
            cls.bases.readers[self.runner] = None
            own = cls.attributes.get(name) if isinstance(receiver, Instance) else None
            if own is not None and (own.sites or own.values):
                self.refer_to(list(own.sites), line, called=called, as_type=as_type)
                found.extend(self.read(own))
            cell = cls.scope.cells.get(name)
            if cell is None:
                continue
            self.refer_to(list(cell.sites), line, called=called, as_type=as_type)
            for value in self.read(cell):
                found.extend(self._bind(value, receiver, line))
            return found
        for cls in order:
            cls.attribute(name).readers[self.runner] = None
        return found

    def _bind(self, value: Value, receiver: Instance | Class, line: int) -> list[Value]:
        if not isinstance(value, Function):
            return [value]
        if value.wrapper == "property" and isinstance(receiver, Instance):
            return self._read_property(value, receiver)
        if value.wrapper == "static" or (isinstance(value.node, ast.Lambda) and isinstance(receiver, Class)):
            return [value]
        if value.wrapper == "class":
            return [Bound(value, receiver.cls if isinstance(receiver, Instance) else receiver)]
        return [Bound(value, receiver)] if isinstance(receiver, Instance) else [value]

    def _read_property(self, function: Function, receiver: Instance) -> list[Value]:
        """An attribute to who reads it: needed as data, no call."""
        if function.positional:
            self.add(function.scope.cell(function.positional[0].arg), [receiver])
        return self.read(function.returns)

    def assign_attribute(self, target: ast.Attribute, values: list[Value]) -> None:
        for holder in self.evaluate(target.value):
            if isinstance(holder, Instance):
                cell = holder.cls.attribute(target.attr)
                cell.sites[Site(self.runner.path, target.lineno, "assignment")] = None
                self.add(cell, values)
            elif isinstance(holder, (Class, Module)):
                self.add(holder.scope.cell(target.attr), values)
                self._note_site(holder.scope.cell(target.attr), target.lineno)

    def _note_site(self, cell: Cell, line: int) -> None:
        """An attribute set from outside has a site only if nothing defines it: patching an existing one is no need."""
        if not cell.sites:
            cell.sites[Site(self.runner.path, line, "assignment")] = None


def _of_site(site: Site, type_: EdgeType) -> EdgeType:
    """To call what a name was assigned needs the assignment as data; the call itself is an edge of its own."""
    return "data" if site.kind == "assignment" and type_ == "control" else type_
