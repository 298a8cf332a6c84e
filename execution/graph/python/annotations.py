"""Annotations: references of type, and the instances that they promise."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from common.python_source import parse_expression
from execution.graph.python.calls import Calls
from execution.graph.python.values import Class, Value


class Annotations(Calls):
    """Strings are read too."""

    def __init__(self, sources: Mapping[str, bytes], root_package: str = "") -> None:
        self._texts: dict[ast.Constant, ast.expr] = {}
        super().__init__(sources, root_package)

    def annotation(self, node: ast.expr, *, evaluated: bool = True) -> list[Value]:
        """The instances an annotation promises; the names in it are type references."""
        late = not evaluated or self.runner.future_annotations
        with self.at("checking" if late else None):
            return self._promised(node)

    def _promised(self, node: ast.expr) -> list[Value]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self._promised_by_text(node, node.value)
        if isinstance(node, (ast.Name, ast.Attribute)):
            values = self.evaluate(node, as_type=True)
            return [value.instance for value in values if isinstance(value, Class)]
        if isinstance(node, ast.BinOp):
            return [*self._promised(node.left), *self._promised(node.right)]
        if isinstance(node, ast.Subscript):
            return self._promised_by_generic(node)
        if isinstance(node, (ast.List, ast.Tuple)):
            for part in node.elts:
                self._promised(part)
        return []

    def _promised_by_text(self, node: ast.Constant, text: str) -> list[Value]:
        inner = self._texts.get(node)
        if inner is None:
            try:
                inner = parse_expression(text.strip())
            except (SyntaxError, ValueError):
                return []
            for part in ast.walk(inner):
                if isinstance(part, ast.expr):
                    part.lineno = node.lineno
            self._texts[node] = inner
        with self.at("checking"):
            return self._promised(inner)

    def _promised_by_generic(self, node: ast.Subscript) -> list[Value]:
        holders = self.evaluate(node.value, as_type=True)
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        name = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
        if name == "Literal":
            return []
        promised = [self._promised(part) for part in (parts[:1] if name == "Annotated" else parts)]
        everything = [value for values in promised for value in values]
        if name in TRANSPARENT:
            return everything
        own: list[Value] = [holder.instance for holder in holders if isinstance(holder, Class)]
        if own or name in OPAQUE:
            return own
        container = self.container(node)
        is_mapping = name.lower().endswith(("dict", "mapping"))
        self.add(container.any, promised[-1] if is_mapping and promised else everything)
        return [container]


TRANSPARENT = frozenset({"Annotated", "Optional", "Union", "Final", "ClassVar", "Awaitable"})
OPAQUE = frozenset({"Callable", "type", "Type", "Coroutine"})
