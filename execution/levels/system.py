"""Level 4, the whole plan in an environment of its own: it installs, imports, starts, answers, passes, is clean."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from common.configuration import configuration
from common.errors import DevMatrixError
from execution.acceptance.proofs import is_ours
from execution.acceptance.report import TestReport
from execution.acceptance.serving import serving_of
from execution.acceptance.starting import StartReport, place_in, start_project
from execution.closing.importing import import_problems
from execution.gates.suite import Ran, assembled, files_to_run, run_suite
from execution.levels.modules import with_atom
from execution.levels.results import Check
from execution.levels.safety import safety_checks
from execution.models import AcceptanceTest, Atom
from execution.output.endpoints import endpoints_of
from execution.output.infrastructure import health_path
from execution.validation.declared import place_of
from execution.validation.environments import Environment, EnvironmentNotBuilt, environment_for
from execution.waves.tree import Tree, base_tree
from integrations.llm.shapes import Diagnostic
from planning.models import MasterPlan

_LINT_TIMEOUT = 60
_REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")


@dataclass(frozen=True)
class SystemProof:
    """What level 4 found. ``environment`` is ``None`` when the project does not install."""

    environment: Environment | None
    ran: Ran
    checks: Sequence[Check] = field(default=())

    @property
    def failing(self) -> list[Check]:
        return [check for check in self.checks if not check.stands]

    @property
    def charged(self) -> Mapping[Atom, list[Diagnostic]]:
        """What fails on lines of atoms, but for tests, whose culprits are looked for."""
        found: dict[Atom, list[Diagnostic]] = {}
        said = Diagnostic.model_fields
        for check in self.failing:
            for row in check.errors:
                if "atom" in row:
                    atom = self.ran.tree.atoms[uuid.UUID(str(row["atom"]))]
                    found.setdefault(atom, []).append(Diagnostic.model_validate({key: row[key] for key in said}))
        return found


def prove_system(plan: MasterPlan, tests: Sequence[AcceptanceTest]) -> SystemProof:
    """Check what is accepted as a whole. Builds an environment, runs sandboxes; writes nothing.

    What looks for unsafe code is slow, and runs beside all others.
    """
    tree = base_tree(plan.pk, only_accepted=True)
    files = files_to_run(plan, tree, [])
    installed, environment = install(files)
    if environment is None:
        report = TestReport(status="not_run", reason=f"It does not install: {installed.reason}")
        checks = [charged_to_atoms(installed, tree), tests_check(Ran(tree, report))]
        return SystemProof(None, Ran(tree, report), checks)
    with ThreadPoolExecutor(max_workers=1) as beside, assembled(files) as root:
        safety = beside.submit(safety_checks, root, sorted(files))
        imports = import_check(root, environment, files)
        start = start_project(root, environment, health=health_path(endpoints_of(files)))
        lint = lint_check(root)
        service = serving_of(root, "app.main:app").needs
        ran = run_suite(plan, environment, tests)
        found = [imports, *start_checks(start, service, files), lint, *safety.result()]
    found = [charged_to_atoms(check, ran.tree) for check in found]
    return SystemProof(environment, ran, [installed, *found, tests_check(ran)])


def charged_to_atoms(check: Check, tree: Tree) -> Check:
    """The same check, what it found with the atoms that it is charged to."""
    errors = [with_atom(row, tree) for row in check.errors]
    return replace(check, errors=errors, warnings=[with_atom(row, tree) for row in check.warnings])


def install(files: Mapping[str, str]) -> tuple[Check, Environment | None]:
    """The environment of what the project's own requirements files name, and nothing else."""
    started = time.monotonic()
    texts = [files[name] for name in _REQUIREMENTS if name in files]
    lines = [line for text in texts for line in text.splitlines() if not line.strip().startswith("-r ")]
    if not texts:
        return Check(layer="install", passed=False, reason="There is no requirements.txt."), None
    try:
        environment = environment_for("\n".join(lines), configuration().environments_dir)
    except DevMatrixError as error:
        seconds = time.monotonic() - started
        errors = [item.model_dump() for item in _at_fault(error, files)]
        return Check(layer="install", passed=False, reason=str(error), errors=errors, seconds=seconds), None
    return Check(layer="install", passed=True, seconds=time.monotonic() - started), environment


def _at_fault(error: DevMatrixError, files: Mapping[str, str]) -> list[Diagnostic]:
    """What is wrong with the requirements, at the lines that ask for what is at fault."""
    packages = error.packages if isinstance(error, EnvironmentNotBuilt) else ()
    places = dict.fromkeys(place_of(package, files) for package in packages or [""])
    return [
        Diagnostic(path=path, line=line, layer="install", code=error.code, message=error.detail, hint=error.hint)
        for path, line in places
    ]


