"""Functions, objects, reflection, promises and timers: through which of their arguments values flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from execution.graph.javascript.native_calling import call_each, give_receiver
from execution.graph.javascript.native_collections import entries
from execution.graph.javascript.values import Bound, Call, Cell, Native, Object, Text, Value

if TYPE_CHECKING:
    from execution.graph.javascript.calls import Calls


def then(machine: Calls, receiver: Value | None, call: Call) -> None:
    settled = machine.holding(receiver) if receiver is not None else Cell()
    machine.flow(call_each(machine, call, (settled,)), call.result)
    machine.flow(call_each(machine, call, callback=1), call.result)


def catch(machine: Calls, receiver: Value | None, call: Call) -> None:
    give_receiver(machine, receiver, call)
    machine.flow(call_each(machine, call), call.result)


def function_call(machine: Calls, receiver: Value | None, call: Call) -> None:
    if receiver is not None:
        this = machine.one(call.argument(0))
        machine.apply(receiver, call.inner(call.arguments[1:], call.result, rest=call.rest, this=this))


def function_apply(machine: Calls, receiver: Value | None, call: Call) -> None:
    if receiver is not None:
        given = machine.elements(call.argument(1), call.use)
        this = machine.one(call.argument(0))
        machine.apply(receiver, call.inner((), call.result, rest=(given,), this=this))


def bind(machine: Calls, receiver: Value | None, call: Call) -> None:
    if receiver is not None and not isinstance(receiver, Bound):
        machine.add(call.result, Bound(receiver, machine.one(call.argument(0)), call.arguments[1:]))


def assign(machine: Calls, receiver: Value | None, call: Call) -> None:
    sources = (*call.arguments[1:], *call.rest)
    machine.each_object(call.argument(0), lambda target: machine.copy_into(target, sources))
    machine.flow_all(call.argument(0), call.result)


def create(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = call.make("object")
    machine.flow_all(call.argument(0), made.prototypes)
    machine.add(call.result, made)


def set_prototype(machine: Calls, receiver: Value | None, call: Call) -> None:
    machine.each_object(call.argument(0), lambda target: machine.flow_all(call.argument(1), target.prototypes))
    machine.flow_all(call.argument(0), call.result)


def get_prototype(machine: Calls, receiver: Value | None, call: Call) -> None:
    machine.each_object(call.argument(0), lambda target: machine.flow(target.prototypes, call.result))


def inherits(machine: Calls, receiver: Value | None, call: Call) -> None:
    child = machine.load(call.argument(0), "prototype", None)
    parent = machine.load(call.argument(1), "prototype", None)
    machine.each_object((child,), lambda target: machine.flow(parent, target.prototypes))


def list_values(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = call.make("array")
    machine.each_object(call.argument(0), lambda source: machine.flow(machine.everything_in(source), made.others))
    machine.add(call.result, made)


def list_entries(machine: Calls, receiver: Value | None, call: Call) -> None:
    machine.each_object(call.argument(0), lambda source: entries(machine, source, call))


def list_keys(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = call.make("array")

    def list_names(source: Object) -> None:
        for name in source.properties:
            machine.add(made.others, Text(name))

    machine.each_object(call.argument(0), list_names)
    machine.add(call.result, made)


def define_property(machine: Calls, receiver: Value | None, call: Call) -> None:
    value = machine.load(call.argument(2), "value", None)
    machine.store_key(call.argument(0), call.argument(1), (value,), call.use)
    getter = machine.load(call.argument(2), "get", None)

    def define(target: Object) -> None:
        for cell in call.argument(1):
            for key in list(cell.values):
                if isinstance(key, Text):
                    machine.flow(getter, machine.own(target, key.text).getters)

    machine.each_object(call.argument(0), define)
    machine.flow_all(call.argument(0), call.result)


def give_argument(machine: Calls, receiver: Value | None, call: Call) -> None:
    machine.flow_all(call.argument(0), call.result)


def new_promise(machine: Calls, receiver: Value | None, call: Call) -> None:
    """What ``resolve`` is given is what the promise promises."""
    settled = call.make("array")
    call_each(machine, call, (machine.holding(Native(".settle", settled)),))
    machine.flow(settled.others, call.result)


def settle(machine: Calls, receiver: Value | None, call: Call) -> None:
    if isinstance(receiver, Object):
        machine.flow_all(call.argument(0), receiver.others)


def reflect_construct(machine: Calls, receiver: Value | None, call: Call) -> None:
    given = machine.elements(call.argument(1), call.use)
    machine.construct(call.argument(0), call.inner((), call.result, rest=(given,)))


def reflect_apply(machine: Calls, receiver: Value | None, call: Call) -> None:
    given = machine.elements(call.argument(2), call.use)
    machine.call(call.argument(0), call.inner((), call.result, rest=(given,), this=machine.one(call.argument(1))))


def run_later(machine: Calls, receiver: Value | None, call: Call) -> None:
    given = tuple((argument,) for argument in call.arguments[2:])
    call_each(machine, call, *given)
