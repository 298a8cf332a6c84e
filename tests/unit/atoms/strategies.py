"""Odd files for property tests: valid ones built from statements, and arbitrary text and bytes."""

from __future__ import annotations

import textwrap

from hypothesis import strategies as st

SIMPLE = (
    "x = 1",
    "import os",
    "from a.b import (\n    c,\n    d as e,\n)",
    "NAME: int = 3; other = 4",
    "# a comment",
    "",
    "\f",
    "value = f'{x!r:>{10}} {{braces}}'",
    "text = '''\n# not a comment\n\ndef not_a_function():\n'''",
    "long = \\\n    1 + \\\n    2",
    "if (n := len('a')) > 1: pass",
    "print('ñandú 漢字 \u2028 é')",
    "data = {\n" + "\n".join(f"    {i}: [{i}]," for i in range(20)) + "\n}",
    "pass",
    "del x",
    "type Alias[T] = list[T]",
)
BLOCKS = (
    "def function(a, *args, b: 'T' = 1, **kw) -> None:",
    "async def coroutine():",
    "@decorated\n# between\n@twice(1)\ndef decorated_function():",
    "class Thing[T](Base, metaclass=Meta):",
    "@dataclass\nclass Data:",
    "if x:",
    "for a, (b, *c) in y:",
    "while True:",
    "with open(x) as f, g() as (h, i):",
    "try:\n    pass\nexcept* (A, B) as error:",
    "try:\n    pass\nfinally:",
    "if x:\n    pass\n# before else\nelse:",
    "match x:\n  case Point(x=0, y=[a, *rest]) | {'k': v, **more} if v:",
)


def _indented(head: str, body: str, comment: str) -> str:
    depth = "      " if head.startswith("match") else "    "
    return f"{head}\n{textwrap.indent(body, depth, lambda line: True)}\n{depth}pass{comment}"


simple = st.sampled_from(SIMPLE)
comments = st.sampled_from(("", "  # trailing", "\n# outdented", "\n    # hanging\n\n# free"))
statements = st.recursive(
    simple,
    lambda inner: st.builds(_indented, st.sampled_from(BLOCKS), st.lists(inner, max_size=12).map("\n".join), comments),
    max_leaves=40,
)


def _finished(parts: list[str], ending: str, newline: str, bom: bool) -> bytes:
    text = "\n".join(parts) + ending
    return (b"\xef\xbb\xbf" if bom else b"") + text.replace("\n", newline).encode()


def files_of(parts: st.SearchStrategy[str], endings: tuple[str, ...]) -> st.SearchStrategy[bytes]:
    """Whole files with every kind of line ending, of end and of beginning."""
    return st.builds(
        _finished,
        st.lists(parts, max_size=12),
        st.sampled_from(endings),
        st.sampled_from(("\n", "\r\n")),
        st.booleans(),
    )


python_files = files_of(statements, ("", "\n", "\n\n\n", "  ", "\t\n"))
any_bytes = st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))

# -- TypeScript and JavaScript -----------------------------------------------------------------------------------------

JAVASCRIPT_SIMPLE = (
    "const x = 1;",
    "import a, { b as c } from 'd'",
    "import * as ns from 'e'; import 'f';",
    "export * from './g'; export * as h from 'i';",
    "const { j, k: [l = 1], ...m } = require('n')",
    "// a comment",
    "/* a comment\n\n  of three lines */",
    "",
    "\f",
    ";",
    "var text = `one ${`two ${3}`}\n  // no comment\n{`;",
    "let re = /[/}{]`/g, s = 'it\\'s \u2028 漢字'",
    "module.exports = { a, b: 1 }",
    "label: for (;;) { break label }",
    "const table = {\n" + "\n".join(f"  k{i}: [{i}]," for i in range(20)) + "\n};",
    "a ??= b?.c;",
    "export default x",
)
JAVASCRIPT_BLOCKS = (
    "function f(a, { b = 1 } = {}, ...c) {",
    "export async function* generator() {",
    "export default class extends Base {\n  static #p = 1; get q() {",
    "const arrow = async (a) => {",
    "exports.f = function () {",
    "describe('it', () => {",
    "(function () {",
    "promise.then(() => {\n  go();\n}).catch((e) => {",
    "if (x) {\n  y();\n} else if (z) {",
    "try {\n  y();\n}\n// why\ncatch (e) {",
    "switch (x) {\n  case 1: case 2: {\n    y();\n  }\n  default:",
    "const api = {\n  a: 1,\n  m() {",
    "while (x) {",
)
TYPESCRIPT_SIMPLE = (
    "import type { A } from 'b'; import r = require('s');",
    "export type Alias<T> = { [K in keyof T]?: T[K] } | (A & B)",
    "interface I<T> extends J {\n  (a: string): number;\n  readonly b?: T\n}",
    "declare function f(a: string): void;\ndeclare function f(a: number): void;",
    "declare module 'm' {\n  export const x: number;\n}",
    "declare global { interface Window { a: 1 } }",
    "export enum E { A, B = 1 << 2 }",
    "abstract class Q<T> {\n  @In() private readonly a!: string;\n  abstract m(): asserts this is T;\n}",
    "const y = z as unknown as T satisfies U;",
    "export = x;",
)
TYPESCRIPT_BLOCKS = (
    "namespace A.B {",
    "@Dec({ a: 1 })\nexport class D {\n  // why\n  @In() m<T>(this: A, b?: T): b is T {",
)
TSX_SIMPLE = (
    "const view = (\n  <ul className='a' {...rest}>\n    {xs.map((x) => <I k={x} />)} a &amp; {/* b */}\n  </ul>\n);",
    "const empty = <></>;",
)


def _closed(head: str, body: str, comment: str) -> str:
    """The block closed by as many brackets as it opened."""
    closing = head.count("{") - head.count("}")
    round_ = head.count("(") - head.count(")")
    return f"{head}\n{textwrap.indent(body, '  ')}\n" + "}\n" * (closing - 1) + "}" + ")" * round_ + comment


def _nested(simple: tuple[str, ...], blocks: tuple[str, ...]) -> st.SearchStrategy[str]:
    trailing = st.sampled_from(("", " // trailing", ";\n/* hanging */\n", "\n"))
    return st.recursive(
        st.sampled_from(simple),
        lambda inner: st.builds(
            _closed, st.sampled_from(blocks), st.lists(inner, max_size=12).map("\n".join), trailing
        ),
        max_leaves=40,
    )


ENDINGS = ("", "\n", "\n\n\n", "  ", "\n// last")
javascript_files = files_of(_nested(JAVASCRIPT_SIMPLE + TSX_SIMPLE, JAVASCRIPT_BLOCKS), ENDINGS)
typescript_files = files_of(
    _nested(JAVASCRIPT_SIMPLE + TYPESCRIPT_SIMPLE, JAVASCRIPT_BLOCKS + TYPESCRIPT_BLOCKS), ENDINGS
)
tsx_files = files_of(
    _nested(JAVASCRIPT_SIMPLE + TYPESCRIPT_SIMPLE + TSX_SIMPLE, JAVASCRIPT_BLOCKS + TYPESCRIPT_BLOCKS), ENDINGS
)
