"""Is a defect caught before the last level, and where: by its atom's text, the whole tree, or the project's tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from execution.atoms import cut
from execution.benchmarks.defects.injecting import Defect
from execution.validation.charging import charge
from execution.validation.judging import judge_text, judge_tree
from execution.validation.results import TreeReport
from execution.validation.standards import Standard
from execution.validation.type_checking import close
from integrations.llm.shapes import Diagnostic

_Words = Counter[tuple[str, str, str]]


@dataclass
class Subject:
    """A working project on the disk. ``tests_pass`` runs its tests, where it has any."""

    name: str
    root: Path
    files: Mapping[str, str]
    python: Path | None
    cache: Path
    standard: Standard
    tests_pass: Callable[[], bool] | None = None

    def __post_init__(self) -> None:
        for path, text in self.files.items():
            self.write(path, text)
        self.untouched = self.judge()
        self._texts: dict[str, _Words] = {}

    def write(self, path: str, text: str) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def judge(self) -> TreeReport:
        return judge_tree(
            self.root, files=sorted(self.files), python=self.python, cache=self.cache, standard=self.standard
        )

    def close(self) -> None:
        close(self.root, python=self.python, cache=self.cache, settings=self.standard.types)

    def level_of(self, defect: Defect) -> int | None:
        """1 atom, 2 module, 3 its tests; None when nothing before the last level says anything new."""
        if self._told(defect.path, defect.text) - self._told_before(defect.path):
            return 1
        self.write(defect.path, defect.text)
        try:
            if _words(self.judge().diagnostics) - _words(self.untouched.diagnostics):
                return 2
            return None if self.tests_pass is None or self.tests_pass() else 3
        finally:
            self.write(defect.path, self.files[defect.path])

    def _told_before(self, path: str) -> _Words:
        if path not in self._texts:
            self._texts[path] = self._told(path, self.files[path])
        return self._texts[path]

    def _told(self, path: str, text: str) -> _Words:
        results = judge_text(path, text, standard=self.standard)
        return _words(item for result in results.values() for item in result.diagnostics)

    def false_alarms(self) -> tuple[int, int]:
        """(atoms of the untouched project with an error, all its atoms)."""
        atoms = {path: cut(path, text.encode()) for path, text in self.files.items() if path.endswith(".py")}
        spans = {path: [(atom.id, atom.start_line, atom.end_line) for atom in found] for path, found in atoms.items()}
        errors = [item for item in self.untouched.diagnostics if item.severity == "error"]
        return len(charge(errors, spans)), sum(map(len, atoms.values()))


def _words(found: Iterable[Diagnostic]) -> _Words:
    """Errors without their lines, which move."""
    return Counter((item.path, item.code, item.message) for item in found if item.severity == "error")
