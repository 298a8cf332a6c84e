"""Running the statements of a scope abstractly."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from execution.graph.model import Timing
from execution.graph.python.imports import Imports
from execution.graph.python.values import Class, Function, Instance, Scope, Value

TAKES_CLASS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})


class Statements(Imports):
    """Definitions, assignments, control flow; every branch is taken."""

    def run_scope(self, scope: Scope) -> None:
        self.runner = self.scope = scope
        self.timing = None
        node = scope.node
        if isinstance(node, ast.Lambda):
            self.add(self.function_of(node).returns, self.evaluate(node.body))
        elif isinstance(node, ast.Module):
            skipped = self.declarations[scope.path].too_deep
            self.block([statement for statement in node.body if statement not in skipped])
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            self.block(node.body)

    def block(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            try:
                self.statement(statement)
            except RecursionError:
                self.too_deep[self.runner.path, statement.lineno] = None

    def statement(self, node: ast.stmt) -> None:
        handler = HANDLERS.get(type(node))
        if handler is not None:
            handler(self, node)
            return
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.evaluate(child)

    # -- definitions ---------------------------------------------------------------------------------------------------

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        function = self.function_of(node)
        for name, default in _defaults(node.args):
            self.add(function.scope.cell(name), self.evaluate(default))
        self._signature(function, node)
        if function.owner is not None and function.positional:
            self._mark_wrapper(function, node)
            takes_class = function.wrapper == "class" or node.name in TAKES_CLASS
            receiver: Value = function.owner if takes_class else function.owner.instance
            if function.wrapper != "static":
                self.add(function.scope.cell(function.positional[0].arg), [receiver])
        self.bind_name(node.name, self._decorated([function], node.decorator_list))

    def _signature(self, function: Function, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        arguments = node.args
        for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
            if argument.annotation is not None:
                self.add(function.scope.cell(argument.arg), self.annotation(argument.annotation))
        for rest in (arguments.vararg, arguments.kwarg):
            if rest is not None and rest.annotation is not None:
                self.add(self.container(rest).any, self.annotation(rest.annotation))
                self.add(function.scope.cell(rest.arg), [self.container(rest)])
        if node.returns is not None:
            self.add(function.returns, self.annotation(node.returns))

    def _mark_wrapper(self, function: Function, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            name = decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", "")
            if name == "staticmethod":
                function.wrapper = "static"
            elif name == "classmethod":
                function.wrapper = "class"
            elif name in ("property", "cached_property", "setter", "getter", "deleter"):
                function.wrapper = "property"

    def _decorated(self, values: list[Value], decorators: Sequence[ast.expr]) -> list[Value]:
        for decorator in reversed(decorators):
            with self.at("definition"):
                found = self.evaluate(decorator, called=True)
                results: list[Value] = []
                for callee in found:
                    results.extend(self.apply(callee, [values], {}, decorator.lineno))
            if any(_is_made_by_others(callee) for callee in found):
                values = list(dict.fromkeys([*values, *results]))
            elif results or not found or self.is_last_phase:
                values = _without_strangers(results, values, found) or values
            else:
                self.undecided[self.runner] = None
                return []
        return values

    def _class(self, node: ast.ClassDef) -> None:
        cls = self.class_of(node)
        with self.at("definition"):
            for base in node.bases:
                values = self.evaluate(base, as_type=True)
                self.add(cls.bases, [value for value in values if isinstance(value, Class)])
            for keyword in node.keywords:
                self.evaluate(keyword.value)
        self.bind_name(node.name, self._decorated([cls], node.decorator_list))

    # -- flow ----------------------------------------------------------------------------------------------------------

    def _assign(self, node: ast.Assign) -> None:
        values = self.evaluate(node.value)
        for target in node.targets:
            self.assign(target, values, node.value)

    def _annotated(self, node: ast.AnnAssign) -> None:
        inside_function = self.runner.kind == "function"
        values = self.annotation(node.annotation, evaluated=not inside_function)
        if node.value is not None:
            values = [*values, *self.evaluate(node.value)]
        self.assign(node.target, values, node.value)

    def _augmented(self, node: ast.AugAssign) -> None:
        values = self.evaluate(node.value)
        if isinstance(node.target, ast.Name):
            self.load_name(node.target.id, node.target.lineno)
        self.assign(node.target, values, None)

    def _raise(self, node: ast.Raise) -> None:
        for part in (node.exc, node.cause):
            if part is not None:
                for value in self.evaluate(part, called=True):
                    if isinstance(value, Class):
                        self.apply(value, [], {}, part.lineno)

    def _return(self, node: ast.Return) -> None:
        if node.value is not None:
            values = self.evaluate(node.value)
            function = self.runner_function()
            if function is not None and not function.is_generator:
                self.add(function.returns, self._not_passed(function, node.value, values))

    def _not_passed(self, function: Function, given: ast.expr, values: list[Value]) -> list[Value]:
        """``return x`` and ``return f(x)`` of a parameter: its own values are left to each caller to add."""
        parts = [given]
        if isinstance(given, ast.Call):
            parts = [*given.args, *(keyword.value for keyword in given.keywords)]
        for part in parts:
            if not isinstance(part, ast.Name) or part.id not in function.kept:
                continue
            held = function.scope.cell(part.id).values
            if part is given or any(value in held for value in values):
                values = [value for value in values if value not in held]
                if part.id not in function.passes:
                    function.passes.add(part.id)
                    for reader in function.returns.readers:
                        self._enqueue(reader)
        return values

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        self.assign(node.target, self.elements(self.evaluate(node.iter), node.iter.lineno), None)
        self.block(node.body)
        self.block(node.orelse)

    def _while(self, node: ast.While) -> None:
        self.evaluate(node.test)
        self.block(node.body)
        self.block(node.orelse)

    def _if(self, node: ast.If) -> None:
        self.evaluate(node.test)
        with self.at(_timing_of(node.test)):
            self.block(node.body)
        self.block(node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        names = ("__aenter__", "__aexit__") if isinstance(node, ast.AsyncWith) else ("__enter__", "__exit__")
        for item in node.items:
            values = self.evaluate(item.context_expr)
            entered: list[Value] = []
            for value in values:
                if isinstance(value, Instance):
                    entered.extend(self.call_method(value, names[0], [], item.context_expr.lineno))
                    self.call_method(value, names[1], [], item.context_expr.lineno)
                else:
                    entered.append(value)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, entered, None)
        self.block(node.body)

    def _try(self, node: ast.Try) -> None:
        self.block(node.body)
        for handler in node.handlers:
            caught = self.evaluate(handler.type) if handler.type is not None else []
            if handler.name:
                instances: list[Value] = [value.instance for value in caught if isinstance(value, Class)]
                self.bind_name(handler.name, instances)
            self.block(handler.body)
        self.block(node.orelse)
        self.block(node.finalbody)

    def _match(self, node: ast.Match) -> None:
        subject = self.evaluate(node.subject)
        for case in node.cases:
            self._pattern(case.pattern, subject)
            if case.guard is not None:
                self.evaluate(case.guard)
            self.block(case.body)

    def _pattern(self, pattern: ast.pattern, subject: list[Value]) -> None:
        for part in ast.walk(pattern):
            if isinstance(part, ast.MatchValue):
                self.evaluate(part.value)
            elif isinstance(part, ast.MatchClass):
                self.evaluate(part.cls)
            elif isinstance(part, ast.MatchAs) and part.name:
                self.bind_name(part.name, subject if part is pattern else [])


def _is_made_by_others(decorator: Value) -> bool:
    """Whether a decorator is itself decorated: what it gives back then says little, as with ``@decorator``."""
    return isinstance(decorator, Function) and bool(getattr(decorator.node, "decorator_list", ()))


def _without_strangers(results: list[Value], decorated: list[Value], decorators: list[Value]) -> list[Value]:
    """A decorator that gives back what it gets would otherwise give back everything it ever got."""
    if not any(value in results for value in decorated):
        return results
    homes = [decorator.scope for decorator in decorators if isinstance(decorator, Function)]
    return [
        value
        for value in results
        if value in decorated
        or not isinstance(value, (Function, Class))
        or any(home in _scopes_around(value.scope) for home in homes)
    ]


def _scopes_around(scope: Scope) -> list[Scope]:
    return [scope] if scope.parent is None else [scope, *_scopes_around(scope.parent)]


def _defaults(arguments: ast.arguments) -> list[tuple[str, ast.expr]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = list(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    named = [(argument.arg, default) for argument, default in pairs]
    for argument, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if keyword_default is not None:
            named.append((argument.arg, keyword_default))
    return named


def _timing_of(test: ast.expr) -> Timing | None:
    """``if TYPE_CHECKING`` never runs; ``if __name__ == "__main__"`` runs when everything is imported."""
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    if name == "TYPE_CHECKING":
        return "checking"
    is_main = isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"
    return "call" if is_main else None


HANDLERS: Mapping[type[ast.stmt], Callable[[Statements, Any], None]] = {
    ast.FunctionDef: Statements._function,
    ast.AsyncFunctionDef: Statements._function,
    ast.ClassDef: Statements._class,
    ast.Import: Statements._import,
    ast.ImportFrom: Statements._import_from,
    ast.Assign: Statements._assign,
    ast.AnnAssign: Statements._annotated,
    ast.AugAssign: Statements._augmented,
    ast.Return: Statements._return,
    ast.Raise: Statements._raise,
    ast.For: Statements._for,
    ast.AsyncFor: Statements._for,
    ast.While: Statements._while,
    ast.If: Statements._if,
    ast.With: Statements._with,
    ast.AsyncWith: Statements._with,
    ast.Try: Statements._try,
    ast.TryStar: Statements._try,
    ast.Match: Statements._match,
}
"""Kinds not listed only evaluate their expressions."""
