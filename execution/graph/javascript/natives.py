"""Functions of the language and its library through which values flow. What is not here gives nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from execution.graph.javascript import native_collections as collections
from execution.graph.javascript import native_objects as objects
from execution.graph.javascript.native_calling import give_receiver
from execution.graph.javascript.values import Call, Value

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


def _each(model: Model, names: str) -> Iterable[tuple[str, Model]]:
    return ((name, model) for name in names.split())


NATIVES: Mapping[str, Model] = {
    ".map": collections.map_,
    ".flatMap": collections.flat_map,
    **dict(_each(collections.filter_, ".filter")),
    **dict(_each(collections.sort, ".sort .toSorted")),
    **dict(_each(collections.for_each, ".forEach .some .every .findIndex .findLastIndex")),
    **dict(_each(collections.find, ".find .findLast")),
    **dict(_each(collections.take, ".pop .shift .at")),
    **dict(_each(collections.reduce, ".reduce .reduceRight")),
    **dict(_each(collections.copy, ".splice .toSpliced .flat .reverse .toReversed .with .fill .values")),
    ".slice": collections.part_of,
    ".concat": collections.concat,
    **dict(_each(collections.put, ".push .unshift .add .return")),
    ".entries": collections.entries,
    ".@@iterator": give_receiver,
    ".next": collections.next_,
    ".get": collections.get,
    ".set": collections.set_,
    ".then": objects.then,
    **dict(_each(objects.catch, ".catch .finally")),
    ".call": objects.function_call,
    ".apply": objects.function_apply,
    ".bind": objects.bind,
    "Object.assign": objects.assign,
    "Object.create": objects.create,
    **dict(_each(objects.set_prototype, "Object.setPrototypeOf Reflect.setPrototypeOf")),
    **dict(_each(objects.get_prototype, "Object.getPrototypeOf Reflect.getPrototypeOf")),
    "util.inherits": objects.inherits,
    "inherits": objects.inherits,
    "Object.values": objects.list_values,
    "Object.entries": objects.list_entries,
    **dict(_each(objects.list_keys, "Object.keys Object.getOwnPropertyNames Reflect.ownKeys")),
    **dict(_each(objects.define_property, "Object.defineProperty Reflect.defineProperty")),
    **dict(
        _each(
            objects.give_argument,
            "Object.freeze Object.seal Object.preventExtensions Object Promise.resolve Promise.all Promise.allSettled "
            "structuredClone Object.fromEntries",
        )
    ),
    **dict(_each(collections.find, "Promise.race Promise.any")),
    "Array.from": collections.array_from,
    **dict(_each(collections.array_of, "Array.of Array")),
    "new Array": collections.array_of,
    "new Map": collections.new_map,
    "new WeakMap": collections.new_map,
    "new Set": collections.array_from,
    "new Promise": objects.new_promise,
    ".settle": objects.settle,
    **dict(
        _each(
            objects.run_later,
            "setTimeout setInterval setImmediate queueMicrotask requestAnimationFrame process.nextTick "
            "globalThis.setTimeout window.setTimeout window.requestAnimationFrame",
        )
    ),
    "Reflect.construct": objects.reflect_construct,
    "Reflect.apply": objects.reflect_apply,
}
