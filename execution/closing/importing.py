"""Whether modules of a project, and the names that tasks promised, can really be imported: runs in the sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from execution.acceptance.serving import django_environment
from execution.acceptance.testing import INSIDE
from execution.drafts.checks import module_of
from execution.sandbox.limits import MEBIBYTE, Limits, Outcome
from execution.sandbox.runs import run
from execution.validation.environments import Environment

SECONDS = 20.0
"""For one module with all that it imports; a service of ours takes one or two."""
MOST_RUNS = 3
"""After a module ended the run the others are tried without it, so often."""
_LIMITS = Limits(wall=120.0, cpu=100, file_size=16 * MEBIBYTE)
_RESULTS = ".devmatrix-imports.jsonl"
_MOST_RECORDS = 20_000


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """Why a name of a module does not import, or the module itself when ``name`` is empty; where in the project."""

    module: str
    name: str
    message: str
    path: str
    line: int


class _Begun(BaseModel):
    kind: Literal["begun"]
    module: str = Field(max_length=500)
    path: str = Field(max_length=500)


class _Ended(BaseModel):
    """``tried``: one that was asked for, with all that it imports."""

    kind: Literal["ended", "tried"]
    module: str = Field(max_length=500)


class _Problem(BaseModel):
    kind: Literal["problem"]
    module: str = Field(max_length=500)
    name: str = Field(max_length=500)
    message: str = Field(max_length=5000)
    path: str = Field(max_length=500)
    line: int = Field(ge=1)


class _Finished(BaseModel):
    kind: Literal["finished"]


_Record = _Begun | _Ended | _Problem | _Finished
_RECORD: TypeAdapter[_Record] = TypeAdapter(Annotated[_Record, Field(discriminator="kind")])


@dataclass
class _Said:
    """What one run said; ``open`` are the modules that were begun and not ended, innermost last."""

    problems: list[_Problem] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)
    open: list[_Begun] = field(default_factory=list)
    finished: bool = False


def import_problems(
    root: Path,
    environment: Environment,
    promised: Mapping[str, Sequence[str]],
    *,
    seconds: float = SECONDS,
    limits: Limits = _LIMITS,
) -> list[ImportProblem] | None:
    """Why names do not import; ``None`` when it could not be tried. ``promised``: path to names.

    A module of which no name is asked is imported too. One that does not end, or ends the run (by its output, its
    memory, an exit), is named, with those that need it; the others are tried without it.
    """
    left = {module_of(path): list(names) for path, names in promised.items() if path.endswith(".py")}
    paths = {module_of(path): path for path in promised}
    found: list[ImportProblem] = []
    refused: dict[str, tuple[str, int]] = {}
    for _ in range(MOST_RUNS):
        order = {"modules": left, "refused": refused, "seconds": seconds, "results": _RESULTS}
        outcome = _run(root, environment, order, limits)
        said = _read(outcome.files.get(_RESULTS, b""))
        found += [_placed(item, paths) for item in said.problems]
        if said.finished:
            return found
        if not said.open:
            return None  # it ended before anything was begun
        culprit = said.open[-1]
        place = (culprit.path or paths.get(culprit.module, ""), 1)
        refused[culprit.module] = place
        why = f"{_end_of(outcome)} while it was imported."
        found += [ImportProblem(culprit.module, name, why, *place) for name in left.get(culprit.module) or [""]]
        left = {name: names for name, names in left.items() if name not in said.tried | {culprit.module}}
        if not left:
            return found
    untried = "It was not imported: others ended the run before."
    return found + [ImportProblem(name, one, untried, paths[name], 1) for name in left for one in left[name] or [""]]


def _run(root: Path, environment: Environment, order: Mapping[str, object], limits: Limits) -> Outcome:
    return run(
        [str(environment.python), str(INSIDE / "devmatrix_imports.py"), json.dumps(order)],
        workspace=root,
        limits=limits,
        environment={**django_environment(root), "PYTHONPATH": ".:src"},
        python=environment.python,
        readable=[INSIDE],
        collect=[_RESULTS],
    )


def _read(content: bytes) -> _Said:
    """What ran beside it is hostile: a line that is no record is left out."""
    said = _Said()
    for line in content.split(b"\n")[:_MOST_RECORDS]:
        record = _parsed(line)
        if isinstance(record, _Begun):
            said.open.append(record)
        elif isinstance(record, _Ended) and record.kind == "tried":
            said.tried.add(record.module)
            said.open.clear()
        elif isinstance(record, _Ended):
            _close(said.open, record.module)
        elif isinstance(record, _Problem):
            said.problems.append(record)
        elif record is not None:
            said.finished = True
    return said


def _close(begun: list[_Begun], module: str) -> None:
    last = next((number for number in reversed(range(len(begun))) if begun[number].module == module), None)
    if last is not None:
        del begun[last]


def _parsed(line: bytes) -> _Record | None:
    try:
        return _RECORD.validate_python(json.loads(line)) if line else None
    except (ValueError, ValidationError, RecursionError):
        return None


def _placed(item: _Problem, paths: Mapping[str, str]) -> ImportProblem:
    return ImportProblem(item.module, item.name, item.message, item.path or paths.get(item.module, ""), item.line)


def _end_of(outcome: Outcome) -> str:
    if outcome.killed_by:
        return f"The run was stopped ({outcome.killed_by})"
    return f"The run ended with exit code {outcome.exit_code}"
