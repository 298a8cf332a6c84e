"""Pre- and postconditions of tasks, checked one by one against the texts of the project."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from execution.sources import Sources
from execution.validation.complexity import most_complex
from execution.validation.ecmascript import conditions as scripts
from execution.validation.ecmascript.parsing import is_ecmascript
from execution.validation.imports import check_imports
from execution.validation.installed import is_standard
from execution.validation.modules import Modules, module_name, offered
from execution.validation.results import NotRun
from execution.validation.subjects import Limit, Place, read_limit, read_place
from execution.validation.syntax import check_syntax
from integrations.llm.shapes import Condition, Diagnostic


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one condition; ``reason`` says why it failed or could not be checked."""

    condition: Condition
    status: Literal["passed", "failed", "not_run"]
    reason: str = ""


def check(
    conditions: Sequence[Condition], files: Mapping[str, str], *, installed: frozenset[str] = frozenset()
) -> tuple[Verdict, ...]:
    """One verdict per condition, in order, from texts by path. ``tests_pass`` needs a run and is ``not_run`` here.

    Subjects are a path, a module, or a name in one of them: ``app/models/task.py``, ``app.models.task.Task``,
    ``app/models/task.py::Task``, ``app.models.task:Task``, ``src/task.ts:Task``; limits end with a number:
    ``app/main.py:10``.
    ``installed`` are the top-level modules of the environment. Who asks again gives ``Sources``, parsed once.
    """
    sources = Sources.of(files)
    return tuple(_verdict(condition, sources, installed) for condition in conditions)


def diagnostics_of(verdicts: Sequence[Verdict], *, path: str) -> list[Diagnostic]:
    """The failed ones as diagnostics of the file they are about, or of ``path``."""
    return [
        Diagnostic(
            path=read_place(verdict.condition.subject).path or path,
            line=1,
            layer="postconditions",
            code=verdict.condition.kind,
            message=f"{verdict.condition.kind} {verdict.condition.subject}: {verdict.reason}",
        )
        for verdict in verdicts
        if verdict.status == "failed"
    ]


def _verdict(condition: Condition, files: Sources, installed: frozenset[str]) -> Verdict:
    try:
        reason = _reason(condition.kind, condition.subject.strip(), files, installed)
    except NotRun as cannot:
        return Verdict(condition, "not_run", str(cannot))
    return Verdict(condition, "failed" if reason else "passed", reason)


def _reason(kind: str, subject: str, files: Sources, installed: frozenset[str]) -> str:
    """Why it does not hold; empty when it does. A bare name may stand in a file of any language."""
    script, place = scripts.CHECKS.get(kind), scripts.place_in(subject, files)
    if script is not None and place is not None:
        return script(place, files)
    bare = read_place(subject)
    if script is not None and not bare.path and any(is_ecmascript(path) for path in files):
        said = script(bare, files)
        if not said or not any(path.endswith(".py") for path in files):
            return said
    if kind == "import_available":
        return _import_available(subject, files, installed)
    return _CHECKS[kind](subject, files)


def _file_exists(subject: str, files: Sources) -> str:
    return "" if subject in files else "there is no such file"


def _directory_exists(subject: str, files: Sources) -> str:
    prefix = subject.rstrip("/") + "/"
    return "" if any(path.startswith(prefix) for path in files) else "there is no such directory"


def _import_available(subject: str, files: Sources, installed: frozenset[str]) -> str:
    place = read_place(subject)
    modules = Modules(files)
    name = place.module
    if name in modules or is_standard(name.partition(".")[0]) or name.partition(".")[0] in installed:
        return _missing(place, files) if place.name and name in modules else ""
    parent, _, last = name.rpartition(".")
    if parent in modules:
        return _missing(Place(path="", module=parent, name=last), files)
    return f"no module {name}"


def _missing(place: Place, files: Sources) -> str:
    modules = Modules(files)
    if place.module not in modules:
        return f"no module {place.module}"
    names = offered(modules, place.module)
    return "" if names is None or place.name in names else f"{place.module} has no {place.name}"


def _definition(subject: str, files: Sources, kinds: tuple[type[ast.stmt], ...], word: str) -> str:
    """Passes when a class or function of this name is defined in the place, or anywhere for a bare name."""
    place = read_place(subject)
    if not place.name:
        raise NotRun(f"The subject names no {word}.")
    *owner, last = place.name.split(".")
    for tree in _trees(files, module=place.module, word=last):
        for node in ast.walk(tree):
            if isinstance(node, kinds) and getattr(node, "name", "") == last:
                if not owner or _holds(tree, owner[-1], node):
                    return ""
    return "" if place.module and not _missing(place, files) and not owner else f"no {word} {place.name}"


def _holds(tree: ast.Module, owner: str, node: ast.AST) -> bool:
    return any(isinstance(item, ast.ClassDef) and item.name == owner and node in item.body for item in ast.walk(tree))


def _class_available(subject: str, files: Sources) -> str:
    return _definition(subject, files, (ast.ClassDef,), "class")


def _function_available(subject: str, files: Sources) -> str:
    return _definition(subject, files, (ast.FunctionDef, ast.AsyncFunctionDef), "function")


def _syntax_valid(subject: str, files: Sources) -> str:
    text = files.get(subject)
    if text is None:
        return "there is no such file"
    found = check_syntax(subject, text)
    return f"line {found[0].line}: {found[0].message}" if found else ""


