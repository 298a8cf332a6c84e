"""The criteria of the Definition of Done, one function each, in the order of the specification."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Final

from common.python_source import parse_python
from execution.output.done_facts import Criterion, Finding, TaskFacts
from execution.output.imports import is_test, parsed
from execution.output.inspection import Place, complexities, debug_output, defined_names, placeholders
from execution.output.inspection import unannotated as unannotated_names
from execution.output.inspection import undocumented as undocumented_names

MAX_COMPLEXITY: Final = 10
MIN_COVERAGE: Final = 80.0
_SHOWN: Final = 5
_MODULE_NAMES: Final = {"migrations": r"[a-z0-9_]+", "versions": r"[a-z0-9_]+"}
"""Folders whose modules are named by tools, beginning with a number."""


def _passed(why: str) -> Finding:
    return Finding("passed", why)


def _failed(why: str) -> Finding:
    return Finding("failed", why)


def _not_applicable(why: str) -> Finding:
    return Finding("not_applicable", why)


def _listed(problems: Sequence[str]) -> str:
    more = f" and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    return "; ".join(problems[:_SHOWN]) + more


def _none_of(problems: Sequence[str] | None, *, unknown: str, fine: str) -> Finding:
    """Failed when there are problems or when nobody looked."""
    if problems is None:
        return _failed(unknown)
    return _failed(_listed(problems)) if problems else _passed(fine)


def _is_true(known: bool | None, *, yes: str, no: str) -> Finding:
    return _passed(yes) if known else _failed(no if known is False else f"not known: {no}")


def _has_python(facts: TaskFacts) -> bool:
    return any(path.endswith(".py") for path in facts.files)


# -- code and quality: what the layers of validation found -----------------------------------------------------------


def layer(facts: TaskFacts, *, name: str) -> Finding:
    """No error of this validation layer in the task's files."""
    if name in facts.layers_not_run:
        return _not_applicable(f"not run: {facts.layers_not_run[name]}")
    if name not in facts.layers_run:
        return _failed("not run, and nothing says why")
    errors = [
        f"{found.path}:{found.line}: {found.message}"
        for found in facts.diagnostics
        if found.layer == name and found.severity == "error" and found.path in facts.files
    ]
    return _failed(_listed(errors)) if errors else _passed("no errors")


def syntax(facts: TaskFacts) -> Finding:
    """The layer's verdict, and every Python file parses here too."""
    broken = []
    for path, text in sorted(facts.files.items()):
        if path.endswith(".py"):
            try:
                parse_python(text)
            except (SyntaxError, ValueError) as error:
                broken.append(f"{path}: {error}")
    return _failed(_listed(broken)) if broken else layer(facts, name="syntax")


def conventions(facts: TaskFacts) -> Finding:
    """Module names in snake_case, one newline style, a newline at the end, no wildcard import."""
    problems = []
    for path, text in sorted(facts.files.items()):
        pure = PurePosixPath(path)
        if pure.suffix == ".py" and not re.fullmatch(
            _MODULE_NAMES.get(pure.parent.name, r"[a-z_][a-z0-9_]*"), pure.stem
        ):
            problems.append(f"{path}: the module name is not snake_case")
        if "\r\n" in text and re.search(r"(?<!\r)\n", text):
            problems.append(f"{path}: two styles of newlines")
        if text and not text.endswith("\n"):
            problems.append(f"{path}: no newline at the end")
    for path, tree in parsed(facts.files):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
                problems.append(f"{path}:{node.lineno}: imports everything from {node.module}")
    if not facts.files:
        return _failed("the task has no files")
    return _failed(_listed(problems)) if problems else _passed("names, newlines and imports follow the conventions")


def no_placeholders(facts: TaskFacts) -> Finding:
    return _of_places(facts, placeholders, fine="every function does something", problem="has no body yet")


# -- function --------------------------------------------------------------------------------------------------------


def target_files(facts: TaskFacts) -> Finding:
    missing = [path for path in facts.target_files if path not in facts.files]
    empty = [
        path for path in facts.target_files
        if not facts.files.get(path, " ").strip() and PurePosixPath(path).name not in ("__init__.py", "py.typed")
    ]  # fmt: skip
    problems = [f"{path} is missing" for path in missing] + [f"{path} is empty" for path in empty]
    return _failed(_listed(problems)) if problems else _passed(f"{len(facts.target_files)} written")


