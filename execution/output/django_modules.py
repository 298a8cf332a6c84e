"""What the modules of a Django project define, and the small questions about their syntax."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import PurePosixPath

Key = tuple[str, str]
"""Module and name of something in it."""


@dataclass
class Module:
    """Names that it imports, with where they are made, and what it defines at its top."""

    name: str
    path: str
    tree: ast.Module
    imported: dict[str, Key] = field(default_factory=dict)
    values: dict[str, ast.expr] = field(default_factory=dict)
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = field(default_factory=dict)


def read_module(path: str, tree: ast.Module) -> Module:
    """What a file of a project defines."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    package = parts[:-1]
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    module = Module(".".join(parts), path, tree)
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            up = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*up, *([node.module] if node.module else [])])
            module.imported.update({alias.asname or alias.name: (source, alias.name) for alias in node.names})
        elif isinstance(node, ast.Import):
            module.imported.update({alias.asname or alias.name: (alias.name, "") for alias in node.names})
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            module.values[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
            module.values[node.target.id] = node.value
        elif isinstance(node, ast.ClassDef):
            module.classes[node.name] = node
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            module.functions[node.name] = node
    return module


def functions_of(node: ast.ClassDef) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [item for item in node.body if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))]


def methods_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The methods that a view function takes, by its decorators."""
    named = {"require_GET": ["GET"], "require_POST": ["POST"], "require_safe": ["GET"]}
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and name_of(decorator.func) in ("api_view", "require_http_methods"):
            return listed(decorator.args[0] if decorator.args else None) or ["GET"]
        if name_of(decorator) in named:
            return named[name_of(decorator)]
    return ["GET"]


def summary_of(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    documented = (ast.get_docstring(node) or "").splitlines()
    if isinstance(node, ast.ClassDef):
        return documented[0].rstrip(".") if documented else node.name
    return documented[0] if documented else node.name.replace("_", " ").capitalize()


def listed(node: ast.expr | None) -> list[str]:
    items = node.elts if isinstance(node, (ast.List, ast.Tuple)) else []
    return [item.value.upper() for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def text_of(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def keyword_of(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
