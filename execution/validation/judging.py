"""Judging a text alone, and a whole tree: every layer once, each with its own verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from execution.validation.ecmascript.judging import confirmed, judge_scripts
from execution.validation.ecmascript.parsing import is_ecmascript
from execution.validation.imports import check_imports
from execution.validation.linting import lint_text, lint_tree
from execution.validation.results import NOTHING, LayerResult, TreeReport, judge, not_run, result_of, together
from execution.validation.security import COVERED_BY, check_security
from execution.validation.slowness import check_slowness
from execution.validation.standards import GENERATED, UNTYPED, Standard
from execution.validation.swallowing import SAME_AS_SWALLOWED, SWALLOWED, check_swallowing
from execution.validation.syntax import check_syntax
from execution.validation.type_checking import check_types, only_sure
from integrations.llm.shapes import Diagnostic

LAYERS = ("syntax", "imports", "types", "lint", "security", "performance")
"""In the order they are reported; postconditions belong to tasks and are checked by ``conditions``."""

Checker = Callable[[str, str], list[Diagnostic]]
LayerResults = Mapping[str, LayerResult]


def judge_text(path: str, text: str, *, standard: Standard = GENERATED) -> LayerResults:
    """What can be said of one text without its project: syntax, lint, security and performance."""
    syntax = judge(lambda: check_syntax(path, text), checks=1)
    own = judge(lambda: check_security(path, text), checks=1, most=_ALL)
    if not path.endswith(".py"):
        return {"syntax": syntax, "security": own}
    if syntax.status != "passed":
        return {"syntax": syntax, **{layer: not_run("The text does not parse.") for layer in _LINTED}}
    linted = judge(lambda: lint_text(path, text, rules=standard.rules) + _own_rules(path, text), checks=1, most=_ALL)
    return {"syntax": syntax, **_split(linted, own)}


def judge_tree(
    root: Path,
    *,
    files: Sequence[str],
    python: Path | None,
    cache: Path,
    layers: Sequence[str] = LAYERS,
    standard: Standard = GENERATED,
) -> TreeReport:
    """Runs the layers over the named files below ``root``, paths relative to it; nothing of them is executed out of
    the sandbox.

    ``python`` is the interpreter of the project's environment, ``cache`` a directory of ours that is kept. Keep the
    same ``root`` for the same project: what was learned of it makes the next call quick.
    """
    texts, unreadable = _read(root, files)
    syntax = judge(lambda: unreadable + _each(check_syntax, texts), checks=len(files))
    python_part = _judge_python(root, texts, python, cache, layers, standard, syntax)
    other_part = judge_scripts(root, texts, layers)
    syntax = confirmed(syntax, other_part["types"])
    results = {layer: together((python_part[layer], other_part[layer])) for layer in LAYERS[1:] if layer in layers}
    return TreeReport(({"syntax": syntax} if "syntax" in layers else {}) | results)


_LINTED = ("lint", "security", "performance")
_ALL = 10**9
"""Findings of several layers together are bounded only when each has its own."""


def _judge_python(
    root: Path,
    texts: Mapping[str, str],
    python: Path | None,
    cache: Path,
    layers: Sequence[str],
    standard: Standard,
    syntax: LayerResult,
) -> dict[str, LayerResult]:
    files = [path for path in texts if path.endswith(".py")]
    results = dict.fromkeys(LAYERS[1:], not_run(NOTHING, applies=False))
    if files and {"imports", "types"} & set(layers):
        results["imports"] = judge(lambda: check_imports(texts, python=python), checks=len(files))
    if files and "types" in layers:
        results["types"] = _types(root, texts, python, cache, standard, syntax, results["imports"])
    if files and set(_LINTED) & set(layers):
        rest = {path: text for path, text in texts.items() if not is_ecmascript(path)}
        own = judge(lambda: _each(check_security, rest), checks=len(rest), most=_ALL)
        linted = judge(
            lambda: [*lint_tree(root, files, rules=standard.rules), *_each(_own_rules, texts)],
            checks=len(files),
            most=_ALL,
        )
        results |= _split(linted, own)
    return results


def _types(
    root: Path,
    texts: Mapping[str, str],
    python: Path | None,
    cache: Path,
    standard: Standard,
    syntax: LayerResult,
    imports: LayerResult,
) -> LayerResult:
    files = [path for path in texts if path.endswith(".py")]
    if any(item.path.endswith(".py") for item in syntax.errors):
        return not_run("Some files do not parse.")
    if python is None and imports.status == "not_run":
        return not_run(imports.reason)

    def check() -> list[Diagnostic]:
        found = check_types(root, files, python=python, cache=cache, settings=standard.types)
        return only_sure(found, texts) if standard is UNTYPED else found

    return judge(check, checks=len(files))


def _own_rules(path: str, text: str) -> list[Diagnostic]:
    return check_swallowing(path, text) + check_slowness(path, text)


def _split(linted: LayerResult, own: LayerResult) -> dict[str, LayerResult]:
    """One run of the linter serves three layers; our own rules join its findings, and nothing is told twice."""
    if linted.status == "not_run":
        return dict.fromkeys(_LINTED, linted)
    found = {layer: [item for item in linted.diagnostics if item.layer == layer] for layer in _LINTED}
    seen = {(item.path, item.line, item.code) for item in linted.diagnostics}
    found["security"] += [
        item for item in own.diagnostics if (item.path, item.line, COVERED_BY.get(item.code)) not in seen
    ]
    found["lint"] = [
        item
        for item in found["lint"]
        if item.code != SWALLOWED or not any((item.path, item.line, code) in seen for code in SAME_AS_SWALLOWED)
    ]
    return {layer: result_of(items, checks=linted.checks, duration=linted.duration) for layer, items in found.items()}


def _each(check: Checker, texts: Mapping[str, str]) -> list[Diagnostic]:
    return [item for path, text in texts.items() for item in _said_of(check, path, text)]


@lru_cache(maxsize=4096)
def _said_of(check: Checker, path: str, text: str) -> tuple[Diagnostic, ...]:
    """What a check says of a text by itself is the same in every round, and few files change between two."""
    return tuple(check(path, text))


def _read(root: Path, files: Sequence[str]) -> tuple[dict[str, str], list[Diagnostic]]:
    """Texts by path, and a syntax diagnostic for each file that is missing or not UTF-8."""
    texts: dict[str, str] = {}
    problems = []
    for path in files:
        try:
            texts[path] = (root / path).read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            line = bytes(error.object[: error.start]).count(b"\n") + 1
            problems.append(_unreadable(path, line, f"Not UTF-8 at byte {error.start}."))
        except OSError as error:
            problems.append(_unreadable(path, 1, f"Cannot be read: {error.strerror}."))
    return texts, problems


def _unreadable(path: str, line: int, message: str) -> Diagnostic:
    return Diagnostic(path=path, line=line, layer="syntax", code="unreadable", message=message)
