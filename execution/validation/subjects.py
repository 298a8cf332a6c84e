"""Reading what a condition is about: a file, a module, a name in one of them, a limit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from execution.validation.ecmascript.parsing import is_ecmascript
from execution.validation.modules import module_name

_LIMIT = re.compile(r"^(?P<path>.*?)\s*(?:::|:|<=|\s|^)\s*(?P<number>\d+)$")


@dataclass(frozen=True, slots=True)
class Place:
    """``path`` is empty when the subject was a module; ``module`` is empty for a bare name; ``name`` may be dotted."""

    path: str
    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Limit:
    path: str
    number: int


def read_place(subject: str) -> Place:
    """``path.py``, ``path.py::Name``, ``path.py:Name``, ``package.module:Name``, ``package.module.Name``, ``Name``.

    So with paths of TypeScript and JavaScript, which have no module. A dotted subject ends with a name when its last
    part is capitalised, else it is taken for a module whole.
    """
    where, separator, name = subject.strip().partition("::" if "::" in subject else ":")
    where, name = where.strip(), name.strip()
    if where.endswith(".py"):
        return Place(where, module_name(where) or "", name)
    if is_ecmascript(where):
        return Place(where, "", name)
    if separator:
        return Place("", where, name)
    parts = where.split(".")
    for index, part in enumerate(parts):
        if part[:1].isupper():
            return Place("", ".".join(parts[:index]), ".".join(parts[index:]))
    return Place("", where, "")


def read_limit(subject: str) -> Limit | None:
    """``app/main.py:10``, ``app/main.py <= 10``, ``10`` (any file); None when no number ends it."""
    match = _LIMIT.match(subject.strip())
    return Limit(match["path"].strip(), int(match["number"])) if match else None
