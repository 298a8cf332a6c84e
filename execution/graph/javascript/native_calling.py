"""What functions of the library share: calling back, and what a receiver holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from execution.graph.javascript.values import Call, Cell, Cells, Object, Value

if TYPE_CHECKING:
    from execution.graph.javascript.calls import Calls


def call_each(machine: Calls, call: Call, *arguments: Cells, callback: int = 0) -> Cell:
    """Call the callback with these arguments; gives what it returns."""
    result = Cell()
    given = tuple(machine.one(cells) for cells in arguments)
    for callee in call.argument(callback):
        machine.watch(callee, lambda value: machine.apply(value, call.inner(given, result)))
    return result


def content_of(machine: Calls, receiver: Value | None) -> Cell:
    return machine.everything_in(receiver) if isinstance(receiver, Object) else Cell()


def give_receiver(machine: Calls, receiver: Value | None, call: Call) -> None:
    if receiver is not None:
        machine.add(call.result, receiver)
