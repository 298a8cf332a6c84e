"""Calls: arguments flow to parameters, results back; construction, iteration, and callbacks of unknown callees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from execution.graph.javascript.members import ITERATOR, Members
from execution.graph.javascript.natives import CALLS_BACK, NATIVES
from execution.graph.javascript.values import (
    Bound,
    Call,
    Cell,
    Cells,
    Function,
    Native,
    Object,
    Parameter,
    Runner,
    Text,
    Use,
    Value,
)


class Calls(Members):
    """``calls`` says which runner calls which function."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: dict[tuple[Runner, Function], None] = {}

    def call(self, callees: Cells, call: Call, *, method: str = "") -> Cell:
        """Call whatever the cells hold; ``method`` is the name of the method, for callees that stay unknown."""
        callee = self.one(callees)
        self.watch(callee, lambda value: self.apply(value, call))
        if method in CALLS_BACK:
            self.otherwise(callee, lambda: self._call_back(call), layer=2)
        return call.result

    def _call_back(self, call: Call) -> None:
        """An unknown list or promise calls the functions it is given."""
        for argument in call.arguments:
            self.watch(argument, lambda value: self.apply(value, call.inner((), Cell())))

    def apply(self, callee: Value, call: Call) -> None:
        if isinstance(callee, Function):
            self._apply_function(callee, call)
        elif isinstance(callee, Bound):
            given = call.inner(callee.arguments + call.arguments, call.result, rest=call.rest, this=callee.this)
            self.apply(callee.function, given)
        elif isinstance(callee, Native) and callee.name in NATIVES and callee not in call.applied:
            call.applied.add(callee)
            NATIVES[callee.name](self, callee.receiver, call)

    def _apply_function(self, function: Function, call: Call) -> None:
        self.calls[call.use.runner, function] = None
        if function.site is not None:
            self.refer(replace(call.use, type="control", timing="callback"), function.site)
        if call.this is not None and not function.is_arrow:
            self.flow(call.this, function.this)
        for place, parameter in enumerate(function.parameters):
            self._pass(parameter, place, call)
        if function.arguments is not None:
            self.flow_all(call.rest, function.arguments.others)
            for place, argument in enumerate(call.arguments):
                self.flow(argument, self.own(function.arguments, str(place)).cell)
        for place in function.passes:
            self.flow_all(call.argument(place), call.result)
        self.flow(function.returns, call.result)

    def _pass(self, parameter: Parameter, place: int, call: Call) -> None:
        if parameter.rest is None:
            self.flow_all(call.argument(place), parameter.cell)
            if place >= len(call.arguments):
                self.flow(parameter.default, parameter.cell)
            return
        for index, argument in enumerate(call.arguments[place:]):
            self.flow(argument, self.own(parameter.rest, str(index)).cell)
        self.flow_all(call.rest, parameter.rest.others)

    def enter(self, function: Function, receiver: Value, arguments: Cells, use: Use | None) -> None:
        if use is not None:
            this = Cell()
            self.add(this, receiver)
            self._apply_function(function, Call(use, arguments, (), Cell(), this))

    def construct(self, callees: Cells, call: Call) -> Cell:
        for callee in callees:
            self.watch(callee, lambda value: self._construct(value, call))
        return call.result

    def _construct(self, callee: Value, call: Call) -> None:
        if isinstance(callee, Bound):
            given = call.inner(callee.arguments + call.arguments, call.result, rest=call.rest)
            self._construct(callee.function, given)
        elif isinstance(callee, Native):
            name = f"new {callee.name}"
            if name in NATIVES:
                NATIVES[name](self, callee.receiver, call)
        elif isinstance(callee, Function):
            instance = self.instance_of(callee)
            self.add(call.result, instance)
            self.initialise(callee, instance, call)

    def initialise(self, function: Function, instance: Value, call: Call, seen: frozenset[int] = frozenset()) -> None:
        """Run the constructor that ``function`` has or inherits."""
        if id(function) in seen:
            return
        if function.kind != "class" or function.constructor is not None:
            constructor = function.constructor or function
            if constructor.site is not None and constructor is not function:
                self.refer(call.use, constructor.site)
            this = Cell()
            self.add(this, instance)
            result = call.result if function.kind != "class" else Cell()
            self._apply_function(constructor, Call(call.use, call.arguments, call.rest, result, this))
            return

        def inherited(above: Value) -> None:
            if isinstance(above, Function):
                self.initialise(above, instance, call, seen | {id(function)})

        self.watch(function.superclass, inherited)

    def elements(self, iterables: Cells, use: Use) -> Cell:
        """What iterating gives."""
        result = Cell()

        def iterate(value: Value) -> None:
            if isinstance(value, Object):
                self._iterate(value, use, result)

        for cell in iterables:
            self.watch(cell, iterate)
        return result

    def _iterate(self, iterable: Object, use: Use, result: Cell) -> None:
        if iterable.kind == "array":
            self.flow(self.everything_in(iterable), result)
            return
        this = Cell()
        self.add(this, iterable)
        iterator = self.call((self.load((this,), ITERATOR, use),), Call(use, (), (), Cell(), this))

        def step(value: Value) -> None:
            if isinstance(value, Object) and value.kind == "array":
                self.flow(self.everything_in(value), result)
            elif isinstance(value, Object):
                given = self.call((self.load((iterator,), "next", use),), Call(use, (), (), Cell(), iterator))
                self.flow(self.load((given,), "value", None), result)

        self.watch(iterator, step)

    def array_of(self, array: Object, parts: Sequence[Cell]) -> Object:
        """``array`` with the parts at its first places."""
        for place, part in enumerate(parts):
            self.flow(part, self.own(array, str(place)).cell)
        return array

    def holding(self, value: Value) -> Cell:
        """A cell that holds only ``value``."""
        cell = self.text(value.text) if isinstance(value, Text) else Cell()
        self.add(cell, value)
        return cell
