"""For the last attempt: a change that the findings themselves suggest, as a diff, and why. Pure; no model is asked."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from integrations.llm.shapes import Diagnostic, PastAttempt

UNDEFINED = re.compile(r"(?:Undefined name [`'\"]|Name [`'\"])(?P<name>\w+)[`'\"]")
UNUSED = re.compile(r"[`'\"](?P<name>[\w.]+)[`'\"] imported but unused")
MISSPELT = re.compile(r"has no attribute [`'\"](?P<name>\w+)[`'\"]; maybe [`'\"](?P<other>\w+)[`'\"]")


@dataclass(frozen=True)
class Recommendation:
    """``diff`` is empty where the findings suggest no definite change; ``why`` says for each what is wrong and how such
    a thing is mended.
    """

    diff: str
    why: str


def recommend(
    text: str, *, start_line: int, errors: Sequence[Diagnostic], offered: Mapping[str, Iterable[str]]
) -> Recommendation:
    """What to change in ``text``, which begins at ``start_line`` of its file; ``offered``: names by module."""
    lines = text.splitlines()
    better: list[str] = list(lines)
    imports: list[str] = []
    for error in errors:
        place = error.line - start_line
        if place not in range(len(lines)):
            place = -1
        if (found := UNDEFINED.search(error.message)) is not None:
            imports += _import_of(found["name"], offered)
        elif (found := UNUSED.search(error.message)) is not None and place >= 0:
            better[place] = _without_import(better[place], found["name"].split(".")[-1])
        elif (found := MISSPELT.search(error.message)) is not None and place >= 0:
            better[place] = re.sub(rf"\b{found['name']}\b", found["other"], better[place])
    kept = [line for before, line in zip(lines, better, strict=True) if line or not before]
    return Recommendation(_diff(lines, [*dict.fromkeys(imports), *kept], "as it is", "recommended"), _why(errors))


def changes_between(history: Sequence[PastAttempt]) -> str:
    """What the last attempt changed of the one before, as a diff; empty before there are two."""
    if len(history) < 2:
        return ""
    before, after = history[-2], history[-1]
    return _diff(
        before.text.splitlines(), after.text.splitlines(), f"attempt {before.attempt}", f"attempt {after.attempt}"
    )


def _import_of(name: str, offered: Mapping[str, Iterable[str]]) -> list[str]:
    """Only where one module alone offers the name."""
    modules = [module for module, names in offered.items() if name in names]
    return [f"from {modules[0]} import {name}"] if len(modules) == 1 else []


def _without_import(line: str, name: str) -> str:
    """The line without the name; empty where it imports nothing else, as it is where it is no plain import."""
    head, found, names = line.partition("import ")
    others = [part for part in names.split(",") if part.split(" as ")[-1].strip().split(".")[-1] != name]
    if not found or "(" in line or len(others) == len(names.split(",")):
        return line
    return f"{head}import {', '.join(part.strip() for part in others)}" if others else ""


def _diff(before: Sequence[str], after: Sequence[str], old: str, new: str) -> str:
    return "\n".join(difflib.unified_diff(before, after, old, new, lineterm=""))


def _why(errors: Iterable[Diagnostic]) -> str:
    said = (f"line {error.line}: {error.message}" + (f" {error.hint}" if error.hint else "") for error in errors)
    return "\n".join(dict.fromkeys(said))