def _imports_resolve(subject: str, files: Sources) -> str:
    """Of the project's own imports; the environment's are judged by the imports layer."""
    if subject not in files:
        return "there is no such file"
    try:
        found = check_imports(files, python=None, paths=[subject])
    except NotRun:
        return ""  # only third-party imports remain, which the environment decides
    return f"line {found[0].line}: {found[0].message}" if found else ""


def _table_defined(subject: str, files: Sources) -> str:
    return "" if _table(subject, files) else "no model or table defines it"


def _has_primary_key(subject: str, files: Sources) -> str:
    table = _table(subject, files)
    if table is None:
        return "no model or table defines it"
    for node in ast.walk(table):
        if isinstance(node, ast.keyword) and node.arg == "primary_key" and isinstance(node.value, ast.Constant):
            if node.value.value is True:
                return ""
        if isinstance(node, ast.Name) and node.id == "PrimaryKeyConstraint":
            return ""
    if isinstance(table, ast.ClassDef) and _is_django_model(table, files):
        return ""  # Django adds one to a model that has none
    return "no column is the primary key"


def _is_django_model(node: ast.ClassDef, files: Sources) -> bool:
    """Whether the class derives from ``models.Model``, directly or through classes of the project."""
    classes = {item.name: item for tree in _trees(files) for item in tree.body if isinstance(item, ast.ClassDef)}
    waiting, seen = [node], {node.name}
    while waiting:
        for base in waiting.pop().bases:
            if isinstance(base, ast.Attribute) and ast.unparse(base) == "models.Model":
                return True
            if isinstance(base, ast.Name) and base.id in classes and base.id not in seen:
                seen.add(base.id)
                waiting.append(classes[base.id])
    return False


def _table(subject: str, files: Sources) -> ast.AST | None:
    """The class (by its name or ``__tablename__``) or the ``Table(...)`` call that defines the table."""
    place = read_place(subject)
    wanted = place.name or subject
    for tree in _trees(files, module=place.module if place.name else "", word=wanted):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and (node.name == wanted or wanted == _table_name(node)):
                return node
            if isinstance(node, ast.Call) and _is_table_call(node, wanted):
                return node
    return None


def _table_name(node: ast.ClassDef) -> str | None:
    for statement in node.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        value = getattr(statement, "value", None)
        if any(isinstance(item, ast.Name) and item.id == "__tablename__" for item in targets):
            return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
    return None


def _is_table_call(node: ast.Call, wanted: str) -> bool:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    first = node.args[0] if node.args else None
    return name == "Table" and isinstance(first, ast.Constant) and first.value == wanted


def _exports(subject: str, files: Sources) -> str:
    """``module:A, B``: every name can be imported from the module."""
    place, *more = (read_place(part) for part in re.split(r"\s*,\s*", subject))
    names = [place.name, *(item.name or item.module for item in more)]
    if not place.module or not all(names):
        raise NotRun("The subject must name a module and what it exports.")
    problems = (_missing(Place(path=place.path, module=place.module, name=name), files) for name in names)
    return next((problem for problem in problems if problem), "")


def _tests_pass(subject: str, files: Sources) -> str:
    raise NotRun("Tests are run by acceptance, not here.")


def _max_complexity(subject: str, files: Sources) -> str:
    limit = _limited(subject, files)
    trees = {path: tree for path in limit.paths if (tree := files.tree(path)) is not None}
    for path, tree in trees.items():
        value, line, name = most_complex(tree)
        if value > limit.number:
            return f"{name} in {path}, line {line}, has complexity {value}"
    for path in filter(is_ecmascript, limit.paths):
        value, line = scripts.most_complex(path, files[path])
        if value > limit.number:
            return f"the function in {path}, line {line}, has complexity {value}"
    return ""


def _max_lines(subject: str, files: Sources) -> str:
    limit = _limited(subject, files)
    for path in limit.paths:
        lines = files[path].count("\n") + (not files[path].endswith("\n"))
        if lines > limit.number:
            return f"{path} has {lines} lines"
    return ""


@dataclass(frozen=True, slots=True)
class _Limited:
    paths: tuple[str, ...]
    number: int


def _limited(subject: str, files: Sources) -> _Limited:
    limit: Limit | None = read_limit(subject)
    if limit is None:
        raise NotRun("The subject must end with a number, as in app/main.py:10.")
    paths = tuple(path for path in files if not limit.path or path == limit.path or path.startswith(f"{limit.path}/"))
    if not paths:
        raise NotRun(f"There is no file {limit.path}.")
    return _Limited(paths, limit.number)


def _trees(files: Sources, *, module: str = "", word: str = "") -> Iterator[ast.Module]:
    """Of all files, of a module, of those in whose text a word stands."""
    for path, text in files.items():
        if word in text and (not module or module_name(path) == module):
            tree = files.tree(path)
            if tree is not None:
                yield tree


_CHECKS: Mapping[str, Callable[[str, Sources], str]] = {
    "file_exists": _file_exists,
    "directory_exists": _directory_exists,
    "class_available": _class_available,
    "function_available": _function_available,
    "syntax_valid": _syntax_valid,
    "imports_resolve": _imports_resolve,
    "table_defined": _table_defined,
    "has_primary_key": _has_primary_key,
    "exports": _exports,
    "tests_pass": _tests_pass,
    "max_complexity": _max_complexity,
    "max_lines": _max_lines,
}
