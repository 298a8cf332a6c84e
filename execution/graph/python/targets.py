"""Binding the targets of assignments, loops and ``with``."""

from __future__ import annotations

import ast

from execution.graph.python.expressions import Expressions
from execution.graph.python.values import Container, Instance, Value


class Targets(Expressions):
    """Names, attributes, items, and patterns of them."""

    def assign(self, target: ast.expr, values: list[Value], source: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self.bind_name(target.id, values)
        elif isinstance(target, ast.Starred):
            container = self.container(target)
            self.add(container.any, values)
            self.assign(target.value, [container], None)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target, values, source)
        elif isinstance(target, ast.Attribute):
            self.assign_attribute(target, values)
        elif isinstance(target, ast.Subscript):
            self._assign_item(target, values)

    def _assign_item(self, target: ast.Subscript, values: list[Value]) -> None:
        holders = self.evaluate(target.value)
        keys = self.keys(target.slice)
        for holder in holders:
            if isinstance(holder, Container):
                for cell in [holder.at(key) for key in keys] or [holder.any]:
                    self.add(cell, values)
            elif isinstance(holder, Instance):
                self.call_method(holder, "__setitem__", [[], values], target.lineno)

    def _unpack(self, target: ast.Tuple | ast.List, values: list[Value], source: ast.expr | None) -> None:
        pairs = _pairs(target, source)
        if pairs:
            for part, given in pairs:
                self.assign(part, self.evaluate(given), given)
            return
        star = next((place for place, part in enumerate(target.elts) if isinstance(part, ast.Starred)), None)
        for place, part in enumerate(target.elts):
            found: list[Value] = []
            for value in values:
                if isinstance(value, Container):
                    found.extend(self.element(value, place, star))
            self.assign(part, found, None)

    def element(self, container: Container, place: int, star: int | None) -> list[Value]:
        if star is not None and place >= star:
            return [value for cell in container.all() for value in self.read(cell)]
        found = self.read(container.any)
        if place in container.cells:
            found += self.read(container.cells[place])
        return found


def _pairs(target: ast.Tuple | ast.List, source: ast.expr | None) -> list[tuple[ast.expr, ast.expr]]:
    """``a, b = x, y`` part by part; nothing when the two sides do not match one to one."""
    if not isinstance(source, (ast.Tuple, ast.List)) or len(source.elts) != len(target.elts):
        return []
    if any(isinstance(part, ast.Starred) for part in [*target.elts, *source.elts]):
        return []
    return list(zip(target.elts, source.elts, strict=True))
