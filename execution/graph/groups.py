"""Files that may refer to each other: what one file of a group says concerns no file of another.

A group is resolved by itself, so that a change has to be followed only in its group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set

from execution.graph.javascript.modules import ModulePaths
from execution.graph.javascript.syntax import is_module, is_script
from execution.graph.python.project import SUFFIXES, absolute_name, module_name

PYTHON_IMPORT = re.compile(r"\bfrom[\s\\]+(\.*)[ \t]*([\w.]*)[\s\\]+import\b|\bimport[ \t\\]+([\w. \t,]+)")
SCRIPT_IMPORT = re.compile(r"""(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*['"`]([^'"`\n]+)['"`]""")


def groups(
    sources: Mapping[str, bytes], *, root_package: str = "", configurations: Mapping[str, bytes] | None = None
) -> list[tuple[str, ...]]:
    """The paths of ``sources`` by group, sorted. A text in a comment may join two groups; nothing parts one."""
    union = _Union()
    for path in sources:
        union.find(path)
    for one, other in _python_links(sources, root_package):
        union.join(one, other)
    for one, other in _script_links(sources, configurations or {}):
        union.join(one, other)
    found: dict[str, list[str]] = {}
    for path in sorted(sources):
        found.setdefault(union.find(path), []).append(path)
    return [tuple(paths) for paths in found.values()]


def _python_links(sources: Mapping[str, bytes], root_package: str) -> Iterator[tuple[str, str]]:
    """A package is one group, and so is what imports it: any name in it may be reached through the package."""
    first: dict[str, str] = {}
    paths = [path for path in sorted(sources) if path.endswith(SUFFIXES)]
    packages = {path.rpartition("/")[0] for path in paths if path.endswith(("/__init__.py", "/__init__.pyi"))}
    for path in paths:
        for name in _top_names(path, packages):
            yield path, first.setdefault(name, path)
    for path in paths:
        for imported in _imported_names(path, sources[path]):
            parts = imported.split(".")
            if parts[0] == root_package:
                parts = parts[1:] or [""]
            if parts[0] == "":
                for other in paths:
                    yield path, other
            elif parts[0] in first:
                yield path, first[parts[0]]


def _top_names(path: str, packages: Set[str]) -> Iterator[str]:
    """First names under which a file may be imported, from the root or from a folder below it that is no package."""
    parts = module_name(path).split(".")
    yield parts[0]
    folder = ""
    for depth, part in enumerate(path.split("/")[:-1], start=1):
        folder = f"{folder}/{part}" if folder else part
        if folder in packages or depth >= len(parts):
            return
        yield parts[depth]


def _imported_names(path: str, source: bytes) -> Iterator[str]:
    for found in PYTHON_IMPORT.finditer(source.decode("utf-8", "replace")):
        dots, module, plain = found.groups()
        if plain is None:
            yield absolute_name(path, len(dots), module or None) if dots else module
        else:
            yield from (part.split()[0] for part in plain.split(",") if part.strip())


def _script_links(sources: Mapping[str, bytes], configurations: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """Modules by their imports; all together where a script that is no module shares its names."""
    scripts = [path for path in sorted(sources) if is_script(path)]
    if any(not is_module(sources[path]) for path in scripts):
        yield from ((path, scripts[0]) for path in scripts)
        return
    paths = ModulePaths(scripts, configurations)
    for path in scripts:
        for specifier in SCRIPT_IMPORT.findall(sources[path].decode("utf-8", "replace")):
            target = paths.resolve(path, specifier)
            if target is not None:
                yield path, target


class _Union:
    """Disjoint sets of paths."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def find(self, path: str) -> str:
        root = path
        while (above := self._above.setdefault(root, root)) != root:
            root = above
        while path != root:
            self._above[path], path = root, self._above[path]
        return root

    def join(self, one: str, other: str) -> None:
        first, second = sorted((self.find(one), self.find(other)))
        self._above[second] = first