def expected_outputs(facts: TaskFacts) -> Finding:
    if not facts.expected_outputs:
        return _not_applicable("the task names no outputs besides its files")
    there = facts.workspace_paths | facts.files.keys()
    folders = {parent.as_posix() for path in there for parent in PurePosixPath(path).parents}
    missing = [path for path in facts.expected_outputs if path.rstrip("/") not in there | folders]
    return _failed(f"missing: {_listed(missing)}") if missing else _passed("every output is at its path")


def postconditions(facts: TaskFacts) -> Finding:
    if not facts.postconditions:
        return _not_applicable("the task has no postconditions")
    problems = [
        f"{outcome.condition}: {outcome.why or ('does not hold' if outcome.holds is False else 'not checked')}"
        for outcome in facts.postconditions
        if not outcome.holds
    ]
    return _failed(_listed(problems)) if problems else _passed(f"{len(facts.postconditions)} hold")


def exports_defined(facts: TaskFacts) -> Finding:
    if not facts.exports:
        return _not_applicable("the task exports no names")
    names = {name for _, tree in parsed(facts.files) for name in defined_names(tree)}
    missing = [export.name for export in facts.exports if export.name.partition(".")[0] not in names]
    return _failed(f"not defined: {_listed(missing)}") if missing else _passed(f"{len(facts.exports)} defined")


def exports_importable(facts: TaskFacts) -> Finding:
    if not facts.exports:
        return _not_applicable("the task exports no names")
    if facts.import_errors is None:
        return _failed("importing was not tried")
    problems = [f"{name}: {why}" for name, why in sorted(facts.import_errors.items())]
    return _failed(_listed(problems)) if problems else _passed("every exported name imports")


def no_regressions(facts: TaskFacts) -> Finding:
    return _none_of(
        facts.regressions, unknown="the earlier tests were not run again", fine="nothing that passed before fails now"
    )


# -- testing ---------------------------------------------------------------------------------------------------------


def tests_exist(facts: TaskFacts) -> Finding:
    if not facts.tests_apply:
        return _not_applicable(facts.no_tests_reason or "tests do not apply to this task")
    if facts.tests is None or facts.tests.passed + len(facts.tests.failed) == 0:
        return _failed("no test ran that touches this task")
    return _passed(f"{facts.tests.passed + len(facts.tests.failed)} tests")


def tests_pass(facts: TaskFacts) -> Finding:
    if not facts.tests_apply:
        return _not_applicable(facts.no_tests_reason or "tests do not apply to this task")
    if facts.tests is None or facts.tests.passed + len(facts.tests.failed) == 0:
        return _failed("not run")
    return _failed(_listed(list(facts.tests.failed))) if facts.tests.failed else _passed(f"{facts.tests.passed} passed")


# -- documentation ---------------------------------------------------------------------------------------------------


def docstrings(facts: TaskFacts) -> Finding:
    return _of_places(facts, undocumented_names, fine="every public name has one", problem="has no docstring")


def type_hints(facts: TaskFacts) -> Finding:
    return _of_places(facts, unannotated_names, fine="every public function has them", problem="lacks type hints")


def _of_places(facts: TaskFacts, find: Callable[[ast.Module], Iterable[Place]], *, fine: str, problem: str) -> Finding:
    code = {path: text for path, text in facts.files.items() if path.endswith(".py") and not is_test(path)}
    if not code:
        return _not_applicable("the task has no Python code besides tests")
    readable = list(parsed(code))
    if len(readable) < len(code):
        return _failed("a file does not parse")
    problems = [f"{path}:{place.line}: {place.name} {problem}" for path, tree in readable for place in find(tree)]
    return _failed(_listed(problems)) if problems else _passed(fine)


# -- integration and persistence -------------------------------------------------------------------------------------


def no_conflict(facts: TaskFacts) -> Finding:
    return _none_of(facts.conflicts, unknown="not compared with the workspace", fine="nobody else claims its files")


