"""The layers of TypeScript and JavaScript over a whole tree. Syntax and secrets are judged with everything else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from execution.validation.ecmascript import imports, tools
from execution.validation.ecmascript.parsing import TYPESCRIPT, is_ecmascript
from execution.validation.ecmascript.rules import check_complexity
from execution.validation.results import NOTHING, LayerResult, judge, not_run, result_of
from execution.validation.security import check_security
from integrations.llm.shapes import Diagnostic

_LAYERS = ("imports", "types", "lint", "security", "performance")


def judge_scripts(root: Path, texts: Mapping[str, str], layers: Sequence[str]) -> dict[str, LayerResult]:
    """The results by layer."""
    results = dict.fromkeys(_LAYERS, not_run(NOTHING, applies=False))
    files = [path for path in texts if is_ecmascript(path)]
    typed = [path for path in files if path.endswith(TYPESCRIPT)]
    if files and "imports" in layers:
        results["imports"] = judge(lambda: imports.check_imports(texts), checks=len(files))
    if typed and "types" in layers:
        results["types"] = judge(lambda: tools.check_types(root, typed), checks=len(typed))
    if files and "lint" in layers:
        results["lint"] = judge(lambda: tools.check_lint(root, files), checks=len(files))
    if files and "security" in layers:
        results["security"] = judge(lambda: _each(check_security, texts, files), checks=len(files))
    if files and "performance" in layers:
        results["performance"] = judge(lambda: _each(check_complexity, texts, files), checks=len(files))
    return results


def confirmed(syntax: LayerResult, types: LayerResult) -> LayerResult:
    """Syntax without what only our parser stumbled over: where ``tsc`` ran, it knows TypeScript better."""
    if types.status == "not_run":
        return syntax
    broken = {item.path for item in types.diagnostics if item.layer == "syntax"}
    kept = [item for item in syntax.diagnostics if not item.path.endswith(TYPESCRIPT) or item.path in broken]
    return result_of(kept, checks=syntax.checks, duration=syntax.duration)


def _each(
    check: Callable[[str, str], list[Diagnostic]], texts: Mapping[str, str], files: Sequence[str]
) -> list[Diagnostic]:
    return [item for path in files for item in check(path, texts[path])]
