from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from execution.sandbox.isolation import Level, isolation
from execution.validation.ecmascript.imports import check_imports
from execution.validation.ecmascript.rules import check_complexity, check_security
from execution.validation.judging import judge_tree
from execution.validation.results import TreeReport
from execution.validation.syntax import check_syntax

MATHS = (
    "export const half = (x: number): number => x / 2;\nexport default function double(x: number) { return x * 2 }\n"
)
WORKING = {
    "package.json": '{"name": "shop", "dependencies": {"react": "18"}, "devDependencies": {"@types/node": "20"}}',
    "src/maths.ts": MATHS,
    "src/all.ts": "export * from './maths';\nexport { half as third } from './maths';\n",
    "src/old.cjs": "module.exports = { one: 1 };\n",
    "src/main.tsx": (
        "import double, { half } from './maths';\nimport { half as again, third } from './all.js';\n"
        "import { useState } from 'react';\nimport fs from 'node:fs';\nimport path from 'path';\n"
        "import './style.css';\nconst { one } = require('./old.cjs');\n"
        "export const App = () => <p>{double(half(again(third(one))))}</p>;\n"
    ),
}


def places(files: dict[str, str]) -> list[tuple[str, int, str, str]]:
    return [(item.path, item.line, item.code, item.message) for item in check_imports(files)]


@pytest.mark.parametrize("path", ["src/main.tsx", "src/maths.ts", "src/old.cjs"])
def test_working_files_parse(path: str) -> None:
    assert check_syntax(path, WORKING[path]) == []


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("a.ts", "const a = 1;\nfunction (: number {\n", 2),
        ("a.js", "const a = 1;\n\nif (a { b() }\n", 3),
        ("a.jsx", "const a = <p>\n", 1),
        ("a.mjs", "export const x: number = 1;\n", 1),
    ],
)
def test_what_does_not_parse_is_found_at_its_line(path: str, text: str, line: int) -> None:
    (found,) = check_syntax(path, text)
    assert (found.layer, found.code, found.line) == ("syntax", "syntax-error", line)


def test_settings_with_comments_are_no_broken_json() -> None:
    assert check_syntax("tsconfig.json", '{"compilerOptions": {} /* none */}') == []
    assert len(check_syntax("package.json", '{"name": "x" /* none */}')) == 1


def test_a_working_project_imports_what_is_there() -> None:
    assert places(WORKING) == []


def test_what_is_not_there_is_found() -> None:
    broken = WORKING | {
        "src/main.tsx": (
            "import { hlaf } from './maths';\nimport { x } from './gone';\nimport z from 'zod';\n"
            "export { nothing } from './all';\nconst late = await import('../../outside');\n"
        )
    }
    assert places(broken) == [
        ("src/main.tsx", 1, "unknown-name", "src/maths.ts does not export hlaf."),
        ("src/main.tsx", 2, "unresolved-import", "No module ./gone."),
        ("src/main.tsx", 3, "unresolved-import", "No module zod."),
        ("src/main.tsx", 4, "unknown-name", "src/all.ts does not export nothing."),
        ("src/main.tsx", 5, "unresolved-import", "No module ../../outside."),
    ]


def test_aliases_and_projects_without_a_list_of_packages_are_not_judged_blindly() -> None:
    files = {"a.ts": "import x from '@/lib/x';\nimport y from 'anything';\n"}
    assert places(files | {"tsconfig.json": '{"compilerOptions": {"paths": {"@/*": ["src/*"]}}} // mine'}) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("eval(given)", "eval-used"),
        ("const f = new Function(given)", "eval-used"),
        ("import { exec } from 'child_process';\nexec(`ls ${given}`)", "shell-used"),
        ("db.query(`SELECT * FROM users WHERE id = ${id}`)", "sql-from-text"),
        ("db.query('SELECT name FROM users WHERE id = ' + id)", "sql-from-text"),
        ("page.innerHTML = given", "html-from-text"),
        ("document.write(given)", "html-from-text"),
    ],
)
def test_dangerous_calls_are_found(text: str, code: str) -> None:
    assert [item.code for item in check_security("a.ts", text)] == [code]


@pytest.mark.parametrize(
    "text",
    [
        "pattern.exec(given)",
        "db.query('SELECT * FROM users WHERE id = $1', [id])",
        "page.innerHTML = '<p></p>'",
        "report.query(`all of ${name}`)",
    ],
)
def test_what_only_looks_like_it_is_not(text: str) -> None:
    assert check_security("a.ts", text) == []


def test_a_function_with_many_branches_is_told() -> None:
    branches = "".join(f"  if (x === {number} && y) return {number};\n" for number in range(6))
    text = f"function f(x, y) {{\n{branches}}}\nconst g = (x) => x ? 1 : 2;\n"
    (found,) = check_complexity("a.js", text)
    assert (found.line, found.message, found.severity) == (1, "Complexity 13.", "warning")