def import_check(root: Path, environment: Environment, files: Mapping[str, str]) -> Check:
    """Every module of the project that is no test is imported once, in the sandbox."""
    started = time.monotonic()
    modules = {path: list[str]() for path in sorted(files) if _is_code(path)}
    problems = import_problems(root, environment, modules)
    seconds = time.monotonic() - started
    if problems is None:
        return Check(
            layer="imports", passed=False, reason="The run ended before anything was imported.", seconds=seconds
        )
    places = dict.fromkeys((item.path, item.line, item.message) for item in problems)
    errors = [
        Diagnostic(path=path, line=line, layer="imports", code="not-importable", message=message).model_dump()
        for path, line, message in places
    ]
    return Check(
        layer="imports",
        passed=not errors,
        errors=errors,
        run=len(modules),
        failed=len({item.module for item in problems}),
        seconds=seconds,
    )


def start_checks(start: StartReport, service: str, files: Collection[str] = ()) -> list[Check]:
    """It starts when something answers, it is healthy when the answer is 200; what was raised is told at its line."""
    if start.status == "not_run":
        reason = f"{start.reason} Nothing that serves with {service} was found."
        return [Check(layer=layer, passed=None, reason=reason) for layer in ("start", "health")]
    answered, healthy = start.http_status != 0, start.status == "passed"
    errors = _raised(start, files)
    health = Check(
        layer="health",
        passed=healthy,
        reason=start.reason,
        errors=[] if healthy else errors,
        seconds=start.seconds,
    )
    if not answered:
        health = Check(layer="health", passed=None, reason="It did not start.")
    reason, errors = ("", []) if answered else (start.reason, errors)
    return [Check(layer="start", passed=answered, reason=reason, errors=errors, seconds=start.seconds), health]


def _raised(start: StartReport, files: Collection[str]) -> list[dict[str, object]]:
    found = place_in(start.output, files)
    if found is None:
        return []
    path, line, words = found
    message = f"{start.reason} {words}".strip()[:2000]
    return [Diagnostic(path=path, line=line, layer="start", code="does-not-start", message=message).model_dump()]


def tests_check(ran: Ran) -> Check:
    """The project's own tests; zero tests are not run, which is no pass."""
    own = ran.own
    red = [case for case in own if case.red]
    passed = sum(1 for case in own if case.outcome == "passed")
    report = ran.report
    verdict = None if report.status == "not_run" or not passed + len(red) else not red and _ended(report)
    return Check(
        layer="tests",
        passed=verdict,
        reason=report.reason or ("" if passed + len(red) else "No test of the project ran."),
        errors=[{"path": case.node_id, "message": case.message[:4000]} for case in red],
        warnings=[] if report.percent is None else [{"message": "statements executed", "percent": report.percent}],
        run=passed + len(red),
        failed=len(red),
        seconds=report.seconds,
    )


def lint_check(root: Path) -> Check:
    """Ruff by the project's own settings; nothing of the project is executed."""
    started = time.monotonic()
    command = [str(Path(sys.executable).with_name("ruff")), "check", "--no-cache", "--output-format", "json", "."]
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, encoding="utf-8", timeout=_LINT_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check(layer="lint", passed=None, reason=f"ruff could not run: {error}")
    seconds = time.monotonic() - started
    if done.returncode not in (0, 1):
        return Check(layer="lint", passed=None, reason=f"ruff failed: {done.stderr.strip()[-300:]}", seconds=seconds)
    found = [_finding(root, item) for item in json.loads(done.stdout)]
    errors = [item.model_dump() for item in found]
    return Check(layer="lint", passed=not errors, errors=errors, failed=min(len(errors), 1), seconds=seconds)


def _finding(root: Path, item: dict[str, dict[str, int] | str]) -> Diagnostic:
    location = item["location"]
    line = location["row"] if isinstance(location, dict) else 1
    path = Path(str(item["filename"])).relative_to(root.resolve()).as_posix()
    return Diagnostic(path=path, line=line, layer="lint", code=str(item["code"]), message=str(item["message"]))


def _ended(report: TestReport) -> bool:
    """Red tests of ours are the gate's business; a run that broke off is nobody's pass."""
    return report.status == "passed" or any(is_ours(case.node_id) for case in report.red)


def _is_code(path: str) -> bool:
    parts = path.split("/")
    runs_alone = parts[-1] in ("manage.py", "setup.py", "conftest.py") or "versions" in parts or "alembic" in parts
    return path.endswith(".py") and parts[0] != "tests" and not parts[-1].startswith("test_") and not runs_alone
