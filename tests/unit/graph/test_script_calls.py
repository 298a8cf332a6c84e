"""Who calls whom in JavaScript and TypeScript."""

from __future__ import annotations

import pytest

from tests.unit.graph.scripts import calls_of

CASES = {
    "a function declared later is called": ("f(); function f() {}", {"module -> f"}),
    "an arrow is known by its variable": ("const f = () => g(); const g = () => 1; f();", {"module -> f", "f -> g"}),
    "the last assignment counts": ("function f() {} function g() {} let a = f; a = g; a();", {"module -> g"}),
    "after a branch both may be meant": (
        "function f() {} function g() {} let a = f; if (x) { a = g; } a();",
        {"module -> f", "module -> g"},
    ),
    "a branch that leaves does not count after it": (
        "function f() {} function g() {} function h(x) { let a = f; if (x) { a = g; return; } a(); } h();",
        {"module -> h", "h -> f"},
    ),
    "in a loop a later line comes before an earlier one": (
        "function f() {} function g() {} let a = f; while (x) { a(); a = g; }",
        {"module -> f", "module -> g"},
    ),
    "what a try assigned may be there or not": (
        "function f() {} function g() {} let a = f; try { a = g; x(); } catch {} a();",
        {"module -> f", "module -> g"},
    ),
    "what an inner function assigns is seen outside": (
        "function f() {} let a; function set() { a = f; } set(); a();",
        {"module -> set", "module -> f"},
    ),
    "a callback is called by whom it is given to": (
        "function f() {} function run(callback) { callback(); } run(f);",
        {"module -> run", "run -> f"},
    ),
    "what is given back as it came goes only to who gave it": (
        "function f() {} function g() {} function same(x) { return x; } same(f)(); const h = same(g);",
        {"module -> same", "module -> f"},
    ),
    "a default counts where nothing is given": (
        "function f() {} function g() {} function run(a = f) { a(); } run(g);",
        {"module -> run", "run -> g"},
    ),
    "a closure is given back": (
        "function outer() { return function inner() {}; } outer()();",
        {"module -> outer", "module -> outer.inner"},
    ),
    "a method is found by the class of the instance": (
        "class A { m() {} } class B { m() {} } new A().m();",
        {"module -> A.m"},
    ),
    "a method is inherited and the constructor too": (
        "class A { constructor() {} m() {} } class B extends A {} const b = new B(); b.m();",
        {"module -> A.constructor", "module -> A.m"},
    ),
    "an own method hides the inherited one": (
        "class A { m() {} } class B extends A { m() { super.m(); } } new B().m();",
        {"module -> B.m", "B.m -> A.m"},
    ),
    "super calls the constructor above": (
        "class A { constructor() {} } class B extends A { constructor() { super(); } } new B();",
        {"module -> B.constructor", "B.constructor -> A.constructor"},
    ),
    "this of a base method may be the derived class": (
        "class A { run() { this.step(); } } class B extends A { step() {} } new B().run();",
        {"module -> A.run", "A.run -> B.step"},
    ),
    "an attribute holds an instance": (
        "class A { m() {} } class B { constructor() { this.a = new A(); } run() { this.a.m(); } } new B().run();",
        {"module -> B.constructor", "module -> B.run", "B.run -> A.m"},
    ),
    "a method is bound again in the constructor": (
        "class A { constructor() { this.m = this.m.bind(this); } m() { this.n(); } n() {} } new A().m();",
        {"module -> A.constructor", "module -> A.m", "A.m -> A.n"},
    ),
    "static methods and fields": (
        "class A { static make() { return new A(); } run = () => this.m(); m() {} } A.make().run();",
        {"module -> A.make", "module -> A.run", "A.run -> A.m"},
    ),
    "getters run when they are read and setters when they are set": (
        "class A { get x() { return f; } set x(v) { g(); } } function f() {} function g() {} new A().x(new A().x = 1);",
        {"module -> A.x", "module -> f", "A.x -> g"},
    ),
    "private names": ("class A { #p() {} m() { this.#p(); } } new A().m();", {"module -> A.m", "A.m -> A.#p"}),
    "prototypes": (
        "function A() {} A.prototype.m = function () { this.n(); }; A.prototype.n = function () {}; new A().m();",
        {"module -> A", "module -> m", "m -> n"},
    ),
    "prototypes inherit": (
        ("function A() {} A.prototype.m = function () {}; function B() { A.call(this); }"
        " B.prototype = Object.create(A.prototype); new B().m();"),
        {"module -> B", "B -> A", "module -> m"},
    ),
    "util.inherits": (
        ("const { inherits } = require('util'); function A() {} A.prototype.m = function () {}; function B() {}"
        " inherits(B, A); new B().m();"),
        {"module -> B", "module -> m"},
    ),
    "methods of an object": ("const o = { a() { this.b(); }, b: () => 1 }; o.a();", {"module -> o.a", "o.a -> o.b"}),
    "a key that is constant": (
        "function f() {} function g() {} const o = { f, g }; const k = 'f'; o[k]();",
        {"module -> f"},
    ),
    "a key that is not known may be any": (
        "function f() {} function g() {} const o = { f, g }; o[unknown()]();",
        {"module -> f", "module -> g"},
    ),
    "spread and assign copy": (
        "function f() {} const a = { f }; const b = { ...a }; const c = Object.assign({}, b); c.f();",
        {"module -> f"},
    ),
    "destructuring with defaults and rest": (
        "function f() {} function g() {} const { a, b: { c = g } = {}, ...r } = { a: f, d: g }; a(); c(); r.d();",
        {"module -> f", "module -> g"},
    ),
    "lists by place": (
        "function f() {} function g() {} const [a, b] = [f, g]; b(); [a, f].slice(0, 1)[0]();",
        {"module -> g", "module -> f"},
    ),
    "array methods call back": (
        "function f(x) { x(); } function g() {} [g].forEach(f); [1].map(() => g).find(x => x)();",
        {
            "module -> f", "f -> g", "module -> <arrow1>", "module -> <arrow2>", "module -> g",
        },
    ),
    "promises hand on": (
        ("class A { m() {} } async function make() { return new A(); } async function run() { (await make()).m(); }"
        " make().then(a => a.m()); run();"),
        {"module -> make", "module -> run", "run -> make", "run -> A.m", "module -> <arrow1>", "<arrow1> -> A.m"},
    ),
    "new Promise gives what is resolved": (
        "function f() {} new Promise(resolve => resolve(f)).then(g => g());",
        {"module -> <arrow1>", "module -> <arrow2>", "<arrow2> -> f"},
    ),
    "generators and iterators": (
        ("function f() {} function g() {} function* all() { yield f; } for (const x of all()) x();"
        " class A { [Symbol.iterator]() { return { next: () => ({ value: g }) }; } } for (const y of new A()) y();"),
        {
            "module -> all", "module -> f", "module -> A.@@iterator", "module -> g", "module -> A.@@iterator.next",
        },
    ),
    "call, apply and bind": (
        "function f(g) { g(); } function h() {} f.call(null, h); f.apply(null, [h]); f.bind(null, h)();",
        {"module -> f", "f -> h"},
    ),
    "arguments and rest": (
        "function f() {} function g() { arguments[0](); } function h(...r) { r[0](); } g(f); h(f);",
        {"module -> g", "module -> h", "g -> f", "h -> f"},
    ),
    "maps": ("function f() {} const m = new Map(); m.set('a', f); m.get('a')();", {"module -> f"}),
    "timers": ("function f() {} setTimeout(f, 1);", {"module -> f"}),
    "a function that is called where it stands": (
        "(function () { g(); })(); function g() {}",
        {"module -> <function1>", "<function1> -> g"},
    ),
    "a name assigned without being declared": ("function f() {} a = f; a();", {"module -> f"}),
    "a switch falls through": (
        "function f() {} function g() {} let a; switch (x) { case 1: a = f; break; default: a = g; } a();",
        {"module -> f", "module -> g"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), CASES.values(), ids=CASES)
def test_calls(source: str, expected: set[str]) -> None:
    assert calls_of(a=source) == expected


TYPED = {
    "a parameter is what its annotation says": (
        "class A { m() {} } function f(a: A) { a.m(); }",
        {"f -> A.m"},
    ),
    "a return type promises": (
        "class A { m() {} } declare function make(): Promise<A>; async function f() { (await make()).m(); }",
        {"f -> A.m"},
    ),
    "fields, parameter properties and lists": (
        (
            "class A { m() {} } class B { private list: A[] = []; constructor(private a: A) {}"
            " f() { this.a.m(); this.list.forEach(x => x.m()); } }"
        ),
        {"B.f -> A.m", "B.f -> B.f.<arrow1>", "B.f.<arrow1> -> A.m"},
    ),
    "interfaces lead to the classes in them": (
        (
            "class A { m() {} } interface Box { a: A; get(): A } type Boxes = Record<string, Box>;"
            " function f(b: Box, c: Boxes) { b.a.m(); }"
        ),
        {"f -> A.m"},
    ),
    "assertions": ("class A { m() {} } (window.a as A).m();", {"module -> A.m"}),
    "namespaces": ("namespace N { export function f() {} } N.f();", {"module -> N.f"}),
    "decorators are called": ("function d(x) {} @d class A { @d m() {} }", {"module -> d"}),
    "an abstract method is the one of the derived class": (
        "abstract class A { abstract m(): void; run() { this.m(); } } class B extends A { m() {} } new B().run();",
        {"module -> A.run", "A.run -> B.m"},
    ),
}


@pytest.mark.parametrize(("source", "expected"), TYPED.values(), ids=TYPED)
def test_calls_by_types(source: str, expected: set[str]) -> None:
    assert calls_of(a_ts=source) == expected


def test_components_are_called_with_their_properties() -> None:
    source = """
        function Button({ onClick, children }) { onClick(); return <b>{children()}</b>; }
        class Page extends React.Component { render() { return <Button onClick={save}>{title}</Button>; } }
        function save() {}
        function title() {}
        const page = <Page />;
    """
    assert calls_of(a_tsx=source) == {
        "module -> Page.render", "Page.render -> Button", "Button -> save", "Button -> title",
    }  # fmt: skip


MODULES = {
    "named": ("export function f() {}", "import { f as g } from './b'; g();"),
    "default": ("export default function f() {}", "import g from './b.js'; g();"),
    "whole": ("export const f = () => 1;", "import * as b from './b'; b.f();"),
    "listed": ("function f() {} export { f as g };", "import { g } from './b'; g();"),
    "required": ("module.exports = { f }; function f() {}", "const { f } = require('./b'); f();"),
    "required whole": ("exports.f = function () {};", "const b = require('./b'); b.f();"),
    "required function": ("function f() {} module.exports = f;", "require('./b')();"),
    "imported from CommonJS": ("module.exports = { f }; function f() {}", "import b, { f } from './b'; f(); b.f();"),
    "lazily": ("export function f() {}", "import('./b').then(({ f }) => f());"),
    "scripts share names": ("function f() {}", "f();"),
}


@pytest.mark.parametrize(("exporting", "importing"), MODULES.values(), ids=MODULES)
def test_calls_across_modules(exporting: str, importing: str) -> None:
    assert {call.rpartition(" -> ")[2] for call in calls_of(a=importing, b=exporting)} - {"<arrow1>"} == {"f"}
