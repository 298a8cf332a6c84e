"""Evaluating expressions to the values they may give, noting every name and attribute they need."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from execution.graph.python.annotations import Annotations
from execution.graph.python.values import Class, Container, Instance, Value


class Expressions(Annotations):
    """One method per kind of expression."""

    def evaluate(self, node: ast.expr, *, called: bool = False, as_type: bool = False) -> list[Value]:
        if isinstance(node, ast.Name):
            return self.load_name(node.id, node.lineno, called=called, as_type=as_type)
        if isinstance(node, ast.Attribute):
            return self.load_attribute(node, called=called, as_type=as_type)
        if isinstance(node, ast.Constant):
            return []
        handler = HANDLERS.get(type(node))
        if handler is not None:
            return handler(self, node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.evaluate(child)
        return []

    def _call(self, node: ast.Call) -> list[Value]:
        callees = self.evaluate(node.func, called=True)
        positional: list[list[Value]] = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                positional.extend(self._spread(argument))
            else:
                positional.append(self.evaluate(argument))
        named = self._named(node.keywords)
        result: list[Value] = []
        for callee in callees:
            result.extend(self.apply(callee, positional, named, node.lineno))
        if not callees:
            result.extend(self._builtin_call(node, positional))
        return list(dict.fromkeys(result))

    def _named(self, keywords: list[ast.keyword]) -> dict[str, list[Value]]:
        named: dict[str, list[Value]] = {}
        for keyword in keywords:
            values = self.evaluate(keyword.value)
            if keyword.arg is not None:
                named[keyword.arg] = values
                continue
            for value in values:
                if isinstance(value, Container):
                    named.update({str(key): self.read(cell) for key, cell in value.cells.items()})
        return named

    def _spread(self, argument: ast.Starred) -> list[list[Value]]:
        places: list[list[Value]] = []
        for value in self.evaluate(argument.value):
            if isinstance(value, Container):
                numbers = [key for key in value.cells if isinstance(key, int)]
                for key in range(max(numbers, default=-1) + 1):
                    while len(places) <= key:
                        places.append([])
                    places[key].extend(self.read(value.at(key)))
        return places

    def _display(self, node: ast.List | ast.Tuple | ast.Set) -> list[Value]:
        container = self.container(node)
        for place, part in enumerate(node.elts):
            if isinstance(part, ast.Starred):
                self.add(container.any, self.elements(self.evaluate(part.value), part.lineno))
            else:
                self.add(container.at(place), self.evaluate(part))
        return [container]

    def _dict(self, node: ast.Dict) -> list[Value]:
        container = self.container(node)
        for key, value in zip(node.keys, node.values, strict=True):
            values = self.evaluate(value)
            if key is None:
                for other in values:
                    if isinstance(other, Container):
                        self._merge_into(container, other)
                continue
            known = self.keys(key)
            self.add(container.at(known[0]) if known else container.any, values)
        return [container]

    def _subscript(self, node: ast.Subscript) -> list[Value]:
        holders = self.evaluate(node.value)
        keys = self.keys(node.slice)
        found: list[Value] = []
        for holder in holders:
            if isinstance(holder, Container):
                found.extend(
                    [self._slice(node, node.slice, holder)]
                    if isinstance(node.slice, ast.Slice)
                    else self.item(holder, keys)
                )
            elif isinstance(holder, Instance):
                found.extend(self.call_method(holder, "__getitem__", [[]], node.lineno))
            elif isinstance(holder, Class):
                found.append(holder)
        return list(dict.fromkeys(found))

    def _slice(self, node: ast.Subscript, part: ast.Slice, holder: Container) -> Container:
        """A copy; when it begins at a known place, the places move."""
        copy = self.container(node)
        begin = 0 if part.lower is None else part.lower.value if isinstance(part.lower, ast.Constant) else None
        end = part.upper.value if isinstance(part.upper, ast.Constant) else None
        self.add(copy.any, self.read(holder.any))
        for key, cell in list(holder.cells.items()):
            if not isinstance(key, int) or not isinstance(begin, int) or part.step is not None:
                self.add(copy.any, self.read(cell))
            elif key >= begin and (not isinstance(end, int) or key < end):
                self.add(copy.at(key - begin), self.read(cell))
        return copy

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> list[Value]:
        outer = self.scope
        inner = self.declarations[self.runner.path].scopes[node]
        container = self.container(node)
        for place, generator in enumerate(node.generators):
            self.scope = outer if place == 0 else inner
            values = self.elements(self.evaluate(generator.iter), generator.iter.lineno)
            self.scope = inner
            self.assign(generator.target, values, None)
            for condition in generator.ifs:
                self.evaluate(condition)
        if isinstance(node, ast.DictComp):
            self.evaluate(node.key)
            self.add(container.any, self.evaluate(node.value))
        else:
            self.add(container.any, self.evaluate(node.elt))
        self.scope = outer
        return [container]

    def _lambda(self, node: ast.Lambda) -> list[Value]:
        for default in [*node.args.defaults, *(value for value in node.args.kw_defaults if value is not None)]:
            self.evaluate(default)
        return [self.function_of(node)]

    def _choice(self, node: ast.IfExp) -> list[Value]:
        self.evaluate(node.test)
        return [*self.evaluate(node.body), *self.evaluate(node.orelse)]

    def _any_of(self, node: ast.BoolOp) -> list[Value]:
        return [value for part in node.values for value in self.evaluate(part)]

    def _walrus(self, node: ast.NamedExpr) -> list[Value]:
        values = self.evaluate(node.value)
        self.bind_name(node.target.id, values)
        return values

    def _inner(self, node: ast.Await | ast.Starred) -> list[Value]:
        return self.evaluate(node.value)

    def _yield(self, values: list[Value]) -> None:
        function = self.runner_function()
        if function is not None:
            container = self.container(function.node)
            self.add(container.any, values)
            self.add(function.returns, [container])

    def _yield_value(self, node: ast.Yield) -> list[Value]:
        self._yield(self.evaluate(node.value) if node.value is not None else [])
        return []

    def _yield_from(self, node: ast.YieldFrom) -> list[Value]:
        self._yield(self.elements(self.evaluate(node.value), node.lineno))
        return []

    def _operation(self, node: ast.BinOp) -> list[Value]:
        operands: list[ast.expr] = [node.right]
        left = node.left
        while isinstance(left, ast.BinOp):
            operands.append(left.right)
            left = left.left
        found: list[Value] = []
        for operand in [left, *reversed(operands)]:
            found.extend(self.evaluate(operand))
        method = OPERATORS.get(type(node.op))
        result: list[Value] = [value for value in found if isinstance(value, (Container, Class))]
        for value in found:
            if isinstance(value, Instance) and method is not None:
                result.extend(self.call_method(value, method, [found], node.lineno))
        return list(dict.fromkeys(result))

    def _comparison(self, node: ast.Compare) -> list[Value]:
        sides = [self.evaluate(part) for part in [node.left, *node.comparators]]
        for place, operator in enumerate(node.ops):
            method = COMPARISONS.get(type(operator))
            holder = sides[place + 1] if isinstance(operator, (ast.In, ast.NotIn)) else sides[place]
            other = sides[place] if isinstance(operator, (ast.In, ast.NotIn)) else sides[place + 1]
            for value in holder:
                if isinstance(value, Instance) and method is not None:
                    self.call_method(value, method, [other], node.lineno)
        return []


OPERATORS: Mapping[type[ast.operator], str] = {
    ast.Add: "__add__",
    ast.Sub: "__sub__",
    ast.Mult: "__mul__",
    ast.Div: "__truediv__",
    ast.FloorDiv: "__floordiv__",
    ast.Mod: "__mod__",
    ast.Pow: "__pow__",
    ast.MatMult: "__matmul__",
    ast.BitOr: "__or__",
    ast.BitAnd: "__and__",
    ast.BitXor: "__xor__",
    ast.LShift: "__lshift__",
    ast.RShift: "__rshift__",
}
COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "__eq__",
    ast.NotEq: "__ne__",
    ast.Lt: "__lt__",
    ast.LtE: "__le__",
    ast.Gt: "__gt__",
    ast.GtE: "__ge__",
    ast.In: "__contains__",
    ast.NotIn: "__contains__",
}

HANDLERS: Mapping[type[ast.expr], Callable[[Expressions, Any], list[Value]]] = {
    ast.Call: Expressions._call,
    ast.List: Expressions._display,
    ast.Tuple: Expressions._display,
    ast.Set: Expressions._display,
    ast.Dict: Expressions._dict,
    ast.Subscript: Expressions._subscript,
    ast.ListComp: Expressions._comprehension,
    ast.SetComp: Expressions._comprehension,
    ast.GeneratorExp: Expressions._comprehension,
    ast.DictComp: Expressions._comprehension,
    ast.Lambda: Expressions._lambda,
    ast.IfExp: Expressions._choice,
    ast.BoolOp: Expressions._any_of,
    ast.NamedExpr: Expressions._walrus,
    ast.Await: Expressions._inner,
    ast.Starred: Expressions._inner,
    ast.Yield: Expressions._yield_value,
    ast.YieldFrom: Expressions._yield_from,
    ast.BinOp: Expressions._operation,
    ast.Compare: Expressions._comparison,
}
"""Kinds not listed give no value; their parts are evaluated for what they refer to."""
