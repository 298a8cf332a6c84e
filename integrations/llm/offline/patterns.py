"""The purpose ``pattern_extraction``: what several tasks did alike, and which mistakes cost attempts."""

from __future__ import annotations

import ast
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from common.python_source import parse_python
from integrations.llm.shapes import Diagnostic, Pattern, PatternInputs, Patterns, TaskOutcome

LEAST_LINES: Final = 4
LONGEST_EXAMPLE: Final = 30
MOST: Final = 10
_QUOTED = re.compile(r"""(["'`]).*?\1""")


@dataclass(frozen=True)
class Part:
    """A function or class of a task, with a shape in which all names are alike."""

    task: TaskOutcome
    path: str
    name: str
    shape: str
    text: str

    @property
    def lines(self) -> int:
        return self.text.count("\n") + 1


def extract_patterns(inputs: PatternInputs) -> Patterns:
    """Ways shared by several tasks, most shared first, then mistakes, dearest first; none where nothing repeats."""
    return Patterns(patterns=[*_shared(inputs.tasks)][:MOST] + [*_mistakes(inputs.tasks)][:MOST])


def _shared(tasks: list[TaskOutcome]) -> Iterator[Pattern]:
    groups: dict[str, list[Part]] = defaultdict(list)
    for part in (part for task in tasks if task.done for part in _parts(task)):
        groups[part.shape].append(part)
    for parts in sorted(groups.values(), key=lambda parts: (-len(_tasks(parts)), -parts[0].lines, parts[0].name)):
        names = _tasks(parts)
        if len(names) < 2:
            continue
        at_once = sum(part.task.attempts == 1 for part in parts) / len(parts)
        example = min(parts, key=lambda part: (part.lines, part.path))
        paths = _common_path([part.path for part in parts])
        name = _common_name([part.name for part in parts])
        yield Pattern(
            kind="use",
            name=name,
            description=f"{len(names)} tasks write {name} in the same way, {at_once:.0%} of them at the first attempt.",
            when=f"Tasks of type {parts[0].task.type} that write files like {paths}.",
            example="\n".join(example.text.splitlines()[:LONGEST_EXAMPLE]),
            tasks=names,
            confidence=round((1 - 1 / len(names)) * (0.5 + at_once / 2), 2),
        )


def _mistakes(tasks: list[TaskOutcome]) -> Iterator[Pattern]:
    groups: dict[tuple[str, str, str], list[tuple[TaskOutcome, Diagnostic]]] = defaultdict(list)
    for task in tasks:
        for error in task.errors:
            groups[error.layer, error.code, _QUOTED.sub("...", error.message)].append((task, error))
    for (layer, code, message), found in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        mended = [task for task, _ in found if task.done]
        first = found[0][1]
        names = sorted({task.task for task, _ in found})
        outcome = f"mended in {len({task.task for task in mended})} of {len(names)} tasks"
        yield Pattern(
            kind="avoid",
            name=f"{layer} {code}"[:120],
            description=f"{message} Seen {len(found)} times, {outcome}. First: {first.message}",
            when=f"Writing a file like {_common_path([error.path for _, error in found])}.",
            example=_line_of(mended[0], first) if mended else "",
            tasks=names,
            confidence=round(len(found) / (len(found) + 2), 2),
        )


def _parts(task: TaskOutcome) -> Iterator[Part]:
    for file in task.files:
        if not file.path.endswith(".py"):
            continue
        try:
            tree = parse_python(file.text)
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                text = ast.get_source_segment(file.text, node) or ""
                if text.count("\n") + 1 >= LEAST_LINES:
                    yield Part(task, file.path, node.name, _shape(node), text)


def _shape(node: ast.AST) -> str:
    """The tree with every name and text replaced by its order of appearance: what two texts share but for names."""
    order: dict[str, int] = {}

    def show(value: object) -> str:
        if isinstance(value, ast.AST):
            fields = ",".join(show(item) for name, item in ast.iter_fields(value) if name != "ctx")
            return f"{type(value).__name__}({fields})"
        if isinstance(value, list):
            return "[" + ",".join(map(show, value)) + "]"
        if isinstance(value, str):
            return f"${order.setdefault(value, len(order))}"
        return repr(value)

    return show(node)


def _tasks(parts: list[Part]) -> list[str]:
    return sorted({part.task.task for part in parts})


def _common_name(names: list[str]) -> str:
    """``create_author`` and ``create_book`` are ``create_*``."""
    start = _beginning(names)
    end = _beginning([name[::-1] for name in names])[::-1] if len(set(names)) > 1 else ""
    return names[0] if len(set(names)) == 1 else f"{start}*{end[: max(0, min(map(len, names)) - len(start))]}"


def _beginning(texts: list[str]) -> str:
    return os.path.commonprefix(texts)  # noqa: RUF071 - characters are what is compared


def _common_path(paths: list[str]) -> str:
    folders = {str(PurePosixPath(path).parent) for path in paths}
    endings = {PurePosixPath(path).suffix for path in paths}
    folder = folders.pop() if len(folders) == 1 else _beginning(sorted(folders)).rstrip("/") or "."
    return f"{folder}/*{endings.pop() if len(endings) == 1 else ''}" if len(set(paths)) > 1 else paths[0]


def _line_of(task: TaskOutcome, error: Diagnostic) -> str:
    """The line that the error named, as it stands in the finished file."""
    for file in task.files:
        if file.path == error.path:
            lines = file.text.splitlines()
            return "\n".join(lines[max(0, error.line - 2) : error.line + 1])
    return ""
