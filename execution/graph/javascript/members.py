"""Properties: looked up along prototypes, assigned, defined; and the references that each look-up notes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace

from execution.graph.javascript.flow import Flow
from execution.graph.javascript.values import (
    Cell,
    Cells,
    Function,
    Native,
    Object,
    Property,
    Site,
    Text,
    Use,
    Value,
)
from execution.graph.reference import Reference

ITERATOR = "@@iterator"


class Members(Flow, ABC):
    """Objects and what is in them."""

    def __init__(self) -> None:
        super().__init__()
        self.references: dict[Reference, None] = {}
        self._copied: set[tuple[int, int]] = set()

    # -- references ----------------------------------------------------------------------------------------------------

    def refer(self, use: Use, site: Site) -> None:
        type_ = "data" if site.is_assignment and use.type == "control" else use.type
        self.references[
            Reference(use.runner.path, use.line, site.path, site.line, type_, use.timing, use.offset, site.offset)
        ] = None

    def note(self, use: Use, found: Property) -> None:
        """``use`` refers to all places of a property, also those that are found later."""
        if found.is_erased:
            use = replace(use, type="type", timing="checking")
        found.uses.append(use)
        for site in found.sites:
            self.refer(use, site)

    def place(self, found: Property, site: Site) -> None:
        if site not in found.sites:
            found.sites[site] = None
            for use in found.uses:
                self.refer(use, site)

    # -- properties ----------------------------------------------------------------------------------------------------

    def own(self, holder: Object, name: str) -> Property:
        found = holder.properties.get(name)
        if found is None:
            found = holder.properties[name] = Property()
            if holder.everything is not None:
                self.flow(found.cell, holder.everything)
            if name == "prototype" and isinstance(holder, Function) and not holder.is_arrow:
                self._watch_prototype(holder, found)
        return found

    def _watch_prototype(self, function: Function, found: Property) -> None:
        def mark(value: Value) -> None:
            if isinstance(value, Object):
                value.constructs = value.constructs or function
                self.add(self.own(value, "constructor").cell, function)

        self.add(found.cell, Object("object"))
        self.watch(found.cell, mark)

    def instance_of(self, function: Function) -> Object:
        """The object that stands for everything ``new function()`` makes."""
        if function.instance is None:
            function.instance = Object("instance")
            self.flow(self.own(function, "prototype").cell, function.instance.prototypes)
        return function.instance

    def everything_in(self, holder: Object) -> Cell:
        """All that the object holds, under whatever key."""
        if holder.everything is None:
            holder.everything = Cell()
            self.flow(holder.others, holder.everything)
            for found in holder.properties.values():
                self.flow(found.cell, holder.everything)
        return holder.everything

    # -- looking up ----------------------------------------------------------------------------------------------------

    def load(self, holders: Cells, name: str, use: Use | None, *, types: bool = False) -> Cell:
        """What ``holder.name`` may be, noted as needed by ``use``; as a type, what it stands for."""
        result = Cell()
        seen: set[int] = set()
        for holder in holders:
            self.watch(holder, lambda value: self.member(value, name, result, use, types=types, seen=seen))
        return result

    def member(
        self,
        holder: Value,
        name: str,
        result: Cell,
        use: Use | None,
        *,
        types: bool = False,
        receiver: Value | None = None,
        seen: set[int] | None = None,
    ) -> None:
        """Look up in one holder and, as long as nothing is found, in its prototypes; each is ``seen`` once."""
        receiver = holder if receiver is None else receiver
        seen = set() if seen is None else seen
        if not isinstance(holder, Object):
            self._native_member(holder, name, result)
            return
        if id(holder) in seen:
            return
        seen.add(id(holder))
        found = self.own(holder, name)
        if use is not None:
            self.note(use, found)
        self.flow(found.types if types else found.cell, result)
        self.flow(holder.others, result)
        self.watch(found.getters, lambda getter: self._get(getter, receiver, result, use))
        if not found.is_declared:
            self.otherwise(
                found.cell,
                lambda: self._go_up(holder, name, result, use, types=types, receiver=receiver, seen=seen),
            )

    def _go_up(
        self,
        holder: Object,
        name: str,
        result: Cell,
        use: Use | None,
        *,
        types: bool,
        receiver: Value,
        seen: set[int],
    ) -> None:
        def above(value: Value) -> None:
            self.member(value, name, result, use, types=types, receiver=receiver, seen=seen)

        self.watch(holder.prototypes, above)
        self._native_member(holder, name, result)

    def _get(self, getter: Value, receiver: Value, result: Cell, use: Use | None) -> None:
        if isinstance(getter, Function):
            self.enter(getter, receiver, (), use)
            self.flow(getter.returns, result)

    def _set(self, setter: Value, receiver: Value, values: Cells, use: Use | None) -> None:
        if isinstance(setter, Function):
            self.enter(setter, receiver, values, use)

    @abstractmethod
    def enter(self, function: Function, receiver: Value, arguments: Cells, use: Use | None) -> None:
        """Call an accessor."""

    def _native_member(self, holder: Value, name: str, result: Cell) -> None:
        if isinstance(holder, Native) and holder.receiver is None:
            self.add(result, Native(f"{holder.name}.{name}"))
            return
        if isinstance(holder, Text):
            return
        kind = holder.kind if isinstance(holder, Object) else "function"
        if name in METHODS.get(kind, ()) or name in METHODS["any"]:
            self.add(result, Native(f".{name}", holder))

    def load_key(self, holders: Cells, keys: Cells, use: Use | None) -> Cell:
        """``holder[key]``: the keys that are known, everything when none is."""
        result, key = Cell(), self.one(keys)
        for holder in holders:
            self.watch(key, lambda value, holder=holder: self._load_known(holder, value, result, use))  # type: ignore[misc]  # binds the loop's value
            self.otherwise(key, lambda holder=holder: self._load_all(holder, result), layer=1)  # type: ignore[misc]  # likewise
        return result

    def _load_known(self, holder: Cell, key: Value, result: Cell, use: Use | None) -> None:
        if isinstance(key, Text):
            self.watch(holder, lambda value: self.member(value, key.text, result, use))

    def _load_all(self, holder: Cell, result: Cell) -> None:
        def everything(value: Value) -> None:
            if isinstance(value, Object):
                self.flow(self.everything_in(value), result)

        self.watch(holder, everything)

    # -- assigning -----------------------------------------------------------------------------------------------------

    def store(self, holders: Cells, name: str, values: Cells, use: Use) -> None:
        """``holder.name = values``: defines the property, unless something else does, and calls a setter."""
        for holder in holders:
            self.watch(holder, lambda value: self._store(value, name, values, use))

    def _store(self, holder: Value, name: str, values: Cells, use: Use) -> None:
        if not isinstance(holder, Object):
            return
        if self._call_setters(holder, name, values, use):
            return
        found = self.own(holder, name)
        if not found.is_declared:
            self.place(found, Site(use.runner.path, use.line, use.offset, is_assignment=True))
        self.flow_all(values, found.cell)
        if holder.constructs is not None and name != "constructor":
            self._become_method(holder.constructs, values)
        if name == "__proto__":
            self.flow_all(values, holder.prototypes)

    def _call_setters(self, holder: Object, name: str, values: Cells, use: Use) -> bool:
        """Whether there is one, so that nothing is stored."""
        is_accessor = False
        receiver: Value = holder
        todo, seen = [holder], {id(holder)}
        for above in todo:
            found = above.properties.get(name)
            if found is not None:
                self.watch(found.setters, lambda setter: self._set(setter, receiver, values, use))
                is_accessor |= bool(found.setters.values)
            for value in above.prototypes.values:
                if isinstance(value, Object) and id(value) not in seen:
                    seen.add(id(value))
                    todo.append(value)
        return is_accessor

    def _become_method(self, constructor: Function, values: Cells) -> None:
        """A function put into a prototype has the instances as its ``this``."""

        def adopt(value: Value) -> None:
            if isinstance(value, Function) and not value.is_arrow:
                self.add(value.this, self.instance_of(constructor))

        for cell in values:
            self.watch(cell, adopt)

    def store_key(self, holders: Cells, keys: Cells, values: Cells, use: Use) -> None:
        key = self.one(keys)

        def known(value: Value) -> None:
            if isinstance(value, Text):
                self.store(holders, value.text, values, use)

        def unknown() -> None:
            self.each_object(holders, lambda holder: self.flow_all(values, holder.others))

        self.watch(key, known)
        self.otherwise(key, unknown, layer=1)

    def each_object(self, holders: Cells, action: Callable[[Object], None]) -> None:
        def act(value: Value) -> None:
            if isinstance(value, Object):
                action(value)

        for holder in holders:
            self.watch(holder, act)

    def copy_into(self, target: Object, sources: Cells) -> None:
        """``{...source}`` and ``Object.assign``: the properties that are there when the source is known."""

        def copy(source: Object) -> None:
            if source is target or (id(source), id(target)) in self._copied:
                return
            self._copied.add((id(source), id(target)))
            self.flow(source.others, target.others)
            for name, found in list(source.properties.items()):
                if name not in ("prototype", "constructor"):
                    self._copy_property(found, self.own(target, name), target)

        self.each_object(sources, copy)

    def _copy_property(self, found: Property, copied: Property, target: Object) -> None:
        self.flow(found.cell, copied.cell)
        self.flow(found.getters, copied.getters)
        if len(copied.sites) < MOST_SITES:
            for site in list(found.sites)[:MOST_SITES]:
                self.place(copied, site)
        if target.constructs is not None:
            self._become_method(target.constructs, (found.cell,))


MOST_SITES = 5
"""A copied property takes over so many places; more say nothing."""
METHODS: Mapping[str, frozenset[str]] = {
    "array": frozenset(
        "map forEach filter find findLast findIndex findLastIndex some every reduce reduceRight flatMap flat sort "
        "toSorted push unshift splice toSpliced concat slice pop shift at values entries keys fill reverse "
        f"toReversed with join next return get set add has delete {ITERATOR}".split()
    ),
    "function": frozenset({"call", "apply", "bind"}),
    "class": frozenset({"call", "apply", "bind"}),
    "any": frozenset({"then", "catch", "finally", "toString", "valueOf"}),
}
"""Methods that come with the language, by kind of object; a promise is taken for what it promises."""