def callers_fit(facts: TaskFacts) -> Finding:
    return _none_of(
        facts.incompatible_callers, unknown="callers were not checked", fine="callers use the signatures as they are"
    )


def dependencies_declared(facts: TaskFacts) -> Finding:
    if not _has_python(facts):
        return _not_applicable("the task has no Python code")
    return _none_of(facts.undeclared_imports, unknown="imports were not compared", fine="every import is declared")


def metadata_stored(facts: TaskFacts) -> Finding:
    return _is_true(facts.metadata_stored, yes="stored", no="attempts and results are not stored")


def plan_updated(facts: TaskFacts) -> Finding:
    return _is_true(facts.plan_updated, yes="the plan shows this task", no="the plan does not show this task")


def committed(facts: TaskFacts) -> Finding:
    return _is_true(facts.committed, yes="in the last commit", no="the workspace has not committed these files")


# -- desirable -------------------------------------------------------------------------------------------------------


def saved_to_memory(facts: TaskFacts) -> Finding:
    if facts.saved_to_memory is None:
        return _not_applicable("memory comes after done, or is off")
    return _is_true(facts.saved_to_memory, yes="saved", no="not saved")


def no_debug_output(facts: TaskFacts) -> Finding:
    return _of_places(facts, debug_output, fine="none", problem="is left over")


def formatting(facts: TaskFacts) -> Finding:
    if facts.formatted is None:
        return _not_applicable("not run: no formatter looked at these files")
    return _is_true(facts.formatted, yes="formatted", no="a formatter would change it")


def low_complexity(facts: TaskFacts) -> Finding:
    def too_complex(tree: ast.Module) -> list[Place]:
        return [
            Place(f"{place.name} ({size})", place.line) for place, size in complexities(tree) if size >= MAX_COMPLEXITY
        ]

    return _of_places(facts, too_complex, fine=f"every function is below {MAX_COMPLEXITY}", problem="is too complex")


def coverage(facts: TaskFacts) -> Finding:
    if not facts.tests_apply or not _has_python(facts):
        return _not_applicable("tests do not apply to this task")
    if facts.coverage is None:
        return _failed("not measured")
    told = f"{facts.coverage:.1f}% of its lines"
    return _passed(told) if facts.coverage >= MIN_COVERAGE else _failed(f"{told}, wanted {MIN_COVERAGE:.0f}%")


CRITERIA: Final[tuple[Criterion, ...]] = (
    Criterion("syntax", "code", True, syntax),
    Criterion("imports", "code", True, partial(layer, name="imports")),
    Criterion("conventions", "code", True, conventions),
    Criterion("no_placeholders", "code", True, no_placeholders),
    Criterion("types", "quality", True, partial(layer, name="types")),
    Criterion("lint", "quality", True, partial(layer, name="lint")),
    Criterion("security", "quality", True, partial(layer, name="security")),
    Criterion("target_files", "function", True, target_files),
    Criterion("expected_outputs", "function", True, expected_outputs),
    Criterion("postconditions", "function", True, postconditions),
    Criterion("exports_defined", "function", True, exports_defined),
    Criterion("exports_importable", "function", True, exports_importable),
    Criterion("no_regressions", "function", True, no_regressions),
    Criterion("tests_exist", "testing", True, tests_exist),
    Criterion("tests_pass", "testing", True, tests_pass),
    Criterion("docstrings", "documentation", True, docstrings),
    Criterion("type_hints", "documentation", True, type_hints),
    Criterion("no_conflict", "integration", True, no_conflict),
    Criterion("callers_fit", "integration", True, callers_fit),
    Criterion("dependencies_declared", "integration", True, dependencies_declared),
    Criterion("metadata_stored", "persistence", True, metadata_stored),
    Criterion("plan_updated", "persistence", True, plan_updated),
    Criterion("committed", "persistence", True, committed),
    Criterion("saved_to_memory", "desirable", False, saved_to_memory),
    Criterion("no_debug_output", "desirable", False, no_debug_output),
    Criterion("formatting", "desirable", False, formatting),
    Criterion("low_complexity", "desirable", False, low_complexity),
    Criterion("coverage", "desirable", False, coverage),
)
