"""Where a piece of code belongs: given, read from the code, a target file of its task, the task's words, or a fault."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Literal

from common.python_source import parse_python
from execution.output.paths import safe_path

Source = Literal["given", "code", "target_files", "words", "generated"]
Role = Literal["model", "schema", "repository", "service", "route", "test", "migration", "config", "main", "database"]

FOLDERS: Final[dict[Role, str]] = {
    "model": "app/models",
    "schema": "app/schemas",
    "repository": "app/repositories",
    "service": "app/services",
    "route": "app/routes",
    "test": "tests",
    "migration": "migrations/versions",
}
FIXED: Final[dict[Role, str]] = {"config": "app/config.py", "main": "app/main.py", "database": "app/database.py"}
_ROLE_OF_PART: Final[dict[str, Role]] = {
    "models": "model",
    "schemas": "schema",
    "serializers": "schema",
    "repositories": "repository",
    "services": "service",
    "routes": "route",
    "routers": "route",
    "views": "route",
    "tests": "test",
    "versions": "migration",
    "migrations": "migration",
    "config": "config",
    "settings": "config",
    "main": "main",
    "database": "database",
}
_WORDS: Final[tuple[tuple[str, Role], ...]] = (
    (r"tests?|pruebas?", "test"),
    (r"migrations?|migraci[oó]n(?:es)?", "migration"),
    (r"schemas?|esquemas?|serializers?", "schema"),
    (r"repositor(?:y|ies)|repositorios?", "repository"),
    (r"services?|servicios?", "service"),
    (r"routes?|routers?|endpoints?|rutas?|views?", "route"),
    (r"models?|modelos?", "model"),
)
_SCHEMA_ENDING: Final = re.compile(r"(Base|Create|Update|Patch|Read|Out|In|Response|Request|Schema|Serializer|List)$")
_HTTP: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "websocket"})
_NO_SUBJECT: Final = frozenset(
    {
        "a",
        "an",
        "the",
        "for",
        "of",
        "and",
        "with",
        "to",
        "add",
        "create",
        "write",
        "make",
        "implement",
        "define",
        "build",
    }
    | {
        "new",
        "el",
        "la",
        "los",
        "las",
        "un",
        "una",
        "de",
        "del",
        "para",
        "y",
        "con",
        "crear",
        "escribir",
        "implementar",
    }
    | {"definir", "añadir"}
)


@dataclass(frozen=True)
class Placement:
    """``fault`` says what the plan left open; it is empty when the place was known."""

    path: str
    source: Source
    fault: str = ""


def snake_case(name: str) -> str:
    """``InvoiceLine`` and ``invoice line`` both become ``invoice_line``."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def resolve_path(given: str | None, code: str, target_files: Sequence[str] = (), words: str = "") -> Placement:
    """Where ``code`` belongs, in the order of the specification; raises ``UnsafePath`` for an unsafe path."""
    if given:
        return Placement(safe_path(given), "given")
    targets = [safe_path(path) for path in target_files]
    read = _read_code(code)
    if read is not None:
        return Placement(_matching_target(*read, targets) or _conventional(*read), "code")
    if targets:
        return Placement(targets[0], "target_files")
    told = _read_words(words)
    if told is not None:
        return Placement(_conventional(*told), "words")
    name = snake_case(words)[:60].strip("_") or "unnamed"
    fault = "Neither the plan, the code nor the words of the task say where this code belongs."
    return Placement(safe_path(f"src/generated/{name}.py"), "generated", fault)


def role_of(path: str) -> Role | None:
    """What kind of code lives at ``path``, by its folders and name."""
    pure = PurePosixPath(path)
    if pure.name.startswith("test_") or pure.name == "conftest.py":
        return "test"
    for part in (pure.stem, *reversed(pure.parent.parts)):
        if part in _ROLE_OF_PART:
            return _ROLE_OF_PART[part]
    return None


def _conventional(role: Role, subject: str) -> str:
    if role in FIXED:
        return FIXED[role]
    name = f"test_{subject.removeprefix('test_')}" if role == "test" else subject
    return safe_path(f"{FOLDERS[role]}/{name}.py")


