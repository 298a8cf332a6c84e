"""The endpoints a Django project really has, read by ``ast`` from its URL configurations, routers and views."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from execution.output.django_modules import (
    Key,
    Module,
    functions_of,
    keyword_of,
    listed,
    methods_of,
    name_of,
    read_module,
    summary_of,
    text_of,
)
from execution.output.endpoint import Endpoint
from execution.output.imports import is_test, parsed

_ROUTERS: Final = frozenset({"SimpleRouter", "DefaultRouter"})
_HTTP: Final = ("get", "post", "put", "patch", "delete", "head", "options")
_ACTIONS: Final[dict[str, tuple[str, bool]]] = {
    "list": ("GET", False),
    "create": ("POST", False),
    "retrieve": ("GET", True),
    "update": ("PUT", True),
    "partial_update": ("PATCH", True),
    "destroy": ("DELETE", True),
}
_OF_BASE: Final[dict[str, tuple[str, ...]]] = {
    "ModelViewSet": tuple(_ACTIONS),
    "ReadOnlyModelViewSet": ("list", "retrieve"),
    "ListModelMixin": ("list",),
    "CreateModelMixin": ("create",),
    "RetrieveModelMixin": ("retrieve",),
    "UpdateModelMixin": ("update", "partial_update"),
    "DestroyModelMixin": ("destroy",),
}
_GENERIC: Final[dict[str, tuple[str, ...]]] = {
    "CreateAPIView": ("POST",),
    "ListAPIView": ("GET",),
    "RetrieveAPIView": ("GET",),
    "DestroyAPIView": ("DELETE",),
    "UpdateAPIView": ("PUT", "PATCH"),
    "ListCreateAPIView": ("GET", "POST"),
    "RetrieveUpdateAPIView": ("GET", "PUT", "PATCH"),
    "RetrieveDestroyAPIView": ("GET", "DELETE"),
    "RetrieveUpdateDestroyAPIView": ("GET", "PUT", "PATCH", "DELETE"),
}
_VERBS: Final = {"partial_update": "change", "destroy": "delete", "retrieve": "read one", "update": "replace"}


def django_endpoints(files: Mapping[str, str]) -> list[Endpoint]:
    """Endpoints reachable from the URL configurations that no other one includes, by path and method."""
    project = _Project(files)
    roots = [module for module in project.modules.values() if "urlpatterns" in module.values]
    included = project.included()
    found: set[Endpoint] = set()
    for module in roots:
        if module.name not in included:
            found |= set(project.patterns(module.values["urlpatterns"], module, "/", ()))
    return sorted(found)


class _Project:
    """The modules of a project, and what their URL configurations lead to."""

    def __init__(self, files: Mapping[str, str]) -> None:
        read = [read_module(path, tree) for path, tree in parsed(files) if not is_test(path)]
        self.modules = {module.name: module for module in read}

    def included(self) -> set[str]:
        """Names of modules whose patterns another module takes."""
        found = set()
        for module in self.modules.values():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Call) and name_of(node.func) == "include" and node.args:
                    target = text_of(node.args[0])
                    found.add(target if target is not None else self._owner(node.args[0], module))
            found |= {source for source, name in module.imported.values() if name == "urlpatterns"}
        return found - {""}

    def _owner(self, node: ast.expr, module: Module) -> str:
        key = self.follow(node, module)
        return key[0] if key and key[0] != module.name else ""

    def follow(self, node: ast.expr, module: Module) -> Key | None:
        """Where a name or ``module.name`` is made."""
        if isinstance(node, ast.Name):
            key = module.imported.get(node.id, (module.name, node.id))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            source, name = module.imported.get(node.value.id, (module.name, node.value.id))
            inside = f"{source}.{name}" if name else source
            key = (inside, node.attr)
        else:
            return None
        for _ in range(10):
            source, name = key
            if source in self.modules and name in self.modules[source].imported:
                key = self.modules[source].imported[name]
        return key

    def patterns(self, node: ast.expr, module: Module, before: str, seen: tuple[Key, ...]) -> Iterator[Endpoint]:
        """The endpoints of an expression that stands for URL patterns."""
        if isinstance(node, (ast.List, ast.Tuple)):
            for item in node.elts:
                yield from self.patterns(item, module, before, seen)
        elif isinstance(node, ast.BinOp):
            yield from self.patterns(node.left, module, before, seen)
            yield from self.patterns(node.right, module, before, seen)
        elif isinstance(node, ast.Starred):
            yield from self.patterns(node.value, module, before, seen)
        elif isinstance(node, ast.Call):
            yield from self._called(node, module, before, seen)
        elif isinstance(node, ast.Attribute) and node.attr == "urls":
            yield from self._router(node.value, module, before)
        else:
            yield from self._named(node, module, before, seen)

    def _named(self, node: ast.expr, module: Module, before: str, seen: tuple[Key, ...]) -> Iterator[Endpoint]:
        key = self.follow(node, module)
        owner = self.modules.get(key[0]) if key else None
        if key and owner and key not in seen and key[1] in owner.values:
            yield from self.patterns(owner.values[key[1]], owner, before, (*seen, key))

    def _called(self, call: ast.Call, module: Module, before: str, seen: tuple[Key, ...]) -> Iterator[Endpoint]:
        called = name_of(call.func)
        if called == "include" and call.args:
            target = text_of(call.args[0])
            key = (target or "", "urlpatterns")
            if target in self.modules and key not in seen:
                other = self.modules[target]
                if "urlpatterns" in other.values:
                    yield from self.patterns(other.values["urlpatterns"], other, before, (*seen, key))
            elif target is None:
                yield from self.patterns(call.args[0], module, before, seen)
        elif called == "path" and len(call.args) > 1:
            place, view = text_of(call.args[0]), call.args[1]
            if place is None:
                return
            whole = before + _braced(place)
            if isinstance(view, ast.Call) and name_of(view.func) == "include":
                yield from self._called(view, module, whole, seen)
            else:
                yield from self._view(view, module, whole)

    def _view(self, view: ast.expr, module: Module, path: str) -> Iterator[Endpoint]:
        """The methods of a function, or of ``Class.as_view()``."""
        is_class = isinstance(view, ast.Call) and name_of(view.func) == "as_view"
        target = view.func.value if is_class and isinstance(view.func, ast.Attribute) else view  # type: ignore[attr-defined]  # a call
        key = self.follow(target, module)
        owner = self.modules.get(key[0]) if key else None
        if key is None or owner is None:
            return
        if key[1] in owner.functions:
            function = owner.functions[key[1]]
            for method in methods_of(function):
                yield Endpoint(path, method, summary_of(function), owner.path, function.lineno)
        elif key[1] in owner.classes:
            node = owner.classes[key[1]]
            for method in sorted(self._class_methods(node, owner)):
                yield Endpoint(path, method, summary_of(node), owner.path, node.lineno)

    def _class_methods(self, node: ast.ClassDef, owner: Module) -> set[str]:
        found = set()
        for item, _ in self._line(node, owner):
            if isinstance(item, str):
                found |= set(_GENERIC.get(item, ()))
            else:
                found |= {one.name.upper() for one in functions_of(item) if one.name in _HTTP}
        return found

    def _line(self, node: ast.ClassDef, owner: Module) -> Iterator[tuple[ast.ClassDef | str, Module]]:
        """A class and its bases; those of other packages by name."""
        waiting, seen = [(node, owner)], set()
        while waiting:
            current, module = waiting.pop()
            if (module.name, current.name) in seen:
                continue
            seen.add((module.name, current.name))
            yield current, module
            for base in current.bases:
                plain = base.value if isinstance(base, ast.Subscript) else base
                key = self.follow(plain, module)
                home = self.modules.get(key[0]) if key else None
                if key and home and key[1] in home.classes:
                    waiting.append((home.classes[key[1]], home))
                else:
                    yield name_of(plain), module

    def _router(self, node: ast.expr, module: Module, before: str) -> Iterator[Endpoint]:
        key = self.follow(node, module)
        owner = self.modules.get(key[0]) if key else None
        made = owner.values.get(key[1]) if key and owner else None
        if key is None or owner is None or not isinstance(made, ast.Call) or name_of(made.func) not in _ROUTERS:
            return
        slash = keyword_of(made, "trailing_slash")
        tail = "" if isinstance(slash, ast.Constant) and slash.value is False else "/"
        for call in ast.walk(owner.tree):
            if isinstance(call, ast.Call) and name_of(call.func) == "register" and len(call.args) > 1:
                receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
                prefix = text_of(call.args[0])
                if isinstance(receiver, ast.Name) and receiver.id == key[1] and prefix is not None:
                    yield from self._view_set(call.args[1], owner, f"{before}{prefix}", tail)

    def _view_set(self, node: ast.expr, module: Module, base: str, tail: str) -> Iterator[Endpoint]:
        key = self.follow(node, module)
        owner = self.modules.get(key[0]) if key else None
        if key is None or owner is None or key[1] not in owner.classes:
            return
        view = owner.classes[key[1]]
        title = summary_of(view)
        for name in sorted(self._actions(view, owner)):
            method, detail = _ACTIONS[name]
            place = f"{base}/{{id}}{tail}" if detail else f"{base}{tail}"
            yield Endpoint(place, method, f"{title}: {_VERBS.get(name, name)}", owner.path, view.lineno)
        for item, home in self._line(view, owner):
            for function in functions_of(item) if isinstance(item, ast.ClassDef) else ():
                yield from _extra(function, base, tail, home)

    def _actions(self, view: ast.ClassDef, owner: Module) -> set[str]:
        found: set[str] = set()
        for item, _ in self._line(view, owner):
            if isinstance(item, str):
                found |= set(_OF_BASE.get(item, ()))
            else:
                found |= {one.name for one in functions_of(item) if one.name in _ACTIONS}
        return found


def _extra(
    function: ast.FunctionDef | ast.AsyncFunctionDef, base: str, tail: str, module: Module
) -> Iterator[Endpoint]:
    """The endpoints of a method with ``@action``."""
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call) or name_of(decorator.func) != "action":
            continue
        detail = keyword_of(decorator, "detail")
        place = text_of(keyword_of(decorator, "url_path")) or function.name
        middle = "/{id}" if isinstance(detail, ast.Constant) and detail.value is True else ""
        for method in listed(keyword_of(decorator, "methods")) or ["GET"]:
            yield Endpoint(f"{base}{middle}/{place}{tail}", method, summary_of(function), module.path, function.lineno)


def _braced(place: str) -> str:
    """``books/<int:pk>/`` as ``books/{pk}/``."""
    parts = place.split("<")
    told = [parts[0]]
    for part in parts[1:]:
        inside, _, rest = part.partition(">")
        told.append(f"{{{inside.rpartition(':')[2]}}}{rest}")
    return "".join(told)
