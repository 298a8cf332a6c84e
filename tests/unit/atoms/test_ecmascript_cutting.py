"""Where TypeScript and JavaScript are cut, and what each atom is called."""

from __future__ import annotations

import textwrap

import pytest

from execution.atoms import MAXIMUM_LINES, Atom, cut


def cut_text(text: str, path: str = "a.ts") -> tuple[Atom, ...]:
    return cut(path, textwrap.dedent(text).lstrip("\n").encode())


def outline(text: str, path: str = "a.ts") -> list[tuple[str, str, int, int]]:
    return [(atom.kind, atom.qualname, atom.start_line, atom.end_line) for atom in cut_text(text, path)]


def names(text: str, path: str = "a.ts") -> list[tuple[str, str]]:
    return [(atom.kind, atom.qualname) for atom in cut_text(text, path)]


def body(count: int, indent: str = "  ") -> str:
    return "".join(f"{indent}const value{number} = {number};\n" for number in range(count))


def test_imports_reexports_and_requires_are_one_atom_each_run() -> None:
    text = "import a from 'a';\n// why\nimport * as b from 'b';\nexport * from './c';\n\nconst d = 1;\n"
    assert outline(text) == [("import", "import", 1, 5), ("constant", "d", 6, 6)]
    required = "'use strict';\n\nconst fs = require('fs');\nvar path = require('path').posix;\n\nmodule.exports = fs;\n"
    assert outline(required, "a.js") == [("import", "import", 1, 5), ("statement", "statement", 6, 6)]


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("export default function () {}", "function", "default"),
        ("export default function named() {}", "function", "named"),
        ("export default class {}", "class_header", "default"),
        ("export default (a) => a;", "function", "default"),
        ("export async function* f() {}", "function", "f"),
        ("export const f = async <T,>(a: T): Promise<T> => a;", "function", "f"),
        ("const f = function () {};", "function", "f"),
        ("const A = class extends B {};", "class_header", "A"),
        ("declare function f(a: string): void;", "function", "f"),
        ("export abstract class A {}", "class_header", "A"),
        ("interface A { a: string }", "class_header", "A"),
        ("declare const enum A { B, C }", "class_header", "A"),
        ("type A = string | number;", "constant", "A"),
        ("export namespace A.B {}", "class_header", "A.B"),
        ("declare module 'a' {}", "class_header", "a"),
        ("declare global {}", "class_header", "global"),
        ("exports.f = function () {};", "function", "f"),
        ("module.exports = function f() {};", "function", "f"),
        ("A.prototype.m = function () {};", "function", "A.m"),
        ("export const a = 1, b = 2;", "constant", "a"),
        ("const { a, b } = c;", "constant", "{ a, b }"),
        ("a();", "statement", "statement"),
        ("describe('sums', () => {});", "statement", "describe: sums"),
    ],
)
def test_each_form_has_a_kind_and_a_name(text: str, kind: str, name: str) -> None:
    assert names(text, "a.tsx") == [(kind, name)]


def test_a_class_is_a_header_and_an_atom_for_each_method() -> None:
    text = """
    /** A task. */
    @Entity()
    export class Task extends Base<string> implements Named {
      static count = 0;
      private title: string;

      constructor(title: string) {
        super();
      }

      /** Its name. */
      @Memo()
      get name() { return this.title; }
      abstract done(): void;
      handler = () => {
        this.done();
      };
    }
    """
    atoms = cut_text(text)
    assert [(atom.kind, atom.qualname, atom.start_line) for atom in atoms] == [
        ("class_header", "Task", 1),
        ("method", "Task.constructor", 7),
        ("method", "Task.name", 11),
        ("method", "Task.done", 14),
        ("method", "Task.handler", 15),
    ]
    assert {atom.parent for atom in atoms[1:]} == {atoms[0].id}
    assert atoms[0].signature == "export class Task extends Base<string> implements Named"
    assert atoms[0].docstring == "A task."
    assert atoms[0].defines == ("Task", "count", "title")
    assert (atoms[2].signature, atoms[2].docstring) == ("get name()", "Its name.")
    assert atoms[-1].text.endswith("};\n}\n")


