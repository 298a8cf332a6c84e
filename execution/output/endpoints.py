"""The endpoints a project really has, read by ``ast``: FastAPI's here, from its routers and how they are included."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from execution.output.django_endpoints import django_endpoints
from execution.output.endpoint import Endpoint as Endpoint
from execution.output.imports import is_test, parsed

_METHODS: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "trace"})
Key = tuple[str, str]  # module and name of a router in it


@dataclass(frozen=True)
class _Route:
    path: str
    method: str
    summary: str
    file: str
    line: int


@dataclass
class _Router:
    prefix: str
    is_app: bool
    routes: list[_Route] = field(default_factory=list)
    included: list[tuple[Key, str]] = field(default_factory=list)


@dataclass
class _Module:
    """What one module binds at its top level, so that names in it can be followed to where they are made."""

    name: str
    path: str
    tree: ast.Module
    imported: dict[str, Key] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[ast.expr]] = field(default_factory=dict)


def endpoints_of(files: Mapping[str, str]) -> list[Endpoint]:
    """Endpoints reachable from the application, by path and method. A router that nothing includes has none."""
    modules = {
        _module_name(path): _Module(_module_name(path), path, tree) for path, tree in parsed(files) if not is_test(path)
    }
    for module in modules.values():
        _bind(module)
    routers: dict[Key, _Router] = {}
    for module in modules.values():
        _find_routers(module, modules, routers)
    for module in modules.values():
        _find_routes(module, modules, routers)
    found: set[Endpoint] = set()
    for key, router in routers.items():
        if router.is_app:
            found |= set(_reachable(key, "", routers, ()))
    return sorted(found | set(django_endpoints(files)) if "manage.py" in files else found)


def _module_name(path: str) -> str:
    parts = list(PurePosixPath(path).with_suffix("").parts)
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return ".".join(parts)


def _bind(module: _Module) -> None:
    package = module.name.split(".")
    if PurePosixPath(module.path).name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom):
            parents = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*parents, *([node.module] if node.module else [])])
            for alias in node.names:
                module.imported[alias.asname or alias.name] = (source, alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                module.imported[alias.asname or alias.name] = (alias.name, "")
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            _bind_value(module, node.targets[0].id, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
            _bind_value(module, node.target.id, node.value)


def _bind_value(module: _Module, name: str, value: ast.expr) -> None:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        module.texts[name] = value.value
    elif isinstance(value, (ast.List, ast.Tuple)):
        module.lists[name] = list(value.elts)


def _follow(key: Key, modules: Mapping[str, _Module]) -> Key:
    """Where an imported name is really made: through re-exports, and submodules taken from a package."""
    for _ in range(20):
        source, name = key
        if name and f"{source}.{name}" in modules:
            return f"{source}.{name}", ""
        module = modules.get(source)
        if module is None or name not in module.imported:
            return key
        key = module.imported[name]
    return key


def _resolve(node: ast.expr, module: _Module, modules: Mapping[str, _Module]) -> Key | None:
    """The module and name that an expression such as ``router`` or ``routes.task.router`` stands for."""
    if isinstance(node, ast.Name):
        imported = module.imported.get(node.id)
        return _follow(imported, modules) if imported else (module.name, node.id)
    if isinstance(node, ast.Attribute):
        owner = _resolve(node.value, module, modules)
        if owner is None:
            return None
        source, name = owner
        inside = f"{source}.{name}" if name else source
        return _follow((inside, node.attr), modules)
    return None


def _text(node: ast.expr | None, module: _Module, modules: Mapping[str, _Module]) -> str | None:
    """The string an expression stands for; None when that cannot be read."""
    if node is None:
        return ""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        parts = [
            _text(part.value if isinstance(part, ast.FormattedValue) else part, module, modules) for part in node.values
        ]
        return None if None in parts else "".join(part for part in parts if part)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left, module, modules), _text(node.right, module, modules)
        return None if left is None or right is None else left + right
    key = _resolve(node, module, modules)
    made_in = modules.get(key[0]) if key else None
    return made_in.texts.get(key[1]) if key and made_in else None


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _called(call: ast.Call) -> str:
    function = call.func
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def _find_routers(module: _Module, modules: Mapping[str, _Module], routers: dict[Key, _Router]) -> None:
    for node in ast.walk(module.tree):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
        if not isinstance(value, ast.Call) or _called(value) not in ("FastAPI", "APIRouter"):
            continue
        prefix = _text(_keyword(value, "prefix"), module, modules)
        for target in targets:
            if isinstance(target, ast.Name) and prefix is not None:
                routers[module.name, target.id] = _Router(prefix, _called(value) == "FastAPI")


def _find_routes(module: _Module, modules: Mapping[str, _Module], routers: dict[Key, _Router]) -> None:
    loops: dict[str, list[ast.expr]] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            loops[node.target.id] = _elements(node.iter, module)
    for node in ast.walk(module.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call):
                    _add_route(decorator, node, module, modules, routers)
        elif isinstance(node, ast.Call) and _called(node) == "include_router":
            _add_included(node, loops, module, modules, routers)


def _add_included(
    call: ast.Call,
    loops: Mapping[str, list[ast.expr]],
    module: _Module,
    modules: Mapping[str, _Module],
    routers: dict[Key, _Router],
) -> None:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    parent = routers.get(_resolve(owner, module, modules) or ("", "")) if owner is not None else None
    prefix = _text(_keyword(call, "prefix"), module, modules)
    given = call.args[0] if call.args else _keyword(call, "router")
    if parent is None or prefix is None or given is None:
        return
    for child in loops.get(given.id, [given]) if isinstance(given, ast.Name) else [given]:
        key = _resolve(child, module, modules)
        if key is not None:
            parent.included.append((key, prefix))


def _elements(node: ast.expr, module: _Module) -> list[ast.expr]:
    if isinstance(node, (ast.List, ast.Tuple)):
        return list(node.elts)
    return module.lists.get(node.id, []) if isinstance(node, ast.Name) else []


def _add_route(
    call: ast.Call,
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    module: _Module,
    modules: Mapping[str, _Module],
    routers: dict[Key, _Router],
) -> None:
    if not isinstance(call.func, ast.Attribute):
        return
    router = routers.get(_resolve(call.func.value, module, modules) or ("", ""))
    path = _text(call.args[0] if call.args else _keyword(call, "path"), module, modules)
    if router is None or path is None:
        return
    documented = (ast.get_docstring(function) or "").splitlines()
    given = _text(_keyword(call, "summary"), module, modules)
    summary = given or (documented[0] if documented else function.name.replace("_", " ").capitalize())
    for method in _methods(call):
        router.routes.append(_Route(path, method, summary, module.path, function.lineno))


def _methods(call: ast.Call) -> list[str]:
    name = _called(call)
    if name in _METHODS:
        return [name.upper()]
    if name == "websocket":
        return ["WEBSOCKET"]
    if name != "api_route":
        return []
    listed = _keyword(call, "methods")
    given = listed.elts if isinstance(listed, (ast.List, ast.Tuple, ast.Set)) else []
    return [item.value.upper() for item in given if isinstance(item, ast.Constant) and isinstance(item.value, str)] or [
        "GET"
    ]


def _reachable(key: Key, before: str, routers: Mapping[Key, _Router], seen: tuple[Key, ...]) -> Iterator[Endpoint]:
    router = routers.get(key)
    if router is None or key in seen:
        return
    prefix = before + router.prefix
    for route in router.routes:
        yield Endpoint(prefix + route.path or "/", route.method, route.summary, route.file, route.line)
    for child, extra in router.included:
        yield from _reachable(child, prefix + extra, routers, (*seen, key))
