"""What atoms of TypeScript and JavaScript define and use, and how they look from outside."""

from __future__ import annotations

import textwrap

import pytest

from execution.atoms import Atom, context_for, cut


def atoms_by_name(text: str, path: str = "a.tsx") -> dict[str, Atom]:
    return {atom.qualname: atom for atom in cut(path, textwrap.dedent(text).lstrip("\n").encode())}


def free_names(text: str, path: str = "a.tsx") -> set[str]:
    """What the one function ``f`` uses of the world outside it."""
    return set(atoms_by_name(text, path)["f"].uses)


def test_locals_and_parameters_are_not_used_names() -> None:
    text = "function f({ a, b: [c = D], ...e }: Props, g = h) { const i = a + c; return j(i, e, g); }"
    assert free_names(text) == {"D", "Props", "h", "j"}


@pytest.mark.parametrize(
    ("statement", "used"),
    [
        ("return xs.map((x) => x.y + z);", {"xs", "z"}),
        ("for (const [k, v] of pairs) use(k, v);", {"pairs", "use"}),
        ("for (let i = 0; i < n; i++) {}", {"n"}),
        ("try { run(); } catch (error) { log(error); }", {"run", "log"}),
        ("var a = 1; { let a = b; } return a;", {"b"}),
        ("if (x) { var late = 1; } return late;", {"x"}),
        ("return `a ${b} c`;", {"b"}),
        ("return { a, b: c, [d]: e, f() { return g; } };", {"a", "c", "d", "e", "g"}),
        ("total += 1; [p, q] = r;", {"total", "p", "q", "r"}),
        ("return function inner(n) { return n ? inner(n - 1) : 0; };", set()),
        ("class Inner extends Base { x = y; #z() { return this.x; } }", {"Base", "y"}),
        ("switch (x) { case A: { const a = 1; return a; } }", {"x", "A"}),
        ("outer: while (x) { break outer; }", {"x"}),
        ("return a?.b!.c;", {"a"}),
        ("return x as Type;", {"x", "Type"}),
        ("const { a: { b }, c = d } = e; return b + c;", {"d", "e"}),
        ("return <Item key={k} {...rest}>text <b>{v}</b><ns.Part /></Item>;", {"Item", "k", "rest", "v", "ns"}),
        ("type Local = { a: Other }; let x: Local;", {"Other"}),
        ("enum E { A = 1, B = A << x }", {"x"}),
    ],
)
def test_free_names_of_a_body(statement: str, used: set[str]) -> None:
    assert free_names(f"function f() {{ {statement} }}") == used


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("type f<T extends Base> = T extends Promise<infer U> ? U : T[];", {"Base", "Promise"}),
        ("type f = { [K in keyof Source]: Source[K] };", {"Source"}),
        ("type f = { [key: string]: Value; g(a: A): B };", {"Value", "A", "B"}),
        ("type f = (a: A, ...b: B[]) => a is C;", {"A", "B", "C"}),
        ("type f = [first: A, second?: B];", {"A", "B"}),
        ("type f = typeof value | ns.Deep.Type;", {"value", "ns"}),
        ("interface f<T> extends Base<T> { a: T; b: Other }", {"Base", "Other"}),
        ("declare function f<T>(a: T, b: Other): T;", {"Other"}),
        ("abstract class f<T> extends Base<T> implements Named { abstract a: T; }", {"Base", "Named"}),
    ],
)
def test_free_names_of_types(text: str, used: set[str]) -> None:
    assert free_names(text, "a.ts") == used


def test_types_are_named_without_parameters_and_builtin_words() -> None:
    atom = atoms_by_name("function f<T>(a: Task, b: ns.Plan<T>, c: string): Promise<Run> {}\n")["f"]
    assert atom.types == ("Promise", "Run", "Task", "ns.Plan")


def test_only_names_that_nothing_brings_are_unresolved() -> None:
    text = "function f(a: HTMLElement): Partial<Task> { console.log(a); return unknownName; }\ninterface Task {}\n"
    atom = atoms_by_name(text)["f"]
    assert atom.failed_criteria == ("free_names_resolve",)
    assert atoms_by_name(text.replace("unknownName", "undefined"))["f"].failed_criteria == ()


def test_imports_that_an_atom_needs_are_named_as_statements() -> None:
    text = """
    import a, { b as c, type D } from 'x';
    import * as n from "y";
    import type { T } from 'z';
    function f(d: D, t: T) { return a(c, n.m); }
    """
    assert atoms_by_name(text)["f"].imports == (
        'import * as n from "y"',
        "import a from 'x'",
        "import type { T } from 'z'",
        "import { b as c } from 'x'",
        "import { type D } from 'x'",
    )


def test_required_names_are_imports_too() -> None:
    text = "const fs = require('fs');\nconst { a: b, c } = require('d');\nfunction f() { return fs(b, c); }\n"
    assert atoms_by_name(text, "a.js")["f"].imports == (
        "const fs = require('fs')",
        "const { a: b } = require('d')",
        "const { c } = require('d')",
    )


