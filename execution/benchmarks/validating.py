"""``bench validation``: how long a round is checked, as one is in a build with everything warm."""

from __future__ import annotations

import json
import os
import re
import resource
import tempfile
import time
from pathlib import Path

from execution.atoms import cut
from execution.benchmarks.defects.benching import generated_project
from execution.benchmarks.defects.catching import Subject
from execution.benchmarks.measuring import Measure
from execution.levels.calls import misfits
from execution.validation.charging import charge

REQUEST = "own-tasks"
FILES, ATOMS = 60, 100
ROUNDS = 5


def bench_validation() -> list[Measure]:
    """A warm round of a hundred atoms in a project of sixty files: all layers, calls, charging."""
    with (
        tempfile.TemporaryDirectory(prefix="devmatrix-validation-") as folder,
        generated_project(REQUEST, Path(folder) / "round", more=more_files) as subject,
    ):
        rounds = [timed_round(subject, number) for number in range(ROUNDS)]
    where = f"{ATOMS} atoms, {FILES} files"
    return [
        Measure(f"a warm round, {where}", min(wall for wall, _ in rounds[1:]), "s", wanted=5),
        Measure("the same, slowest of four", max(wall for wall, _ in rounds[1:]), "s"),
        Measure("the same, processor time", min(cpu for _, cpu in rounds[1:]), "s"),
        Measure("the first round, the tools being cold", rounds[0][0], "s"),
    ]


def more_files(files: dict[str, str], wanted: int = FILES) -> dict[str, str]:
    """Further modules of the same code, until there are as many Python files as wanted."""
    models = [path for path in files if re.fullmatch(r"app/(?:schemas|services)/\w+\.py", path)]
    code = sorted(models or [path for path in files if path.endswith(".py") and "tests" not in path])
    more: dict[str, str] = {}
    present = sum(path.endswith(".py") for path in files)
    for number in range(max(wanted - present, 0)):
        origin = code[number % len(code)]
        more[f"{origin.removesuffix('.py')}_{number}.py"] = files[origin]
    return more


def timed_round(subject: Subject, number: int) -> tuple[float, float]:
    """Wall and processor seconds of judging, cutting and charging after an edit of a hundred atoms."""
    edit_atoms(subject, number)
    started, before = time.perf_counter(), processor_seconds(subject.cache)
    report = subject.judge()
    texts = {path: (subject.root / path).read_text(encoding="utf-8") for path in subject.files}
    found = [one.diagnostic for one in misfits(texts)]
    spans = {}
    for path, text in texts.items():
        atoms = cut(path, text.encode()) if path.endswith(".py") else ()
        spans[path] = [(atom.id, atom.start_line, atom.end_line) for atom in atoms]
    charge([*report.diagnostics, *found], spans)
    return time.perf_counter() - started, processor_seconds(subject.cache) - before


def processor_seconds(cache: Path) -> float:
    """What this process, the tools that it ran and the type checkers' daemons have used until now."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used) + sum(map(_of_daemon, cache.rglob("daemon.json")))


def _of_daemon(status: Path) -> float:
    try:
        fields = Path(f"/proc/{json.loads(status.read_text())['pid']}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError, KeyError):
        return 0.0  # it has just ended, or this machine tells nothing
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def edit_atoms(subject: Subject, number: int) -> None:
    """Gives a hundred functions, all over the project, another comment in front."""
    left = ATOMS
    paths = [path for path in subject.files if path.endswith(".py")]
    shares = {path: re.findall(r"^(?:async )?def ", subject.files[path], re.M) for path in paths}
    while left > 0:
        for path in sorted(paths, key=lambda item: -len(shares[item])):
            take = min(left, max(len(shares[path]), 1))
            mark = f"# edit {number} {left}\n"
            text = re.sub(r"^((?:async )?def )", mark + r"\1", subject.files[path], count=take, flags=re.M)
            subject.write(path, text if text != subject.files[path] else f"{text}{mark}")
            left -= take
            if left <= 0:
                return
