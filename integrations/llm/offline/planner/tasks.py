"""From pieces to tasks: contracts and dependencies come from the text of the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from integrations.llm.offline.planner.contracts import exports_of, imports_of, test_names
from integrations.llm.offline.project.pieces import Piece
from integrations.llm.shapes import Condition, Criterion, Level, Need, SubtaskSpec, TaskSpec


class TaskBoard:
    """Numbers the pieces and turns each into a task.

    ``texts`` holds the text of every file of the pieces. A task names at most ``most_dependencies`` others; what it
    needs besides is reached through those.
    """

    def __init__(self, pieces: Sequence[Piece], texts: Mapping[str, str], most_dependencies: int) -> None:
        self._texts = texts
        self._most = most_dependencies
        self._ids = {piece.path: f"task_{number:03}" for number, piece in enumerate(pieces, 1)}
        owners = {path: piece.path for piece in pieces for path in (piece.path, *piece.also)}
        self._direct = {piece.path: _wanted(piece, texts, owners) for piece in pieces}
        for path, wanted in self._direct.items():
            self._direct[path] = self._fewest(wanted)

    def task(self, piece: Piece) -> TaskSpec:
        """The task of one piece."""
        text = self._texts[piece.path]
        python = piece.path.endswith(".py")
        exports = exports_of(text) if (python and piece.kind != "testing") or "/factories/" in piece.path else []
        depends = [self._ids[path] for path in self._direct[piece.path]]
        return TaskSpec(
            id=self._ids[piece.path],
            title=piece.title,
            description=piece.description,
            type=piece.kind,
            priority=_priority(piece),
            complexity=piece.complexity,
            estimated_minutes=piece.minutes,
            story_points=piece.points,
            acceptance_criteria=self._criteria(piece, python=python),
            labels=_labels(piece),
            target_files=[piece.path, *piece.also],
            preconditions=[Condition(kind="file_exists", subject=path) for path in self._direct[piece.path]],
            postconditions=_postconditions(piece, [export.name for export in exports], python=python),
            expected_outputs=[piece.path, *piece.also],
            exports=exports,
            needs=self._needs(piece) if python else [],
            depends_on=depends,
            subtasks=[
                SubtaskSpec(title=step, estimated_minutes=max(piece.minutes // len(piece.steps), 1))
                for step in piece.steps
            ],
        )

    def _needs(self, piece: Piece) -> list[Need]:
        near = set(self._direct[piece.path])
        wanted = [(path, name) for path, name in imports_of(self._texts[piece.path], self._texts) if path in near]
        return [Need(name=name, task=self._ids[path]) for path, name in dict.fromkeys(wanted)]

    def _criteria(self, piece: Piece, *, python: bool) -> list[Criterion]:
        criteria = [Criterion(text=text, test=path) for text, path in piece.proofs]
        for number, (text, path) in enumerate(piece.proofs):
            tests = test_names(self._texts[path])
            chosen = next((name for name in tests if _speaks_of(name, text)), tests[0])
            criteria[number] = Criterion(text=text, test=f"{path}::{chosen}")
        if piece.kind == "testing" and piece.path.startswith("tests/test_"):
            tests = test_names(self._texts[piece.path])
            criteria += [
                Criterion(text=name.removeprefix("test_").replace("_", " "), test=f"{piece.path}::{name}")
                for name in tests[:5]
            ]
        if python:
            criteria.append(Criterion(text="Every public name has a docstring and types", priority="should"))
        return criteria or [Criterion(text="The document names every entity", priority="should")]

    def _fewest(self, wanted: list[str]) -> list[str]:
        """Without those that others reach, last first, until few enough are left."""
        kept = list(wanted)
        for path in wanted:
            if len(kept) <= self._most:
                break
            if any(path in self._reached(other) for other in kept if other != path):
                kept.remove(path)
        return kept[: self._most]

    def _reached(self, start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for path in self._direct[waiting.pop()]:
                if path not in seen:
                    seen.add(path)
                    waiting.append(path)
        return seen


def _wanted(piece: Piece, texts: Mapping[str, str], owners: Mapping[str, str]) -> list[str]:
    """Paths of the tasks whose files a piece imports or comes after, each once."""
    imported: list[str] = []
    for path in (piece.path, *piece.also):
        if path.endswith(".py"):
            imported += [found for found, _ in imports_of(texts[path], texts)]
    found = [owners[path] for path in [*imported, *piece.after] if path in owners]
    return [path for path in dict.fromkeys(found) if path != piece.path]


def _speaks_of(test: str, criterion: str) -> bool:
    words = {word for word in criterion.lower().split() if len(word) > 4}
    return any(word.rstrip("s") in test for word in words)


def _priority(piece: Piece) -> Level:
    if piece.kind == "setup":
        return "critical" if piece.critical else "high"
    by_kind: dict[str, Level] = {"implementation": "high", "testing": "medium", "documentation": "low"}
    return by_kind[piece.kind]


def _labels(piece: Piece) -> list[str]:
    folder = piece.path.split("/")[-2] if "/" in piece.path else "project"
    return list(dict.fromkeys([piece.kind, folder]))


def _postconditions(piece: Piece, exports: list[str], *, python: bool) -> list[Condition]:
    conditions = [Condition(kind="file_exists", subject=piece.path, critical=True)]
    if not python:
        return conditions
    conditions.append(Condition(kind="syntax_valid", subject=piece.path, critical=True))
    conditions.append(Condition(kind="imports_resolve", subject=piece.path, critical=True))
    if exports:
        conditions.append(Condition(kind="exports", subject=f"{piece.path}:{','.join(exports)}"))
    if piece.table:
        table = f"{piece.path}::{piece.table}"
        conditions.append(Condition(kind="table_defined", subject=table))
        conditions.append(Condition(kind="has_primary_key", subject=table))
    if piece.path.startswith("tests/test_"):
        conditions.append(Condition(kind="tests_pass", subject=piece.path))
    conditions.append(Condition(kind="max_lines", subject=f"{piece.path}:300"))
    return conditions
