"""Import blocks of generated files, in the order that ruff's isort rules want."""

from __future__ import annotations

import sys
from collections import defaultdict

LINE_LENGTH = 100
PROJECT_ROOTS = {"app", "api", "config", "tests", "scripts"}
"""Top-level packages of generated projects, whatever the stack."""


class Imports:
    """Collects what a file imports; ``str()`` gives the sorted, grouped, wrapped block."""

    def __init__(self) -> None:
        self._from: dict[str, set[str]] = defaultdict(set)
        self._plain: set[str] = set()

    def add(self, module: str, *names: str) -> None:
        """Import ``names`` from ``module``, or the module itself when no name is given."""
        if names:
            self._from[module].update(names)
        else:
            self._plain.add(module)

    def __str__(self) -> str:
        groups: dict[int, list[str]] = defaultdict(list)
        for module in sorted(self._plain):
            groups[_group(module)].append(f"import {module}")
        for module in sorted(self._from):
            groups[_group(module)].append(from_import(module, self._from[module]))
        return "\n\n".join("\n".join(groups[number]) for number in sorted(groups))


def from_import(module: str, names: set[str]) -> str:
    """One ``from`` statement, wrapped when it is too long for a line."""
    ordered = sorted(names, key=_name_order)
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= LINE_LENGTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in ordered) + ")"


def _group(module: str) -> int:
    root = module.split(".")[0]
    if root in sys.stdlib_module_names:
        return 1
    return 3 if root in PROJECT_ROOTS else 2


def _name_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions: isort's ``order-by-type``."""
    if name.isupper() and len(name) > 1:
        return (0, name)
    return (1, name) if name[0].isupper() else (2, name)
