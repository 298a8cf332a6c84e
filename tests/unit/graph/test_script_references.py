"""Where references of JavaScript and TypeScript lead, and how modules are found."""

from __future__ import annotations

import pytest

from execution.atoms import cut
from execution.graph import build
from execution.graph.javascript.modules import ModulePaths
from tests.unit.graph.scripts import program, references


def test_a_use_needs_its_import_and_the_definition_behind_the_barrel() -> None:
    found = program(
        a="import { f } from './lib';\nexport function g() {\n  f();\n}\n",
        lib__index="export * from './f';\nexport { h } from './f';\n",
        lib__f="export const x = 1;\nexport function f() {}\nexport function h() {}\n",
    )
    assert references(found) == {
        ("a.js:1", "lib/f.js:2", "import"),
        ("a.js:3", "a.js:1", "import"),
        ("a.js:3", "lib/f.js:2", "control"),
        ("lib/index.js:1", "lib/f.js:1", "import"),
        ("lib/index.js:2", "lib/f.js:3", "import"),
    }


def test_types_are_needed_by_the_checker_only() -> None:
    found = program(
        a_ts="interface User {\n  name: string;\n}\nclass A {}\nclass B extends A implements User {\n  name = '';\n}\n"
        "function show(user: User) {\n  return user.name;\n}\n"
    )
    assert {(one.line, one.target_line, one.type, one.timing) for one in found.references} == {
        (5, 4, "type", "definition"),
        (5, 1, "type", "checking"),
        (8, 1, "type", "checking"),
        (9, 2, "type", "checking"),
    }


def test_timing_says_when_a_need_arises() -> None:
    found = program(a="const x = 1;\nfunction f() {\n  return x;\n}\nconst y = x;\n(() => {\n  y;\n})();\n")
    assert {(one.line, one.target_line, one.timing) for one in found.references} == {
        (3, 1, "call"),
        (5, 1, "import"),
        (7, 5, "import"),
        (6, 6, "callback"),
    }


def test_a_name_required_leads_to_the_function_and_not_only_to_the_list_of_exports() -> None:
    found = program(a="const { f } = require('./b');\nf();\n", b="function f() {}\nmodule.exports = { f };\n")
    assert references(found) == {
        ("a.js:1", "b.js:1", "import"),
        ("a.js:1", "b.js:2", "data"),
        ("a.js:2", "a.js:1", "import"),
        ("a.js:2", "b.js:1", "control"),
        ("b.js:2", "b.js:1", "data"),
    }


def test_members_lead_to_their_lines() -> None:
    found = program(a="class A {\n  m() {\n    this.x = 1;\n  }\n  n() {\n    return this.x;\n  }\n}\nnew A().n();\n")
    assert ("a.js:6", "a.js:3", "data") in references(found)
    assert ("a.js:9", "a.js:5", "control") in references(found)


PATHS = ["app/main.ts", "app/lib/index.ts", "app/lib/util.tsx", "app/types.d.ts", "packages/core/src/index.ts", "b.mjs"]
CONFIGURATIONS = {
    "tsconfig.base.json": b'{"compilerOptions": {"paths": {"@lib/*": ["./app/lib/*"]}}}',
    "app/tsconfig.json": b'{ // comment\n "extends": "../tsconfig.base", "compilerOptions": {"baseUrl": ".",}, }',
    "packages/core/package.json": b'{"name": "@acme/core", "main": "dist/index.js"}',
    "broken/package.json": b"{",
}


@pytest.mark.parametrize(
    ("path", "specifier", "expected"),
    [
        ("app/main.ts", "./lib", "app/lib/index.ts"),
        ("app/main.ts", "./lib/util.js", "app/lib/util.tsx"),
        ("app/main.ts", "./lib/util.jsx", "app/lib/util.tsx"),
        ("app/main.ts", "./types", "app/types.d.ts"),
        ("app/main.ts", "@lib/util", "app/lib/util.tsx"),
        ("app/main.ts", "lib/util", "app/lib/util.tsx"),
        ("app/lib/util.tsx", "..", None),
        ("app/lib/util.tsx", ".", "app/lib/index.ts"),
        ("app/main.ts", "@acme/core", "packages/core/src/index.ts"),
        ("app/main.ts", "../b.mjs", "b.mjs"),
        ("app/main.ts", "react", None),
        ("b.mjs", "@lib/util", None),
    ],
)
def test_specifiers(path: str, specifier: str, expected: str | None) -> None:
    assert ModulePaths(PATHS, CONFIGURATIONS).resolve(path, specifier) == expected


def test_atoms_on_one_line_are_told_apart_by_bytes() -> None:
    source = b"function f(){}function g(){f()}"
    found = program(a=source.decode())
    (reference,) = [one for one in found.references if one.timing == "call"]
    assert (source[reference.offset : reference.offset + 1], reference.target_offset) == (b"f", 9)


def test_the_graph_spans_files_of_typescript() -> None:
    files = {
        "src/a.ts": cut("src/a.ts", b'import { f } from "@/b";\n\nexport function g() {\n  f();\n}\n'),
        "src/b.ts": cut("src/b.ts", b"export function f() {}\n"),
        "tsconfig.json": cut("tsconfig.json", b'{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}'),
    }
    graph = build(files)
    paths = {node.id: node.path for node in graph.nodes}
    assert ("src/b.ts", "src/a.ts", "control") in {
        (paths[edge.source], paths[edge.target], edge.type) for edge in graph.edges
    }


@pytest.mark.parametrize(
    "source", ["class {", "import {", "export", "f(", "a.b.", "<a", "@", "x = {...", "\ufeffa()", ""]
)
def test_broken_sources_do_no_harm(source: str) -> None:
    assert program(a_tsx=source, b="f();").too_deep == {}


def test_deep_nesting_is_named_and_the_rest_is_done() -> None:
    found = program(a="x = " + "[" * 3000 + "]" * 3000 + ";\nfunction f() {}\nf();\n")
    assert ("a.js:3", "a.js:2", "control") in references(found)