def test_overloads_stay_with_their_implementation() -> None:
    text = """
    export function f(a: string): void;
    export function f(a: number): void;
    export function f(a: any) {
      use(a);
    }
    class A {
      m(a: string): void;
      m(a: any) {}
    }
    """
    assert names(text) == [("function", "f"), ("class_header", "A"), ("method", "A.m")]
    assert all("is_defined_once" not in atom.failed_criteria for atom in cut_text(text))


def test_long_overloads_are_cut_between_signatures() -> None:
    comment = "/**\n" + " * words\n" * 12 + " */\n"
    text = "".join(f"{comment}declare function f(a: {kind}): void;\n" for kind in ("string", "number", "null"))
    assert outline(text) == [("function", "f", 1, 15), ("block", "f", 16, 30), ("block", "f", 31, 45)]


def test_comments_stay_with_what_they_describe() -> None:
    text = """
    const a = 1; // about a
    // right below a

    /*
     * About f,

     * with a blank line.
     */
    function f() {
      g();
      // at the end of f
    }
    """
    assert outline(text) == [("constant", "a", 1, 3), ("function", "f", 4, 12)]


def test_comments_above_do_not_count_as_lines() -> None:
    text = "/**\n" + " * words\n" * 30 + " */\nfunction f() {\n  return 1;\n}\n"
    (atom,) = cut_text(text)
    assert (atom.loc, atom.start_line, atom.failed_criteria) == (3, 1, ())


def test_fifteen_lines_stay_whole_and_sixteen_are_cut() -> None:
    assert len(cut_text("function f() {\n" + body(13) + "}\n")) == 1
    assert len(cut_text("function f() {\n" + body(14) + "}\n")) == 2


def test_pieces_of_a_function_share_a_unit() -> None:
    *pieces, other = cut_text("export const f = () => {\n" + body(40) + "};\n\nfunction g() {}\n")
    assert [piece.kind for piece in pieces] == ["function", *["block"] * (len(pieces) - 1)]
    assert {piece.unit for piece in pieces} == {"a.ts::f"}
    assert pieces[-1].text.endswith("};\n\n")
    assert all(piece.loc <= MAXIMUM_LINES for piece in pieces)
    assert other.unit == "a.ts::g"


def test_a_long_call_is_cut_between_the_statements_of_its_callback() -> None:
    cases = "".join(f"  it('does {number}', () => {{\n{body(6, '    ')}  }});\n\n" for number in range(4))
    atoms = cut_text(f"describe('all', () => {{\n{cases}}});\n")
    assert len(atoms) == 4
    assert [atom.name for atom in atoms[1:]] == ["it: does 1", "it: does 2", "it: does 3"]
    assert all(atom.text.lstrip().startswith(("describe(", "it(")) for atom in atoms)
    assert len({atom.unit for atom in atoms}) == 1


def test_definitions_in_a_callback_are_atoms_of_their_own() -> None:
    text = "(function () {\n  function f() {\n" + body(8, "    ") + "  }\n" + body(8) + "})();\n"
    kinds = [atom.kind for atom in cut_text(text, "a.js")]
    assert kinds == ["statement", "function", "constant"]


def test_a_long_object_of_methods_is_cut_between_members() -> None:
    methods = "".join(f"  m{number}() {{\n{body(4, '    ')}  }},\n" for number in range(3))
    atoms = cut_text(f"export default {{\n  name: 'x',\n{methods}}};\n", "a.js")
    assert [(atom.kind, atom.qualname) for atom in atoms] == [
        ("class_header", "default"),
        ("method", "default.m0"),
        ("method", "default.m1"),
        ("method", "default.m2"),
    ]


def test_a_short_object_of_methods_is_a_constant() -> None:
    assert names("const api = {\n  get() {\n    return 1;\n  },\n};\n") == [("constant", "api")]


def test_a_long_table_stays_whole_and_is_marked() -> None:
    (atom,) = cut_text("const table = {\n" + "".join(f"  k{n}: {n},\n" for n in range(30)) + "};\n")
    assert atom.loc == 32
    assert atom.failed_criteria == ("lines_within_limit",)


