"""What a file offers and needs, read from its text, so that a plan never promises what the code does not hold."""

from __future__ import annotations

import ast
from collections.abc import Collection

from common.python_source import parse_python
from integrations.llm.shapes import Export


def exports_of(text: str) -> list[Export]:
    """Public names of a module with their signatures, in order; what it imports only where ``__all__`` passes it on."""
    exports: list[Export] = []
    tree = parse_python(text)
    passed_on = _passed_on(tree)
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            bases = ", ".join(ast.unparse(base) for base in node.bases)
            exports.append(
                Export(name=node.name, signature=f"class {node.name}({bases})" if bases else f"class {node.name}")
            )
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            exports.append(Export(name=node.name, signature=signature_of(node)))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            exports.extend(_constants(node))
        elif isinstance(node, ast.ImportFrom):
            exports += [
                Export(name=alias.name, signature=f"from {node.module} import {alias.name}")
                for alias in node.names
                if alias.name in passed_on
            ]
    return exports


def _passed_on(tree: ast.Module) -> set[str]:
    """The names in ``__all__``."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            items = [item.value for item in ast.walk(node.value) if isinstance(item, ast.Constant)]
            return {item for item in items if isinstance(item, str)}
    return set()


def signature_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """``def name(arguments) -> result``."""
    keyword = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{keyword} {node.name}({ast.unparse(node.args)}){result}"


def _constants(node: ast.Assign | ast.AnnAssign) -> list[Export]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    value = ast.unparse(node.value) if node.value else ""
    shown = value if len(value) <= 80 else f"{value[:77]}..."
    return [
        Export(name=target.id, signature=f"{target.id} = {shown}")
        for target in targets
        if isinstance(target, ast.Name) and not target.id.startswith("_")
    ]


def imports_of(text: str, paths: Collection[str]) -> list[tuple[str, str]]:
    """(path, name) of everything a module imports from the files of its project (``paths``), in order."""
    found: list[tuple[str, str]] = []
    for node in ast.walk(parse_python(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            place = node.module.replace(".", "/")
            for alias in node.names:
                offered = (f"{place}/{alias.name}.py", f"{place}.py", f"{place}/__init__.py")
                path = next((path for path in offered if path in paths), None)
                if path is not None:
                    found.append((path, alias.name))
    return found


def test_names(text: str) -> list[str]:
    """The names of a module's test functions, in order."""
    return [
        node.name
        for node in parse_python(text).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
