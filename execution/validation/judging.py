"""Judging a text alone, and a whole tree: every layer once, each with its own verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from execution.validation.imports import check_imports
from execution.validation.linting import lint_text, lint_tree
from execution.validation.results import LayerResult, TreeReport, judge, not_run
from execution.validation.security import COVERED_BY, check_security
from execution.validation.syntax import check_syntax
from execution.validation.type_checking import check_types
from integrations.llm.shapes import Diagnostic

LAYERS = ("syntax", "imports", "types", "lint", "security", "performance")
"""In the order they are reported; postconditions belong to tasks and are checked by ``conditions``."""

Checker = Callable[[str, str], list[Diagnostic]]
LayerResults = Mapping[str, LayerResult]


def judge_text(path: str, text: str) -> LayerResults:
    """What can be said of one text without its project: syntax, lint, security and performance."""
    syntax = judge(lambda: check_syntax(path, text), checks=1)
    own = judge(lambda: check_security(path, text), checks=1)
    if not path.endswith(".py"):
        return {"syntax": syntax, "security": own}
    if syntax.status != "passed":
        return {"syntax": syntax, **{layer: not_run("The text does not parse.") for layer in _LINTED}}
    linted = judge(lambda: lint_text(path, text), checks=1)
    return {"syntax": syntax, **_split(linted, own)}


def judge_tree(
    root: Path, *, files: Sequence[str], python: Path | None, cache: Path, layers: Sequence[str] = LAYERS
) -> TreeReport:
    """Runs the layers over the named files below ``root``, paths relative to it; nothing of them is executed.

    ``python`` is the interpreter of the project's environment, ``cache`` a directory of ours that is kept. Keep the
    same ``root`` for the same project: what was learned of it makes the next call quick.
    """
    texts, unreadable = _read(root, files)
    python_files = [path for path in texts if path.endswith(".py")]
    syntax = judge(lambda: unreadable + _each(check_syntax, texts), checks=len(files))
    nothing = not_run("There are no Python files.", applies=False)
    results = {"syntax": syntax} | dict.fromkeys(LAYERS[1:], nothing)
    if python_files and {"imports", "types"} & set(layers):
        results["imports"] = judge(lambda: check_imports(texts, python=python), checks=len(python_files))
    if python_files and "types" in layers:
        results["types"] = _types(root, python_files, python, cache, syntax, results["imports"])
    if python_files and set(_LINTED) & set(layers):
        own = judge(lambda: _each(check_security, texts), checks=len(texts))
        results |= _split(judge(lambda: lint_tree(root, python_files), checks=len(python_files)), own)
    return TreeReport({layer: results[layer] for layer in LAYERS if layer in layers})


_LINTED = ("lint", "security", "performance")


def _types(
    root: Path, files: Sequence[str], python: Path | None, cache: Path, syntax: LayerResult, imports: LayerResult
) -> LayerResult:
    if syntax.status == "failed":
        return not_run("Some files do not parse.")
    if python is None and imports.status == "not_run":
        return not_run(imports.reason)
    return judge(lambda: check_types(root, files, python=python, cache=cache), checks=len(files))


def _split(linted: LayerResult, own: LayerResult) -> dict[str, LayerResult]:
    """One run of the linter serves three layers; our own rules join its security findings."""
    if linted.status == "not_run":
        return dict.fromkeys(_LINTED, linted)
    found = {layer: [item for item in linted.diagnostics if item.layer == layer] for layer in _LINTED}
    seen = {(item.path, item.line, item.code) for item in found["security"]}
    found["security"] += [
        item for item in own.diagnostics if (item.path, item.line, COVERED_BY.get(item.code)) not in seen
    ]
    return {
        layer: LayerResult(
            status="failed" if any(item.severity == "error" for item in items) else "passed",
            diagnostics=tuple(sorted(items, key=lambda item: (item.path, item.line, item.column, item.code))),
            checks=linted.checks,
            duration=linted.duration,
        )
        for layer, items in found.items()
    }


def _each(check: Checker, texts: Mapping[str, str]) -> list[Diagnostic]:
    return [item for path, text in texts.items() for item in check(path, text)]


def _read(root: Path, files: Sequence[str]) -> tuple[dict[str, str], list[Diagnostic]]:
    """Texts by path, and a syntax diagnostic for each file that is missing or not UTF-8."""
    texts: dict[str, str] = {}
    problems = []
    for path in files:
        try:
            texts[path] = (root / path).read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            problems.append(_unreadable(path, f"Not UTF-8 at byte {error.start}."))
        except OSError as error:
            problems.append(_unreadable(path, f"Cannot be read: {error.strerror}."))
    return texts, problems


def _unreadable(path: str, message: str) -> Diagnostic:
    return Diagnostic(path=path, line=1, layer="syntax", code="unreadable", message=message)