def test_a_jsx_tree_stays_whole() -> None:
    tree = "      <Item onClick={() => {\n        go();\n      }} />\n" * 8
    text = f"export function App() {{\n  const go = useGo();\n  return (\n    <ul>\n{tree}    </ul>\n  );\n}}\n"
    first, last = cut_text(text, "a.tsx")
    assert first.text == "export function App() {\n  const go = useGo();\n"
    assert last.text.startswith("  return (\n    <ul>")


def test_interfaces_and_enums_are_one_atom_until_they_are_long() -> None:
    short = "interface A {\n" + "  a(): void;\n" * 13 + "}\n"
    long = "export interface A {\n" + "".join(f"  a{n}: string;\n" for n in range(30)) + "}\n"
    assert names(short) == [("class_header", "A")]
    assert {atom.kind for atom in cut_text(long)} == {"class_header", "constant"}
    assert all(atom.loc <= MAXIMUM_LINES for atom in cut_text(long))


def test_members_of_a_namespace_are_functions_in_its_scope() -> None:
    text = "namespace A {\n  export const x = 1;\n  export function f() {}\n}\n"
    assert names(text) == [("class_header", "A"), ("function", "A.f")]


def test_long_switches_are_cut_between_cases() -> None:
    cases = "".join(f"    case {n}:\n      go({n});\n      break;\n" for n in range(8))
    atoms = cut_text(f"function f(x) {{\n  switch (x) {{\n{cases}    default:\n      stop();\n  }}\n}}\n", "a.js")
    assert len(atoms) > 1
    assert all(atom.text.lstrip().startswith(("function", "case", "go")) for atom in atoms)


def test_no_atom_begins_with_a_closing_bracket() -> None:
    text = "function f(x) {\n  if (x) {\n" + body(12, "    ") + "  } else {\n" + body(12, "    ") + "  }\n}\n"
    atoms = cut_text(text)
    assert len(atoms) == 3
    assert all(not atom.text.lstrip().startswith("}") for atom in atoms)


def test_what_shares_a_line_is_never_separated() -> None:
    assert outline("class A {} class B {}\nconst a = 1; b();\n") == [
        ("class_header", "A", 1, 1),
        ("statement", "a", 2, 2),
    ]


def test_a_minified_file_is_one_atom_and_not_atomic() -> None:
    text = ";".join(f"function f{n}(a){{if(a)return a||{n}}}" for n in range(50))
    (atom,) = cut_text(text, "a.min.js")
    assert {"complexity_is_low"} <= set(atom.failed_criteria)


def test_functions_that_share_a_line_are_a_run_that_defines_them_all() -> None:
    (atom,) = cut_text("function a() { return 1 } function b() { return a() }\n", "a.js")
    assert (atom.kind, atom.defines, atom.failed_criteria) == ("statement", ("a", "b"), ("has_one_responsibility",))
    (atom,) = cut_text("const a = () => 1; const b = () => 2;\n")
    assert (atom.kind, atom.name, atom.defines) == ("constant", "a", ("a", "b"))


def test_only_the_part_that_does_not_parse_stays_whole() -> None:
    good = "function good() {\n" + body(20) + "}\n"
    bad = "class A {\n  m() {\n    let = = 1;\n" + body(20, "    ") + "  }\n  n() {\n    return 1;\n  }\n}\n"
    atoms = cut_text(good + bad + "\nfunction after() {}\n")
    assert ("function", "good") in {(atom.kind, atom.qualname) for atom in atoms}
    assert atoms[-1].qualname == "after"
    assert ("method", "A.n") in {(atom.kind, atom.qualname) for atom in atoms}


@pytest.mark.parametrize("text", ["function ( {\n", "}}}} const\n", "class {{{ x\n", "((((\n"])
def test_a_file_that_does_not_parse_is_one_file_atom(text: str) -> None:
    assert [atom.kind for atom in cut_text(text)] == ["file"]


def test_a_hash_bang_line_is_part_of_the_first_atom() -> None:
    assert outline("#!/usr/bin/env node\nimport a from 'a';\n", "a.mjs") == [("import", "import", 1, 2)]
