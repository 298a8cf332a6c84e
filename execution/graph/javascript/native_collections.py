"""Arrays, maps, sets and what iterates over them: how values get in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from execution.graph.javascript.native_calling import call_each, content_of
from execution.graph.javascript.values import Call, Cell, Object, Text, Value

if TYPE_CHECKING:
    from execution.graph.javascript.calls import Calls


def map_(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = call.make("array")
    machine.flow(call_each(machine, call, (content_of(machine, receiver),)), made.others)
    machine.add(call.result, made)


def flat_map(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = call.make("array")
    given = call_each(machine, call, (content_of(machine, receiver),))
    machine.flow(machine.elements((given,), call.use), made.others)
    machine.add(call.result, made)


def filter_(machine: Calls, receiver: Value | None, call: Call) -> None:
    call_each(machine, call, (content_of(machine, receiver),))
    copy(machine, receiver, call)


def sort(machine: Calls, receiver: Value | None, call: Call) -> None:
    content = content_of(machine, receiver)
    call_each(machine, call, (content,), (content,))
    copy(machine, receiver, call)


def for_each(machine: Calls, receiver: Value | None, call: Call) -> None:
    call_each(machine, call, (content_of(machine, receiver),))


def find(machine: Calls, receiver: Value | None, call: Call) -> None:
    for_each(machine, receiver, call)
    machine.flow(content_of(machine, receiver), call.result)


def take(machine: Calls, receiver: Value | None, call: Call) -> None:
    machine.flow(content_of(machine, receiver), call.result)


def reduce(machine: Calls, receiver: Value | None, call: Call) -> None:
    content = content_of(machine, receiver)
    start = machine.one((*call.argument(1), *(() if len(call.arguments) > 1 else (content,))))
    total = Cell()
    machine.flow(start, total)
    machine.flow(call_each(machine, call, (total,), (content,)), total)
    machine.flow(total, call.result)


def copy(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = call.make("array")
    machine.flow(content_of(machine, receiver), made.others)
    machine.add(call.result, made)


def part_of(machine: Calls, receiver: Value | None, call: Call) -> None:
    """From a known begin the places move."""
    begins = [value.text for cell in call.argument(0) for value in cell.values if isinstance(value, Text)]
    ends = [value.text for cell in call.argument(1) for value in cell.values if isinstance(value, Text)]
    numbers = [int(text) for text in (*begins, *ends) if text.isdigit()]
    if not isinstance(receiver, Object) or len(numbers) != len(call.arguments) or call.rest or receiver.others.values:
        copy(machine, receiver, call)
        return
    begin = numbers[0] if numbers else 0
    end = numbers[1] if len(numbers) > 1 else len(receiver.properties)
    made = call.make("array")
    for name, found in list(receiver.properties.items()):
        if name.isdigit() and begin <= int(name) < end:
            machine.flow(found.cell, machine.own(made, str(int(name) - begin)).cell)
    machine.add(call.result, made)


def concat(machine: Calls, receiver: Value | None, call: Call) -> None:
    copy(machine, receiver, call)
    machine.flow(machine.elements((*call.arguments, *call.rest), call.use), call.make("array").others)


def put(machine: Calls, receiver: Value | None, call: Call) -> None:
    if isinstance(receiver, Object):
        machine.flow_all((*call.arguments, *call.rest), receiver.others)


def entries(machine: Calls, receiver: Value | None, call: Call) -> None:
    pair, made = call.make("array", "pair"), call.make("array")
    machine.flow(content_of(machine, receiver), machine.own(pair, "1").cell)
    machine.add(made.others, pair)
    machine.add(call.result, made)


def next_(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = call.make("object")
    machine.flow(content_of(machine, receiver), machine.own(made, "value").cell)
    machine.add(call.result, made)


def get(machine: Calls, receiver: Value | None, call: Call) -> None:
    if isinstance(receiver, Object):
        machine.flow(machine.load_key((machine.holding(receiver),), call.argument(0), None), call.result)


def set_(machine: Calls, receiver: Value | None, call: Call) -> None:
    if isinstance(receiver, Object):
        machine.store_key((machine.holding(receiver),), call.argument(0), call.argument(1), call.use)
        machine.add(call.result, receiver)


def array_from(machine: Calls, receiver: Value | None, call: Call) -> None:
    made, content = call.make("array"), machine.elements(call.argument(0), call.use)
    if len(call.arguments) > 1:
        content = call_each(machine, call, (content,), callback=1)
    machine.flow(content, made.others)
    machine.add(call.result, made)


def array_of(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = machine.array_of(call.make("array"), call.arguments)
    machine.flow_all(call.rest, made.others)
    machine.add(call.result, made)


def new_map(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = call.make("array")
    pairs = machine.elements(call.argument(0), call.use)
    machine.store_key(
        (machine.holding(made),),
        (machine.load((pairs,), "0", None),),
        (machine.load((pairs,), "1", None),),
        call.use,
    )
    machine.add(call.result, made)
