"""Functions of the language and its library through which values flow. What is not here gives nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from execution.graph.javascript.values import Bound, Call, Cell, Cells, Native, Object, Text, Value

if TYPE_CHECKING:
    from execution.graph.javascript.calls import Calls

Model = Callable[["Calls", Value | None, Call], None]

CALLS_BACK = frozenset(
    "map forEach filter find findLast findIndex some every reduce reduceRight flatMap sort then catch finally".split()
)
"""Methods that call what they are given, whoever they belong to."""
GLOBALS = frozenset(
    "Object Array Map Set WeakMap WeakSet Promise Reflect Symbol Function setTimeout setInterval setImmediate "
    "queueMicrotask requestAnimationFrame process globalThis window structuredClone util".split()
)


def _call_each(machine: Calls, call: Call, *arguments: Cells, callback: int = 0) -> Cell:
    """Call the callback with these arguments; gives what it returns."""
    result = Cell()
    given = tuple(machine.one(cells) for cells in arguments)
    for callee in call.argument(callback):
        machine.watch(callee, lambda value: machine.apply(value, call.inner(given, result)))
    return result


def _content(machine: Calls, receiver: Value | None) -> Cell:
    return machine.everything_in(receiver) if isinstance(receiver, Object) else Cell()


def _back(machine: Calls, receiver: Value | None, call: Call) -> None:
    if receiver is not None:
        machine.add(call.result, receiver)


def _map(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = call.make("array")
    machine.flow(_call_each(machine, call, (_content(machine, receiver),)), made.others)
    machine.add(call.result, made)


def _flat_map(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = call.make("array")
    given = _call_each(machine, call, (_content(machine, receiver),))
    machine.flow(machine.elements((given,), call.use), made.others)
    machine.add(call.result, made)


def _filter(machine: Calls, receiver: Value | None, call: Call) -> None:
    _call_each(machine, call, (_content(machine, receiver),))
    _copy(machine, receiver, call)


def _sort(machine: Calls, receiver: Value | None, call: Call) -> None:
    content = _content(machine, receiver)
    _call_each(machine, call, (content,), (content,))
    _copy(machine, receiver, call)


def _for_each(machine: Calls, receiver: Value | None, call: Call) -> None:
    _call_each(machine, call, (_content(machine, receiver),))


def _find(machine: Calls, receiver: Value | None, call: Call) -> None:
    _for_each(machine, receiver, call)
    machine.flow(_content(machine, receiver), call.result)


def _take(machine: Calls, receiver: Value | None, call: Call) -> None:
    machine.flow(_content(machine, receiver), call.result)


def _reduce(machine: Calls, receiver: Value | None, call: Call) -> None:
    content = _content(machine, receiver)
    start = machine.one((*call.argument(1), *(() if len(call.arguments) > 1 else (content,))))
    total = Cell()
    machine.flow(start, total)
    machine.flow(_call_each(machine, call, (total,), (content,)), total)
    machine.flow(total, call.result)


def _copy(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = call.make("array")
    machine.flow(_content(machine, receiver), made.others)
    machine.add(call.result, made)


def _slice(machine: Calls, receiver: Value | None, call: Call) -> None:
    """From a known begin the places move."""
    begins = [value.text for cell in call.argument(0) for value in cell.values if isinstance(value, Text)]
    ends = [value.text for cell in call.argument(1) for value in cell.values if isinstance(value, Text)]
    numbers = [int(text) for text in (*begins, *ends) if text.isdigit()]
    if not isinstance(receiver, Object) or len(numbers) != len(call.arguments) or call.rest or receiver.others.values:
        _copy(machine, receiver, call)
        return
    begin = numbers[0] if numbers else 0
    end = numbers[1] if len(numbers) > 1 else len(receiver.properties)
    made = call.make("array")
    for name, found in list(receiver.properties.items()):
        if name.isdigit() and begin <= int(name) < end:
            machine.flow(found.cell, machine.own(made, str(int(name) - begin)).cell)
    machine.add(call.result, made)


def _concat(machine: Calls, receiver: Value | None, call: Call) -> None:
    _copy(machine, receiver, call)
    machine.flow(machine.elements((*call.arguments, *call.rest), call.use), call.make("array").others)


def _put(machine: Calls, receiver: Value | None, call: Call) -> None:
    if isinstance(receiver, Object):
        machine.flow_all((*call.arguments, *call.rest), receiver.others)


def _entries(machine: Calls, receiver: Value | None, call: Call) -> None:
    pair, made = call.make("array", "pair"), call.make("array")
    machine.flow(_content(machine, receiver), machine.own(pair, "1").cell)
    machine.add(made.others, pair)
    machine.add(call.result, made)


def _next(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = call.make("object")
    machine.flow(_content(machine, receiver), machine.own(made, "value").cell)
    machine.add(call.result, made)


def _get(machine: Calls, receiver: Value | None, call: Call) -> None:
    if isinstance(receiver, Object):
        machine.flow(machine.load_key((machine.holding(receiver),), call.argument(0), None), call.result)


def _set(machine: Calls, receiver: Value | None, call: Call) -> None:
    if isinstance(receiver, Object):
        machine.store_key((machine.holding(receiver),), call.argument(0), call.argument(1), call.use)
        machine.add(call.result, receiver)


def _then(machine: Calls, receiver: Value | None, call: Call) -> None:
    settled = machine.holding(receiver) if receiver is not None else Cell()
    machine.flow(_call_each(machine, call, (settled,)), call.result)
    machine.flow(_call_each(machine, call, callback=1), call.result)


def _catch(machine: Calls, receiver: Value | None, call: Call) -> None:
    _back(machine, receiver, call)
    machine.flow(_call_each(machine, call), call.result)


def _function_call(machine: Calls, receiver: Value | None, call: Call) -> None:
    if receiver is not None:
        this = machine.one(call.argument(0))
        machine.apply(receiver, call.inner(call.arguments[1:], call.result, rest=call.rest, this=this))


def _function_apply(machine: Calls, receiver: Value | None, call: Call) -> None:
    if receiver is not None:
        given = machine.elements(call.argument(1), call.use)
        this = machine.one(call.argument(0))
        machine.apply(receiver, call.inner((), call.result, rest=(given,), this=this))


def _bind(machine: Calls, receiver: Value | None, call: Call) -> None:
    if receiver is not None and not isinstance(receiver, Bound):
        machine.add(call.result, Bound(receiver, machine.one(call.argument(0)), call.arguments[1:]))


def _assign(machine: Calls, receiver: Value | None, call: Call) -> None:
    sources = (*call.arguments[1:], *call.rest)
    machine.each_object(call.argument(0), lambda target: machine.copy_into(target, sources))
    machine.flow_all(call.argument(0), call.result)


def _create(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = call.make("object")
    machine.flow_all(call.argument(0), made.prototypes)
    machine.add(call.result, made)


def _set_prototype(machine: Calls, receiver: Value | None, call: Call) -> None:
    machine.each_object(call.argument(0), lambda target: machine.flow_all(call.argument(1), target.prototypes))
    machine.flow_all(call.argument(0), call.result)


def _get_prototype(machine: Calls, receiver: Value | None, call: Call) -> None:
    machine.each_object(call.argument(0), lambda target: machine.flow(target.prototypes, call.result))


def _inherits(machine: Calls, receiver: Value | None, call: Call) -> None:
    child = machine.load(call.argument(0), "prototype", None)
    parent = machine.load(call.argument(1), "prototype", None)
    machine.each_object((child,), lambda target: machine.flow(parent, target.prototypes))


def _values(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = call.make("array")
    machine.each_object(call.argument(0), lambda source: machine.flow(machine.everything_in(source), made.others))
    machine.add(call.result, made)


def _object_entries(machine: Calls, receiver: Value | None, call: Call) -> None:
    machine.each_object(call.argument(0), lambda source: _entries(machine, source, call))


def _keys(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = call.make("array")

    def list_names(source: Object) -> None:
        for name in source.properties:
            machine.add(made.others, Text(name))

    machine.each_object(call.argument(0), list_names)
    machine.add(call.result, made)


def _define_property(machine: Calls, receiver: Value | None, call: Call) -> None:
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


def _same(machine: Calls, receiver: Value | None, call: Call) -> None:
    machine.flow_all(call.argument(0), call.result)


def _array_from(machine: Calls, receiver: Value | None, call: Call) -> None:
    made, content = call.make("array"), machine.elements(call.argument(0), call.use)
    if len(call.arguments) > 1:
        content = _call_each(machine, call, (content,), callback=1)
    machine.flow(content, made.others)
    machine.add(call.result, made)


def _array_of(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = machine.array_of(call.make("array"), call.arguments)
    machine.flow_all(call.rest, made.others)
    machine.add(call.result, made)


def _new_map(machine: Calls, receiver: Value | None, call: Call) -> None:
    made = call.make("array")
    pairs = machine.elements(call.argument(0), call.use)
    machine.store_key(
        (machine.holding(made),),
        (machine.load((pairs,), "0", None),),
        (machine.load((pairs,), "1", None),),
        call.use,
    )
    machine.add(call.result, made)


def _new_promise(machine: Calls, receiver: Value | None, call: Call) -> None:
    """What ``resolve`` is given is what the promise promises."""
    settled = call.make("array")
    _call_each(machine, call, (machine.holding(Native(".settle", settled)),))
    machine.flow(settled.others, call.result)


def _settle(machine: Calls, receiver: Value | None, call: Call) -> None:
    if isinstance(receiver, Object):
        machine.flow_all(call.argument(0), receiver.others)


def _reflect_construct(machine: Calls, receiver: Value | None, call: Call) -> None:
    given = machine.elements(call.argument(1), call.use)
    machine.construct(call.argument(0), call.inner((), call.result, rest=(given,)))


def _reflect_apply(machine: Calls, receiver: Value | None, call: Call) -> None:
    given = machine.elements(call.argument(2), call.use)
    machine.call(call.argument(0), call.inner((), call.result, rest=(given,), this=machine.one(call.argument(1))))


def _run(machine: Calls, receiver: Value | None, call: Call) -> None:
    given = tuple((argument,) for argument in call.arguments[2:])
    _call_each(machine, call, *given)


def _each(model: Model, names: str) -> Iterable[tuple[str, Model]]:
    return ((name, model) for name in names.split())


NATIVES: Mapping[str, Model] = {
    ".map": _map,
    ".flatMap": _flat_map,
    **dict(_each(_filter, ".filter")),
    **dict(_each(_sort, ".sort .toSorted")),
    **dict(_each(_for_each, ".forEach .some .every .findIndex .findLastIndex")),
    **dict(_each(_find, ".find .findLast")),
    **dict(_each(_take, ".pop .shift .at")),
    **dict(_each(_reduce, ".reduce .reduceRight")),
    **dict(_each(_copy, ".splice .toSpliced .flat .reverse .toReversed .with .fill .values")),
    ".slice": _slice,
    ".concat": _concat,
    **dict(_each(_put, ".push .unshift .add .return")),
    ".entries": _entries,
    ".@@iterator": _back,
    ".next": _next,
    ".get": _get,
    ".set": _set,
    ".then": _then,
    **dict(_each(_catch, ".catch .finally")),
    ".call": _function_call,
    ".apply": _function_apply,
    ".bind": _bind,
    "Object.assign": _assign,
    "Object.create": _create,
    **dict(_each(_set_prototype, "Object.setPrototypeOf Reflect.setPrototypeOf")),
    **dict(_each(_get_prototype, "Object.getPrototypeOf Reflect.getPrototypeOf")),
    "util.inherits": _inherits,
    "inherits": _inherits,
    "Object.values": _values,
    "Object.entries": _object_entries,
    **dict(_each(_keys, "Object.keys Object.getOwnPropertyNames Reflect.ownKeys")),
    **dict(_each(_define_property, "Object.defineProperty Reflect.defineProperty")),
    **dict(
        _each(
            _same,
            "Object.freeze Object.seal Object.preventExtensions Object Promise.resolve Promise.all Promise.allSettled "
            "structuredClone Object.fromEntries",
        )
    ),
    **dict(_each(_find, "Promise.race Promise.any")),
    "Array.from": _array_from,
    **dict(_each(_array_of, "Array.of Array")),
    "new Array": _array_of,
    "new Map": _new_map,
    "new WeakMap": _new_map,
    "new Set": _array_from,
    "new Promise": _new_promise,
    ".settle": _settle,
    **dict(
        _each(
            _run,
            "setTimeout setInterval setImmediate queueMicrotask requestAnimationFrame process.nextTick "
            "globalThis.setTimeout window.setTimeout window.requestAnimationFrame",
        )
    ),
    "Reflect.construct": _reflect_construct,
    "Reflect.apply": _reflect_apply,
}