@pytest.mark.parametrize(
    ("text", "defines"),
    [
        ("import a, { b as c } from 'x';", ("a", "c")),
        ("export { a as b, c } from 'x'; export * as d from 'y';", ("b", "c", "d")),
        ("export default value;", ("default",)),
        ("export { a as b };", ("b",)),
        ("export const [a, { b }] = c;", ("a", "b")),
        ("interface A { b: string; c(): void }", ("A",)),
        ("enum A { B }", ("A",)),
        ("module.exports = { a };", ("exports",)),
        ("exports.a = 1;", ("a",)),
        ("namespace A { }", ("A",)),
    ],
)
def test_what_an_atom_defines(text: str, defines: tuple[str, ...]) -> None:
    (atom,) = cut("a.ts", text.encode())
    assert atom.defines == defines


def test_names_that_pass_between_pieces_are_defined_and_used() -> None:
    lines = "".join(f"  const v{number} = {number};\n" for number in range(20))
    first, *_, last = cut("a.ts", f"function f() {{\n{lines}  return v0 + v19;\n}}\n".encode())
    assert first.defines == ("f",)
    assert {"v0"} <= set(last.uses)
    assert "effect_is_explicit" not in last.failed_criteria


def test_a_second_body_of_one_name_is_marked_and_merging_is_not() -> None:
    twice = cut("a.js", b"function f() { return 1; }\nfunction f() { return 2; }\n")
    assert [atom.failed_criteria for atom in twice] == [(), ("is_defined_once",)]
    merged = cut("a.ts", b"interface A { a: 1 }\ninterface A { b: 2 }\nfunction g() {}\nnamespace g {}\n")
    assert {name for atom in merged for name in atom.failed_criteria} == set()


@pytest.mark.parametrize(
    ("statement", "complexity"),
    [
        ("", 1),
        ("if (a) {} else if (b) {} else {}", 3),
        ("return a && b || c;", 3),
        ("return a ?? b;", 2),
        ("switch (a) { case 1: case 2: default: }", 3),
        ("try {} catch {}", 2),
        ("do {} while (a);", 2),
        ("return a ? b : c;", 2),
        ("for (const x of y) {}", 2),
        ("return a + b;", 1),
    ],
)
def test_complexity_counts_branches(statement: str, complexity: int) -> None:
    assert atoms_by_name(f"function f(a, b, c, y) {{ {statement} }}")["f"].complexity == complexity


def test_a_complete_context() -> None:
    text = b"""import { Task } from './task';

const LIMIT = 3;

/** Whether the title is good. */
function check(title: string): boolean {
  return title.length > LIMIT;
}

export function rename(task: Task, titles: Map<string, number>): Task {
  if (!check(task.title)) {
    throw new RangeError('bad');
  }
  return task;
}
"""
    atoms = cut("a.ts", text)
    context = context_for(atoms[-1], file_atoms=atoms)
    assert context.imports == ("import { Task } from './task'",)
    assert [(shown.name, shown.text, shown.docstring) for shown in context.interfaces] == [
        ("check", "function check(title: string): boolean", "Whether the title is good.")
    ]
    assert context.preconditions == (
        "task: Task",
        "titles: Map<string, number>",
        "throws RangeError if !check(task.title)",
    )
    assert context.postconditions == ("returns Task", "may throw RangeError")
    assert (context.missing, context.completeness) == ((), 1.0)


def test_a_method_is_shown_its_class_header() -> None:
    atoms = cut("a.ts", b"class Task {\n  title = '';\n\n  name() {\n    return this.title;\n  }\n}\n")
    context = context_for(atoms[-1], file_atoms=atoms)
    assert context.enclosing == ("class Task {\n  title = '';",)
    assert context.completeness == 1.0


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        ("export const f = async (a: A): Promise<B> => {\n  g();\n};", "export const f = async (a: A): Promise<B> =>"),
        ("@dec() export class A<T> extends B {}", "export class A<T> extends B"),
        ("declare function f(a: string): void;", "declare function f(a: string): void"),
        ("export namespace A {}", "export namespace A"),
        ("const a = 1;", ""),
    ],
)
def test_signatures_are_one_line(text: str, signature: str) -> None:
    assert cut("a.ts", text.encode())[0].signature == signature


@pytest.mark.parametrize(
    "comment", ["/*global jQuery*/", "/* globals a, jQuery:false */", "/* global\n  jQuery: writable\n*/"]
)
def test_names_that_a_comment_declares_global_resolve(comment: str) -> None:
    assert cut("a.js", f"{comment}\nlet done = jQuery.done;\n".encode())[0].failed_criteria == ()
    assert cut("a.js", b"// global jQuery\nlet done = jQuery.done;\n")[0].failed_criteria == ("free_names_resolve",)
