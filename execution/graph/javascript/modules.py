"""Which file an import means: relative paths, index files, extensions, ``tsconfig`` paths, packages of the project."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

EXTENSIONS = (".ts", ".tsx", ".mts", ".cts", ".d.ts", ".js", ".jsx", ".mjs", ".cjs")
WRITTEN_FOR = {".js": (".ts", ".tsx", ".d.ts"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
"""What a specifier may mean that names the file as it is after compilation."""
CONFIGURATIONS = ("tsconfig.json", "jsconfig.json")
PACKAGE = "package.json"
CONDITIONS = ("types", "import", "module", "require", "node", "browser", "default")
MOST_EXTENDS = 10


def is_configuration(path: str) -> bool:
    """Whether resolution reads this file."""
    name = posixpath.basename(path)
    return name == PACKAGE or (name.startswith(("tsconfig", "jsconfig")) and name.endswith(".json"))


class ModulePaths:
    """Resolves specifiers among ``paths``; ``configurations`` are the JSON files by path. Broken ones are ignored."""

    def __init__(self, paths: Collection[str], configurations: Mapping[str, bytes]) -> None:
        self._paths = frozenset(paths)
        self._documents = {path: _parsed(data) for path, data in sorted(configurations.items())}
        self._packages: dict[str, str] = {}
        for path, document in self._documents.items():
            if posixpath.basename(path) == PACKAGE and isinstance(document.get("name"), str):
                self._packages.setdefault(document["name"], posixpath.dirname(path))
        self._known: dict[tuple[str, str], str | None] = {}

    def resolve(self, path: str, specifier: str) -> str | None:
        """The file that ``specifier`` means in the file ``path``, None when it is none of the project's."""
        key = (posixpath.dirname(path), specifier)
        if key not in self._known:
            self._known[key] = next((found for base in self._bases(*key) if (found := self._file(base))), None)
        return self._known[key]

    def _bases(self, folder: str, specifier: str) -> Iterator[str]:
        specifier = specifier.split("?")[0]
        if specifier.startswith((".", "/")):
            yield _joined(folder if specifier.startswith(".") else "", specifier.lstrip("/"))
            return
        if specifier.startswith("#"):
            for base, package in self._nearest(folder, (PACKAGE,)):
                yield from (_joined(base, target) for target in _mapped(package.get("imports"), specifier))
        for base, options in self._options(folder):
            root = _joined(base, options.get("baseUrl") or ".")
            yield from (_joined(root, target) for target in _mapped(options.get("paths"), specifier))
            if options.get("baseUrl"):
                yield _joined(root, specifier)
        if specifier.startswith(("@/", "~/")):
            yield from (_joined(above, f"src/{specifier[2:]}") for above in _upwards(folder))
        yield from self._package_bases(specifier)

    def _package_bases(self, specifier: str) -> Iterator[str]:
        parts = specifier.split("/")
        name = "/".join(parts[: 2 if specifier.startswith("@") else 1])
        folder, rest = self._packages.get(name), specifier[len(name) + 1 :]
        if folder is None:
            return
        exports = self._documents[_joined(folder, PACKAGE)].get("exports")
        yield from (_joined(folder, target) for target in _mapped(exports, f"./{rest}" if rest else "."))
        yield _joined(folder, rest)
        yield _joined(folder, f"src/{rest}")

    def _file(self, base: str) -> str | None:
        stem, extension = posixpath.splitext(base)
        if base in self._paths and extension:
            return base
        candidates = [base + suffix for suffix in EXTENSIONS]
        candidates += [stem + suffix for suffix in WRITTEN_FOR.get(extension, ())]
        document = self._documents.get(_joined(base, PACKAGE), {})
        mains = [document[key] for key in ("types", "module", "main") if isinstance(document.get(key), str)]
        candidates += [_joined(base, main) for main in mains]
        candidates += [_joined(base, main) + suffix for main in mains for suffix in EXTENSIONS]
        candidates += [_joined(base, f"index{suffix}") for suffix in EXTENSIONS]
        return next((candidate for candidate in candidates if candidate in self._paths), None)

    def _nearest(self, folder: str, names: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
        for above in _upwards(folder):
            for name in names:
                document = self._documents.get(_joined(above, name))
                if document is not None:
                    yield above, document
                    return

    def _options(self, folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The compiler options that hold for a folder, inherited ones after own ones, each with its folder."""
        for above in _upwards(folder):
            found = [name for name in CONFIGURATIONS if _joined(above, name) in self._documents]
            if found:
                yield from self._inherited(_joined(above, found[0]), MOST_EXTENDS)
                return

    def _inherited(self, path: str, left: int) -> Iterator[tuple[str, dict[str, Any]]]:
        document, folder = self._documents.get(path, {}), posixpath.dirname(path)
        options = document.get("compilerOptions")
        if isinstance(options, dict):
            yield folder, options
        above = document.get("extends", [])
        names = [above] if isinstance(above, str) else [name for name in above if isinstance(name, str)]
        references = document.get("references", [])
        names += [part["path"] for part in references if isinstance(part, dict) and isinstance(part.get("path"), str)]
        for name in names if left else ():
            for candidate in (
                _joined(folder, name),
                _joined(folder, f"{name}.json"),
                _joined(folder, f"{name}/tsconfig.json"),
            ):
                if candidate in self._documents and candidate != path:
                    yield from self._inherited(candidate, left - 1)
                    break


def _upwards(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _joined(folder: str, path: str) -> str:
    found = posixpath.normpath(posixpath.join(folder, path))
    return "" if found == "." else found


def _mapped(table: Any, specifier: str) -> Iterator[str]:
    """Targets of a table such as ``{"@app/*": ["src/*"]}``, exact keys first, then the longest prefix."""
    if isinstance(table, str):
        table = {".": table}
    if not isinstance(table, dict):
        return
    if not any(key.startswith((".", "#")) for key in table) and specifier.startswith("."):
        table = {".": table}
    for key in sorted(table, key=lambda key: ("*" in key, -len(key), key)):
        before, star, after = key.partition("*")
        if specifier == key or (star and specifier.startswith(before) and specifier.endswith(after)):
            middle = specifier[len(before) : len(specifier) - len(after)] if star else ""
            for target in _targets(table[key]):
                yield target.replace("*", middle)


def _targets(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, list):
        for part in entry:
            yield from _targets(part)
    elif isinstance(entry, dict):
        for condition in CONDITIONS:
            yield from _targets(entry.get(condition))


COMMENTS = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
TRAILING_COMMAS = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])')


def _parsed(data: bytes) -> dict[str, Any]:
    """JSON with comments and trailing commas; empty when it is broken."""
    text = COMMENTS.sub(lambda found: found[1] or "", data.decode("utf-8-sig", "replace"))
    try:
        document = json.loads(TRAILING_COMMAS.sub(lambda found: found[1] or "", text))
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
