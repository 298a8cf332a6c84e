"""``bench defects``: generated projects and installed packages are spoilt, and validation is asked what it sees."""

from __future__ import annotations

import sys
import sysconfig
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from common.configuration import configuration
from execution.acceptance.testing import run_tests
from execution.benchmarks.defects.catching import Subject
from execution.benchmarks.defects.injecting import Defect, defects_in
from execution.benchmarks.defects.kinds import KINDS
from execution.benchmarks.measuring import Measure
from execution.benchmarks.writing import kept_requests, write_project
from execution.output.requirements import sandbox_requirements
from execution.validation.environments import environment_for
from execution.validation.standards import GENERATED, standard_for

PACKAGES = ("click", "django_filters", "httpx", "packaging", "sqlparse", "structlog", "tenacity")
"""Open-source packages that every environment of DevMatrix has; some claim to be typed, some do not."""
REQUESTS = ("own-tasks", "hotel")
EACH, SEED = 2, 7
More = Callable[[dict[str, str]], dict[str, str]]


@dataclass
class Tally:
    """What became of the defects, and of the atoms of untouched projects."""

    levels: Counter[tuple[str, int | None]] = field(default_factory=Counter)
    alarmed: int = 0
    atoms: int = 0

    def of(self, kind: str) -> tuple[int, int]:
        """(caught, all)"""
        counts = {level: number for (named, level), number in self.levels.items() if named == kind}
        return sum(counts.values()) - counts.get(None, 0), sum(counts.values())

    @property
    def missed_percent(self) -> float:
        counts = [self.of(kind) for kind in KINDS]
        total = sum(number for _, number in counts)
        return 100 * (total - sum(caught for caught, _ in counts)) / total if total else 100.0

    @property
    def alarmed_percent(self) -> float:
        return 100 * self.alarmed / self.atoms if self.atoms else 100.0


def bench_defects() -> list[Measure]:
    """Share of twelve kinds of defects missed before level 4, and false alarms on untouched code."""
    tally = {"generated": Tally(), "open source": Tally()}
    with tempfile.TemporaryDirectory(prefix="devmatrix-defects-") as folder:
        for name in REQUESTS:
            with generated_project(name, Path(folder) / name) as subject:
                spoil(subject, tally["generated"], each=EACH)
        for name in PACKAGES:
            with installed_package(name, Path(folder) / name) as subject:
                spoil(subject, tally["open source"], each=EACH)
    return rows_of(tally)


def rows_of(tally: dict[str, Tally]) -> list[Measure]:
    whole = Tally()
    for part in tally.values():
        whole.levels += part.levels
        whole.alarmed, whole.atoms = whole.alarmed + part.alarmed, whole.atoms + part.atoms
    rows = []
    for kind in KINDS:
        caught, number = whole.of(kind)
        levels = ", ".join(
            f"level {level}: {whole.levels[kind, level]}" for level in (1, 2, 3) if whole.levels[kind, level]
        )
        rows.append(Measure(f"{kind}: {caught} of {number} caught ({levels or 'none'})", number - caught, "missed"))
    for name, part in tally.items():
        rows.append(Measure(f"missed before level 4, {name}", part.missed_percent, "%"))
        rows.append(Measure(f"atoms alarmed without cause, {name}", part.alarmed_percent, "%"))
    rows.append(Measure("missed before level 4", whole.missed_percent, "%", wanted=10))
    rows.append(Measure(f"alarmed without cause of {whole.atoms} atoms", whole.alarmed_percent, "%", wanted=5))
    return rows


def spoil(subject: Subject, tally: Tally, *, each: int) -> None:
    """Puts every defect into the subject, one after the other; what is missed is told on standard error."""
    alarmed, atoms = subject.false_alarms()
    tally.alarmed, tally.atoms = tally.alarmed + alarmed, tally.atoms + atoms
    for defect in defects_in(subject.files, each=each, seed=SEED):
        level = subject.level_of(defect)
        tally.levels[defect.kind, level] += 1
        if level is None:
            sys.stderr.write(f"{subject.name}: missed {told(defect)}\n")


def told(defect: Defect) -> str:
    return f"{defect.kind} in {defect.path}, line {defect.line}: {defect.text.splitlines()[defect.line - 1].strip()}"


@contextmanager
def generated_project(name: str, folder: Path, *, more: More = lambda files: {}) -> Iterator[Subject]:
    """A project of the offline engine in its environment, judged as in a build and with its own tests.

    ``more`` are further files, made of those that there are.
    """
    request = next(item for item in kept_requests() if item.name == name)
    files = {path: text for path, text in write_project(request).files.items() if path.endswith((".py", ".toml"))}
    files |= more(files)
    environment = environment_for(sandbox_requirements(request.stack, files), configuration().environments_dir)
    cache = configuration().caches_dir / "types" / environment.key
    subject = Subject(name, folder, files, environment.python, cache, GENERATED)
    subject.tests_pass = lambda: run_tests(folder, environment).status == "passed"
    try:
        yield subject
    finally:
        subject.close()


@contextmanager
def installed_package(name: str, folder: Path) -> Iterator[Subject]:
    """A copy of a package that is installed beside DevMatrix, judged as a foreign project."""
    place = Path(sysconfig.get_paths()["purelib"])
    paths = [path for path in sorted((place / name).rglob("*")) if path.suffix in (".py", ".typed")]
    files = {path.relative_to(place).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    standard = standard_for(files, generated=False)
    code = {path: text for path, text in files.items() if path.endswith(".py")}
    cache = configuration().caches_dir / "types" / f"ours-{standard.name}"
    subject = Subject(name, folder, code, Path(sys.executable), cache, standard)
    try:
        yield subject
    finally:
        subject.close()
