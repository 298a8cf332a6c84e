"""What lists, tuples, sets, dicts and iterators hold."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from execution.graph.python.names import Names
from execution.graph.python.values import Container, Instance, Value


class Containers(Names):
    """Constant keys are told apart; everything else is one heap."""

    def _merge_into(self, target: Container, source: Container) -> None:
        self.add(target.any, self.read(source.any))
        for key, cell in list(source.cells.items()):
            self.add(target.at(key) if isinstance(key, str) else target.any, self.read(cell))

    def keys(self, node: ast.expr) -> list[object]:
        """The constant keys an index may be; empty when it is not known."""
        if isinstance(node, ast.Constant):
            return [node.value]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return []
        self.evaluate(node)
        return []

    def item(self, container: Container, keys: Sequence[object]) -> list[Value]:
        if not keys:
            return [value for cell in container.all() for value in self.read(cell)]
        found = self.read(container.any)
        for key in keys:
            found += self.read(container.at(key))
        return found

    def elements(self, values: Sequence[Value], line: int) -> list[Value]:
        """What iterating over ``values`` gives."""
        found: list[Value] = []
        for value in values:
            if isinstance(value, Container):
                found.extend(self.item(value, []))
            elif isinstance(value, Instance):
                for iterator in self.call_method(value, "__iter__", [], line):
                    if isinstance(iterator, Container):
                        found.extend(self.item(iterator, []))
                    elif isinstance(iterator, Instance):
                        found.extend(self.call_method(iterator, "__next__", [], line))
        return list(dict.fromkeys(found))