def _matching_target(role: Role, subject: str, targets: Sequence[str]) -> str | None:
    same_role = [path for path in targets if role_of(path) == role]
    named = [
        path for path in same_role if PurePosixPath(path).stem.removeprefix("test_") == subject.removeprefix("test_")
    ]
    if named:
        return named[0]
    return same_role[0] if len(same_role) == 1 else None


def _read_code(code: str) -> tuple[Role, str] | None:
    """The role and subject that the definitions in ``code`` show, or None when they show nothing or do not parse."""
    try:
        tree = parse_python(code)
    except (SyntaxError, ValueError):
        return None
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    functions = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    if "revision" in assigned and "upgrade" in functions:
        return "migration", _migration_name(tree)
    readers = (_read_class, _read_function, _read_assignment)
    for node in tree.body:
        for reader in readers:
            found = reader(node)
            if found is not None:
                return found
    return None


def _migration_name(tree: ast.Module) -> str:
    words = (ast.get_docstring(tree) or "").splitlines()
    return snake_case(words[0])[:60] if words else "migration"


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Call):
        return _last_name(node.func)
    if isinstance(node, ast.Subscript):
        return _last_name(node.value)
    return node.id if isinstance(node, ast.Name) else ""


def _read_class(node: ast.stmt) -> tuple[Role, str] | None:
    if not isinstance(node, ast.ClassDef):
        return None
    bases = {_last_name(base) for base in node.bases}
    if node.name.startswith("Test") or "TestCase" in bases:
        return "test", snake_case(node.name.removeprefix("Test")) or "project"
    if "BaseSettings" in bases:
        return "config", "config"
    if "DeclarativeBase" in bases:
        return "database", "database"
    for ending, role in (("Repository", "repository"), ("Service", "service"), ("ViewSet", "route"), ("View", "route")):
        if node.name.endswith(ending) and node.name != ending:
            return role, snake_case(node.name.removesuffix(ending))  # type: ignore[return-value]  # a tuple of literals
    has_table = any(
        isinstance(item, ast.Assign) and _last_name(item.targets[0]) == "__tablename__" for item in node.body
    )
    if has_table or bases & {"Base", "Model", "SQLModel"}:
        return "model", snake_case(node.name)
    if bases & {"BaseModel", "ModelSerializer", "Serializer"} or (bases and _SCHEMA_ENDING.search(node.name)):
        return "schema", snake_case(_SCHEMA_ENDING.sub("", node.name)) or "base"
    return None


def _read_function(node: ast.stmt) -> tuple[Role, str] | None:
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    if node.name.startswith("test_"):
        return "test", snake_case(node.name)
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(called, ast.Attribute) and called.attr in _HTTP and _last_name(called.value) in ("router", "app"):
            subject = re.sub(r"^(get|list|create|update|delete|read|patch|remove)_", "", node.name)
            return "route", snake_case(subject)
    return ("main", "main") if node.name == "create_app" else None


def _read_assignment(node: ast.stmt) -> tuple[Role, str] | None:
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
        return None
    called = _last_name(node.value.func)
    if called == "FastAPI":
        return "main", "main"
    if called in ("sessionmaker", "create_engine"):
        return "database", "database"
    if called != "APIRouter":
        return None
    for keyword in node.value.keywords:
        if keyword.arg == "prefix" and isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str):
            last = keyword.value.value.rstrip("/").rsplit("/", 1)[-1]
            return ("route", snake_case(last)) if snake_case(last) else None
    return None


def _read_words(words: str) -> tuple[Role, str] | None:
    """``Task model`` or ``model for Task`` gives the role and ``task``; without a subject there is no place."""
    for pattern, role in _WORDS:
        found = re.search(rf"\b(?:{pattern})\b", words, re.IGNORECASE)
        if found is None:
            continue
        before = re.findall(r"\w+", words[: found.start()])
        after = re.findall(r"\w+", words[found.end() :])
        other_roles = re.compile("|".join(f"(?:{other})" for other, _ in _WORDS), re.IGNORECASE)
        for word in (*reversed(before[-1:]), *after[:4], *reversed(before)):
            if word.lower() not in _NO_SUBJECT and not other_roles.fullmatch(word) and snake_case(word):
                return role, snake_case(word)
    return None
