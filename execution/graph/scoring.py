"""Calls that were found against calls that are known: folders of cases, each with a ``callgraph.json`` beside its code.

The format is that of PyCG's public suites: for each caller its callees, by module and qualified name. What counts are
calls whose two ends are the case's own and whose callee is a function.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from execution.graph.javascript.program import Program
from execution.graph.javascript.syntax import is_script
from execution.graph.python.analysis import analyse

TRUTH = "callgraph.json"
SYMBOL = re.compile(r"\.?\[Symbol\.(\w+)\]")
Call = tuple[str, str]
"""Caller and callee."""


@dataclass(frozen=True, slots=True)
class Score:
    """Calls of one case: those that are right, those that are wrong, those that were not found."""

    case: str
    right: frozenset[Call]
    wrong: frozenset[Call]
    missing: frozenset[Call]


def figures(scores: list[Score]) -> dict[str, float]:
    """Precision, recall and F1 over all calls of all cases; 1.0 where there was nothing to find."""
    right, wrong, missing = (sum(len(getattr(one, part)) for one in scores) for part in ("right", "wrong", "missing"))
    return {
        "cases": len(scores),
        "calls": right + missing,
        "precision": _share(right, right + wrong),
        "recall": _share(right, right + missing),
        "f1": _share(2 * right, 2 * right + wrong + missing),
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def score_cases(root: Path) -> Iterator[Score]:
    """Every folder below ``root`` that holds a truth, in the order of the paths."""
    for truth in sorted(root.rglob(TRUTH)):
        yield score_case(truth.parent, json.loads(truth.read_text()), case=truth.parent.relative_to(root).as_posix())


def score_case(folder: Path, truth: Mapping[str, list[str]], *, case: str = "") -> Score:
    sources = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    if any(path.endswith(".py") for path in sources):
        found, callers, callees = _python(sources)
        known = {(caller, callee) for caller, callee in _pairs(truth) if caller in callers and callee in callees}
    else:
        found = _scripts(sources)
        pairs = [(SYMBOL.sub(r".@@\1", caller), SYMBOL.sub(r".@@\1", callee)) for caller, callee in _pairs(truth)]
        known = {call for call in pairs if not any(end.startswith("<") for end in call)}
    return Score(case, frozenset(found & known), frozenset(found - known), frozenset(known - found))


def _pairs(truth: Mapping[str, list[str]]) -> Iterator[Call]:
    for caller, callees in truth.items():
        yield from ((caller, callee) for callee in callees)


def _python(sources: Mapping[str, bytes]) -> tuple[set[Call], set[str], set[str]]:
    """The calls, and the names of all scopes and of all functions. Callees without code of their own are no ends."""
    analysis = analyse({path: text for path, text in sources.items() if path.endswith(".py")})
    scopes = [scope for declared in analysis.declarations.values() for scope in declared.scopes.values()]
    functions = {scope.qualname for scope in scopes if scope.kind == "function"}
    calls = {(caller.runner.qualname, callee.scope.qualname) for caller, callee in analysis.calls}
    return calls, {scope.qualname for scope in scopes}, functions


def _scripts(sources: Mapping[str, bytes]) -> set[Call]:
    configurations = {path: text for path, text in sources.items() if path.endswith(".json") and path != TRUTH}
    program = Program({path: text for path, text in sources.items() if is_script(path)}, configurations)
    return {
        (_named(caller.path, caller.qualname), _named(callee.site.path, callee.qualname))
        for caller, callee in program.calls
        if callee.site is not None
    }


def _named(path: str, qualname: str) -> str:
    module = os.path.splitext(path)[0].replace("/", ".")
    return f"{module}.{qualname}" if qualname else module
