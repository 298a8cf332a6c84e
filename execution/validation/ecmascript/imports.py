"""Imports of TypeScript and JavaScript: against the project's files, Node's own modules and ``package.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from execution.validation.ecmascript.modules import Imported, Module, read_module, resolved
from execution.validation.ecmascript.parsing import SUFFIXES, is_ecmascript
from integrations.llm.shapes import Diagnostic

_NODE = frozenset(
    "assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain "
    "events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl "
    "stream string_decoder sys test timers tls trace_events tty url util v8 vm wasi worker_threads zlib".split()
)
_DEPENDENCIES = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
_COMMENTS = re.compile(r"^\s*//.*$|/\*.*?\*/", re.MULTILINE | re.DOTALL)


def check_imports(files: Mapping[str, str]) -> list[Diagnostic]:
    """Unresolved modules and names that a module of the project does not export."""
    modules = {path: read_module(path, text) for path, text in files.items() if is_ecmascript(path)}
    packages, aliases = _packages(files), _aliases(files)
    found = []
    for path, module in modules.items():
        for item in module.imports:
            problem = _problem(path, item, modules, files, packages, aliases)
            if problem:
                found.append(_diagnostic(path, item, *problem))
    return found


def offered(path: str, files: Mapping[str, str]) -> set[str] | None:
    """Names that a file exports, ``export *`` followed; None when that cannot be known."""
    modules = {other: read_module(other, text) for other, text in files.items() if is_ecmascript(other)}
    return _offered(path, modules, files, frozenset())


def is_package(name: str, files: Mapping[str, str]) -> bool:
    """Whether Node has the module, or a ``package.json`` of the project names it."""
    return name in _NODE or name in (_packages(files) or ())


def _problem(
    path: str,
    item: Imported,
    modules: Mapping[str, Module],
    files: Mapping[str, str],
    packages: frozenset[str] | None,
    aliases: tuple[str, ...],
) -> tuple[str, str, str] | None:
    """(code, message, hint) of what is wrong with an import."""
    if item.source.startswith("."):
        target = resolved(path, item.source, files)
        if target is None:
            return (
                None if _is_asset(item.source) else _unresolved(item.source, "Is the file missing, or the path wrong?")
            )
        return _missing_name(target, item, modules, files)
    if item.source.startswith(("node:", "/", "#")) or item.source.startswith(aliases):
        return None
    name = "/".join(item.source.split("/")[: 2 if item.source.startswith("@") else 1])
    if name in _NODE or packages is None or {name, f"@types/{name}"} & packages:
        return None
    return _unresolved(item.source, f"Is {name} missing from package.json?")


def _missing_name(
    target: str, item: Imported, modules: Mapping[str, Module], files: Mapping[str, str]
) -> tuple[str, str, str] | None:
    offered = _offered(target, modules, files, frozenset())
    missing = [name for name in item.names if offered is not None and name not in offered]
    if not missing:
        return None
    hint = f"It exports {', '.join(sorted(offered or ())) or 'nothing'}."[:300]
    return "unknown-name", f"{target} does not export {', '.join(missing)}.", hint


def _offered(
    path: str, modules: Mapping[str, Module], files: Mapping[str, str], seen: frozenset[str]
) -> set[str] | None:
    """What a module exports, ``export *`` followed; None when it cannot be known."""
    module = modules.get(path)
    if module is None or module.open or (not module.exports and not module.stars and path.endswith((".js", ".cjs"))):
        return None
    names = set(module.exports)
    for star in module.stars:
        target = resolved(path, star, files) if star.startswith(".") else None
        if target is None:
            return None
        more = set() if target in seen else _offered(target, modules, files, seen | {path})
        if more is None:
            return None
        names |= more
    return names


def _packages(files: Mapping[str, str]) -> frozenset[str] | None:
    """Names of all that the project's ``package.json`` files require; None when there is none to go by."""
    found: set[str] = set()
    texts = [text for path, text in files.items() if path.rsplit("/", 1)[-1] == "package.json"]
    for document in map(_json, texts):
        for kind in _DEPENDENCIES:
            found |= set(document.get(kind) or {})
        found.add(str(document.get("name", "")))
    return frozenset(found) if texts else None


def _aliases(files: Mapping[str, str]) -> tuple[str, ...]:
    """Beginnings of imports that ``tsconfig.json`` sends elsewhere."""
    found = set()
    for path, text in files.items():
        if re.fullmatch(r"(?:.*/)?[jt]sconfig[\w.]*\.json", path):
            options = _json(_COMMENTS.sub("", text)).get("compilerOptions") or {}
            found |= {key.rstrip("*") for key in options.get("paths") or {}}
            if options.get("baseUrl"):
                found |= {f"{other.split('/')[0]}/" for other in files if "/" in other and other.endswith(SUFFIXES)}
    return tuple(sorted(found - {""}))


def _json(text: str) -> dict[str, dict[str, dict[str, str]]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}  # the syntax layer says it
    return document if isinstance(document, dict) else {}


def _is_asset(source: str) -> bool:
    """A picture, a style sheet: the bundler's business, and no file that is looked at here."""
    last = source.split("?")[0].rsplit("/", 1)[-1]
    return "." in last.strip(".") and not last.endswith((*SUFFIXES, ".json"))


def _unresolved(source: str, hint: str) -> tuple[str, str, str]:
    return "unresolved-import", f"No module {source}.", hint


def _diagnostic(path: str, item: Imported, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(
        path=path, line=item.line, column=item.column, layer="imports", code=code, message=message, hint=hint
    )
