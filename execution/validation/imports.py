"""Imports: every module and every name imported from the project exists."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from execution.sources import Sources
from execution.validation.installed import importable_from, is_standard
from execution.validation.modules import Modules, ProjectModule, absolute_name, module_name, offered
from execution.validation.results import NotRun
from integrations.llm.shapes import Diagnostic


def check_imports(
    files: Mapping[str, str], *, python: Path | None, paths: Iterable[str] | None = None
) -> list[Diagnostic]:
    """Resolves every import of the Python files, or of those at ``paths``, against the project, the standard library
    and the environment.

    Raises NotRun when all that can be resolved is right but third-party imports could not be looked up for want of an
    environment.
    """
    sources = Sources.of(files)
    modules = Modules(sources)
    installed = importable_from(python) if python else None
    found: list[Diagnostic] = []
    unverified: set[str] = set()
    for path in files if paths is None else paths:
        name = module_name(path)
        tree = sources.tree(path)
        if name is None or tree is None:
            continue
        for statement in _imports(tree.body):
            for line, column, target, imported in _targets(modules[name], statement):
                problem = _problem(modules, installed, target, imported)
                if problem == _UNKNOWN:
                    unverified.add(target.partition(".")[0])
                elif problem:
                    found.append(_diagnostic(path, line, column, *problem))
    if unverified and not found:
        raise NotRun(f"No environment to look these up in: {', '.join(sorted(unverified))}.")
    return found


_UNKNOWN = ("unknown", "", "")


def _problem(
    modules: Mapping[str, ProjectModule], installed: frozenset[str] | None, target: str, imported: str | None
) -> tuple[str, str, str] | None:
    """(code, message, hint) of what is wrong, ``_UNKNOWN`` when it cannot be told, None when all is well."""
    top = target.partition(".")[0]
    if target in modules:
        return _missing_name(modules, target, imported)
    if top in modules:
        return "unresolved-import", f"The project has no module {target}.", _closest(target, modules)
    if is_standard(top) or (installed is not None and top in installed):
        return None
    if installed is None:
        return _UNKNOWN
    message = f"No module {top} in the project, the standard library or the project's environment."
    return "unresolved-import", message, _closest(top, modules) or f"Is {top} missing from the requirements?"


def _missing_name(
    modules: Mapping[str, ProjectModule], target: str, imported: str | None
) -> tuple[str, str, str] | None:
    if imported is None or imported == "*":
        return None
    names = offered(modules, target)
    if names is None or imported in names:
        return None
    return "unknown-name", f"Module {target} has no {imported}.", _closest(imported, names)


def _closest(name: str, candidates: Mapping[str, object] | set[str]) -> str:
    close = difflib.get_close_matches(name, list(candidates), n=1)
    return f"Did you mean {close[0]}?" if close else ""


def _imports(statements: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements, at any depth, but those whose failure the code itself expects."""
    for statement in statements:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield statement
        if not (isinstance(statement, ast.Try) and _expects_import_error(statement)):
            yield from _imports(getattr(statement, "body", []))
        for name in ("orelse", "finalbody"):
            yield from _imports(getattr(statement, name, []))
        for nested in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
            yield from _imports(nested.body)


def _expects_import_error(statement: ast.Try) -> bool:
    caught = {
        node.id
        for handler in statement.handlers
        if handler.type is not None
        for node in ast.walk(handler.type)
        if isinstance(node, ast.Name)
    }
    return bool(caught & {"ImportError", "ModuleNotFoundError"})


def _targets(
    module: ProjectModule, statement: ast.Import | ast.ImportFrom
) -> Iterator[tuple[int, int, str, str | None]]:
    """(line, column, module, name) of everything a statement imports; columns count from 1."""
    if isinstance(statement, ast.Import):
        for item in statement.names:
            yield item.lineno, item.col_offset + 1, item.name, None
        return
    target = absolute_name(module, statement)
    for item in statement.names:
        yield item.lineno, item.col_offset + 1, target or "." * statement.level, item.name


def _diagnostic(path: str, line: int, column: int, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(path=path, line=line, column=column, layer="imports", code=code, message=message, hint=hint)
