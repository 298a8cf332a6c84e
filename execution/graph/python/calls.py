"""Passing arguments to parameters and taking results, protocols and a few builtins included."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from execution.graph.python.computed import beginning, members_beginning
from execution.graph.python.containers import Containers
from execution.graph.python.values import Bound, Class, Container, Function, Instance, Scope, Super, Value

ADDING = frozenset({"append", "add", "insert", "appendleft"})
EXTENDING = frozenset({"extend", "update"})
TAKING = frozenset({"get", "pop", "popleft", "popitem", "values", "setdefault", "__getitem__"})
SAME = frozenset({"copy", "items"})
PASSING = frozenset({"list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "deepcopy", "copy"})


class Calls(Containers):
    """Arguments flow in, results flow out."""

    def apply(
        self, callee: Value, positional: Sequence[list[Value]], named: Mapping[str, list[Value]], line: int
    ) -> list[Value]:
        """Call one value; gives what it may return."""
        if isinstance(callee, Function):
            return self._apply_function(callee, positional, named, line)
        if isinstance(callee, Bound):
            return self._apply_function(callee.function, [[callee.receiver], *positional], named, line)
        if isinstance(callee, Class):
            return self._construct(callee, positional, named, line)
        if isinstance(callee, Instance):
            return self.call_method(callee, "__call__", positional, line, named)
        return []

    def _apply_function(
        self, function: Function, positional: Sequence[list[Value]], named: Mapping[str, list[Value]], line: int
    ) -> list[Value]:
        self.call(function, line)
        arguments = function.node.args
        places = function.positional
        passed: list[Value] = []
        for place, values in enumerate(positional):
            if place < len(places):
                self.add(function.scope.cell(places[place].arg), values)
                passed.extend(values if places[place].arg in function.passes else ())
            elif arguments.vararg is not None:
                rest = self.container(arguments.vararg)
                self.add(rest.at(place - len(places)), values)
        if arguments.vararg is not None:
            self.add(function.scope.cell(arguments.vararg.arg), [self.container(arguments.vararg)])
        if arguments.kwarg is not None:
            self.add(function.scope.cell(arguments.kwarg.arg), [self.container(arguments.kwarg)])
        names = {argument.arg for argument in [*arguments.args, *arguments.kwonlyargs]}
        for name, values in named.items():
            if name in names:
                self.add(function.scope.cell(name), values)
                passed.extend(values if name in function.passes else ())
            elif arguments.kwarg is not None:
                self.add(self.container(arguments.kwarg).at(name), values)
        return [*self.read(function.returns), *passed]

    def _construct(
        self, cls: Class, positional: Sequence[list[Value]], named: Mapping[str, list[Value]], line: int
    ) -> list[Value]:
        self.call_method(cls.instance, "__init__", positional, line, named)
        if any("__new__" in base.scope.cells for base in cls.linearised()):
            made = self._member(cls.linearised(), cls, "__new__", line, called=True)
            for value in made:
                self.apply(value, [[cls], *positional], named, line)
        return [cls.instance]

    def call_method(
        self,
        receiver: Instance,
        name: str,
        positional: Sequence[list[Value]],
        line: int,
        named: Mapping[str, list[Value]] | None = None,
    ) -> list[Value]:
        """Call a method by name, as the interpreter does for operators and protocols; nothing if there is none."""
        result: list[Value] = []
        if any(name in cls.scope.cells for cls in receiver.cls.linearised()):
            for callee in self._member(receiver.cls.linearised(), receiver, name, line, called=True):
                result.extend(self.apply(callee, positional, named or {}, line))
        else:
            for cls in receiver.cls.linearised():
                cls.bases.readers[self.runner] = None
        return result

    def _super(self) -> list[Value]:
        scope: Scope | None = self.runner
        while scope is not None and not (scope.kind == "function" and scope.parent and scope.parent.kind == "class"):
            scope = scope.parent
        if scope is None:
            return []
        function = self.declarations[scope.path].functions[scope.node]
        if function.owner is None or not function.positional:
            return []
        receivers = self.read(scope.cell(function.positional[0].arg))
        return [Super(function.owner, receiver) for receiver in receivers if isinstance(receiver, (Instance, Class))]

    def _builtin_call(self, node: ast.Call, positional: Sequence[list[Value]]) -> list[Value]:
        """The few builtins and container methods through which values flow."""
        if isinstance(node.func, ast.Attribute):
            return self._container_method(node, node.func, positional)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "super":
            return self._super()
        handler = BUILTINS.get("pass" if name in PASSING else name)
        return handler(self, node, positional) if handler is not None and positional else []

    def _passed(self, node: ast.Call, positional: Sequence[list[Value]]) -> list[Value]:
        return list(positional[0])

    def _next(self, node: ast.Call, positional: Sequence[list[Value]]) -> list[Value]:
        found = [value for holder in positional[0] if isinstance(holder, Container) for value in self.item(holder, [])]
        for holder in positional[0]:
            if isinstance(holder, Instance):
                found += self.call_method(holder, "__next__", [], node.lineno)
        return found

    def _map(self, node: ast.Call, positional: Sequence[list[Value]]) -> list[Value]:
        result = self.container(node)
        columns = [self.elements(values, node.lineno) for values in positional[1:]]
        for callee in positional[0]:
            self.add(result.any, self.apply(callee, columns, {}, node.lineno))
        return [result]

    def _filter(self, node: ast.Call, positional: Sequence[list[Value]]) -> list[Value]:
        self._map(node, positional)
        return list(positional[-1])

    def _zip(self, node: ast.Call, positional: Sequence[list[Value]]) -> list[Value]:
        return self._columns(node, positional, first=0)

    def _enumerate(self, node: ast.Call, positional: Sequence[list[Value]]) -> list[Value]:
        return self._columns(node, positional, first=1)

    def _type(self, node: ast.Call, positional: Sequence[list[Value]]) -> list[Value]:
        return [value.cls for value in positional[0] if isinstance(value, Instance)] if len(positional) == 1 else []

    def _getattr(self, node: ast.Call, positional: Sequence[list[Value]]) -> list[Value]:
        if len(node.args) < 2:
            return []
        name = node.args[1]
        found: list[Value] = []
        for holder in positional[0]:
            for each in self._names(name, holder):
                found.extend(self.attribute(holder, each, node.lineno))
        return [*found, *(positional[2] if len(positional) > 2 else [])]

    def _names(self, name: ast.expr, holder: Value) -> list[str]:
        """The attribute that ``getattr`` is asked for; for a computed one all that begin like it."""
        if isinstance(name, ast.Constant):
            return [str(name.value)]
        return members_beginning(holder, beginning(name, self.runner.node))

    def _columns(self, node: ast.Call, positional: Sequence[list[Value]], first: int) -> list[Value]:
        result, row = self.container(node), self.container(node.func)
        self.add(result.any, [row])
        for place, values in enumerate(positional, start=first):
            self.add(row.at(place), self.elements(values, node.lineno))
        return [result]

    def _container_method(
        self, node: ast.Call, method: ast.Attribute, positional: Sequence[list[Value]]
    ) -> list[Value]:
        result: list[Value] = []
        for holder in self.evaluate(method.value):
            if not isinstance(holder, Container):
                continue
            if method.attr in ADDING and positional:
                self.add(holder.any, positional[-1])
            elif method.attr in EXTENDING and positional:
                for value in positional[0]:
                    if isinstance(value, Container):
                        self._merge_into(holder, value)
            elif method.attr in SAME:
                result.append(holder)
            elif method.attr in TAKING:
                result.extend(self._taken(node, method.attr, holder, positional))
        return result

    def _taken(self, node: ast.Call, method: str, holder: Container, positional: Sequence[list[Value]]) -> list[Value]:
        fallback = positional[1] if len(positional) > 1 else []
        if method == "setdefault":
            self.add(holder.any, fallback)
        keys = self.keys(node.args[0]) if node.args else []
        return [*(fallback if method == "get" else []), *self.item(holder, keys)]


BUILTINS: Mapping[str, Callable[[Calls, ast.Call, Sequence[list[Value]]], list[Value]]] = {
    "pass": Calls._passed,
    "next": Calls._next,
    "map": Calls._map,
    "filter": Calls._filter,
    "zip": Calls._zip,
    "enumerate": Calls._enumerate,
    "type": Calls._type,
    "getattr": Calls._getattr,
}