# -- the project's own tools -------------------------------------------------------------------------------------------

TSC = """
const lines = require('fs').readFileSync('src/a.ts', 'utf8').split('\\n');
console.log("src/a.ts(2,7): error TS2322: Type 'string' is not assignable to type 'number'.");
if (lines[0].includes('broken')) console.log("src/a.ts(1,1): error TS1005: ';' expected.");
process.exit(2);
"""
ESLINT = """
const files = process.argv.slice(process.argv.indexOf('--') + 1);
require('fs').writeFileSync('/tmp/mine', 'x');
console.log(JSON.stringify(files.map(file => ({filePath: process.cwd() + '/' + file, messages: [
  {ruleId: 'no-var', severity: 2, line: 2, column: 1, message: 'Unexpected var.'},
  {ruleId: 'no-console', severity: 1, line: 1, column: 1, message: 'Unexpected console.'}]}))));
process.exit(1);
"""
OLD_ESLINT = """
if (process.argv.includes('--no-warn-ignored') || process.env.ESLINT_USE_FLAT_CONFIG !== 'false') process.exit(2);
console.log(JSON.stringify(['src/a.ts', 'dist/a.js'].map(file => ({filePath: process.cwd() + '/' + file, messages: [
  {ruleId: 'react/jsx-key', severity: 2, line: 1, column: 1, message: 'No key.'}]}))));
process.exit(1);
"""
needs_node = pytest.mark.skipif(
    shutil.which("node") is None or isolation().level < Level.NAMESPACES,
    reason="no node, or nothing to isolate it with",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, "src/a.ts", "export const a = 1;\nexport const b: number = 'x';\n")
    return tmp_path


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def judge(root: Path, *layers: str) -> TreeReport:
    return judge_tree(root, files=["src/a.ts"], python=None, cache=root.parent / "cache", layers=layers)


def test_without_its_own_tools_a_project_s_types_and_lint_are_not_run(project: Path) -> None:
    report = judge(project, "syntax", "imports", "types", "lint", "security")
    assert report.not_run == {
        "types": "TypeScript: the project has no tsconfig.json.",
        "lint": "JavaScript: the project has no settings of eslint.",
    }
    assert not report.passed
    assert report.unheard == {}
    write(project, "tsconfig.json", "{}")
    assert judge(project, "types").not_run["types"] in (
        "The project has no tsc in node_modules.",
        "tsc needs node, which this machine has not got.",
    )


@needs_node
def test_its_own_compiler_and_linter_are_asked_in_the_sandbox(project: Path) -> None:
    write(project, "tsconfig.json", "{}")
    write(project, "eslint.config.js", "")
    write(project, "node_modules/typescript/bin/tsc", TSC)
    write(project, "node_modules/eslint/bin/eslint.js", ESLINT)
    report = judge(project, "types", "lint")
    found = [(item.layer, item.line, item.code, item.severity) for item in report.diagnostics]
    assert found == [
        ("types", 2, "TS2322", "error"),
        ("lint", 1, "no-console", "warning"),
        ("lint", 2, "no-var", "error"),
    ]
    assert all(item.path == "src/a.ts" and item.hint for item in report.diagnostics)
    assert report.diagnostics[-1].hint == "See https://eslint.org/docs/latest/rules/no-var"
    assert not Path("/tmp/mine").exists()


@needs_node
def test_an_older_linter_is_asked_in_its_own_way_about_the_whole_project(project: Path) -> None:
    write(project, ".eslintrc.json", "{}")
    write(project, "node_modules/eslint/bin/eslint.js", OLD_ESLINT)
    (found,) = judge(project, "lint").diagnostics
    assert (found.path, found.code, found.hint) == (
        "src/a.ts",
        "react/jsx-key",
        "See what the project's eslint wants of it.",
    )


@needs_node
def test_where_the_compiler_ran_it_decides_what_parses(project: Path) -> None:
    write(project, "tsconfig.json", "{}")
    write(project, "node_modules/typescript/bin/tsc", TSC)
    write(project, "src/a.ts", "fine but odd (\n")
    assert judge(project, "syntax", "types").layers["syntax"].status == "passed"
    write(project, "src/a.ts", "broken (\n")
    assert judge(project, "syntax", "types").layers["syntax"].status == "failed"


@needs_node
def test_a_tool_that_breaks_is_not_run_and_does_not_pass(project: Path) -> None:
    write(project, "tsconfig.json", "{}")
    write(project, "node_modules/typescript/bin/tsc", "throw new Error('out of order')")
    report = judge(project, "types")
    assert report.not_run["types"].startswith("tsc failed: ")
    assert set(report.unheard) == {"types"}
