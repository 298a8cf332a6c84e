"""Two tasks that write one file: merged when what they define differs, else a conflict that names both."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from common.errors import Conflict
from common.python_source import parse_python
from execution.output.inspection import defined_names
from execution.output.paths import safe_path, safe_paths


class PathConflict(Conflict):
    code = "path_conflict"
    title = "Two tasks write the same file"


@dataclass(frozen=True)
class Claim:
    """The text that one task (its short id) wants at ``path``."""

    task: str
    path: str
    text: str


@dataclass(frozen=True)
class MergedFile:
    """The one text of a path and the tasks it comes from, in the order of their claims."""

    path: str
    text: str
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class _Parts:
    """A Python file taken apart: every piece is whole lines with the comments above it."""

    head: str
    futures: list[str]
    imports: list[str]
    rest: list[tuple[frozenset[str], str]]


def merge_claims(claims: Iterable[Claim]) -> list[MergedFile]:
    """One file for each path, sorted. Equal claims are one; different definitions are put together.

    Raises ``PathConflict`` when one name is defined twice, or text other than Python differs, and ``UnsafePath``.
    """
    by_path: dict[str, list[Claim]] = {}
    for claim in claims:
        by_path.setdefault(safe_path(claim.path), []).append(claim)
    return [_merge(path, by_path[path]) for path in safe_paths(by_path)]


def _merge(path: str, claims: Sequence[Claim]) -> MergedFile:
    different = list({claim.text.rstrip(): claim for claim in reversed(claims)}.values())[::-1]
    tasks = tuple(dict.fromkeys(claim.task for claim in claims))
    if len(different) == 1:
        return MergedFile(path, different[0].text, tasks)
    merged = _take_apart(path, different, different[0])
    owner = {name: different[0].task for names, _ in merged.rest for name in names}
    for claim in different[1:]:
        parts = _take_apart(path, different, claim)
        merged.futures.extend(line for line in parts.futures if line not in merged.futures)
        merged.imports.extend(line for line in parts.imports if line not in merged.imports)
        known = {text.strip() for _, text in merged.rest}
        for names, text in parts.rest:
            if text.strip() in known:
                continue
            for name in sorted(names & owner.keys()):
                raise _conflict(path, owner[name], claim.task, f"both define {name}, in different ways")
            owner.update(dict.fromkeys(names, claim.task))
            merged.rest.append((names, text))
    return MergedFile(path, _put_together(merged), tasks)


def _conflict(path: str, one: str, other: str, reason: str) -> PathConflict:
    return PathConflict(
        f"Tasks {one} and {other} both write {path}, and {reason}.",
        hint="Give one of them another target file, or leave the definition to one of them.",
        path=path,
        tasks=[one, other],
    )


def _take_apart(path: str, claims: Sequence[Claim], claim: Claim) -> _Parts:
    one, other = (each.task for each in claims[:2]) if claim in claims[:2] else (claims[0].task, claim.task)
    if not path.endswith(".py"):
        raise _conflict(path, one, other, "their texts differ")
    try:
        tree = parse_python(claim.text)
    except (SyntaxError, ValueError):
        raise _conflict(path, one, other, f"the text of {claim.task} does not parse") from None
    lines = claim.text.splitlines(keepends=True)
    parts = _Parts("", [], [], [])
    head, end = "", 0
    for node in tree.body:
        last = node.end_lineno or node.lineno
        text = "".join(lines[end:last])
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node is tree.body[0]:
            head = text
        elif isinstance(node, ast.ImportFrom) and node.module == "__future__":
            parts.futures.append(text.strip())
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            parts.imports.append(text.strip())
        else:
            names = frozenset(defined_names(ast.Module(body=[node], type_ignores=[])))
            parts.rest.append((names, text.strip("\n")))
        end = last
    if (trailing := "".join(lines[end:]).strip("\n")).strip():
        parts.rest.append((frozenset(), trailing))
    return _Parts(head.strip("\n"), parts.futures, parts.imports, parts.rest)


def _put_together(parts: _Parts) -> str:
    top = "\n\n".join(block for block in (parts.head, "\n".join(parts.futures), "\n".join(parts.imports)) if block)
    return "\n\n\n".join([*([top] if top else []), *(text for _, text in parts.rest if text)]) + "\n"
