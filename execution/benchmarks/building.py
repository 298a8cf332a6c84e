"""The forty kept requests, each made into a project that installs, starts, passes its tests and lints clean."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from common.configuration import configuration
from common.errors import DevMatrixError
from execution.acceptance.starting import start_project
from execution.acceptance.testing import TEST_LIMITS, run_tests
from execution.benchmarks.measuring import Measure
from execution.benchmarks.writing import KeptRequest, kept_requests, write_project
from execution.output.requirements import sandbox_requirements
from execution.validation.environments import Environment, environment_for

AT_ONCE = max((os.cpu_count() or 2) // 2, 2)
SECONDS = 900
LIMITS = replace(TEST_LIMITS, wall=float(SECONDS), cpu=SECONDS)
APPLICATION = "app.main:app"


class CheckFailed(Exception):
    """A check of a project did not pass; its words are the end of what the tool said."""


def bench_requests() -> list[Measure]:
    """Forty requests in two languages and two stacks: install, start, tests, ruff, mypy; the number that fail."""
    started = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = list(pool.map(check_request, kept_requests()))
    return [*rows, Measure("seconds for all of them", time.monotonic() - started, "s")]


def check_request(request: KeptRequest) -> Measure:
    """One row: how many checks of a request's project failed, and what the failing tools said, to stderr."""
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix=f"devmatrix-{request.name}-") as name:
        folder = Path(name)
        project = write_project(request)
        for path, text in project.files.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        for check, passes in checks_of(request, folder, project.files).items():
            try:
                passes()
            except (CheckFailed, DevMatrixError) as error:
                failed.append(check)
                sys.stderr.write(f"{request.name}: {check} failed\n{error}\n")
    told = ", ".join(failed) if failed else "all well"
    return Measure(f"{request.name} ({request.stack}, {project.tasks} tasks): {told}", len(failed), "failed", wanted=0)


def checks_of(request: KeptRequest, folder: Path, files: dict[str, str]) -> dict[str, Callable[[], None]]:
    """Every check by its name; the environment is made by the first of them that needs it."""

    def environment() -> Environment:
        return environment_for(sandbox_requirements(request.stack, files), configuration().environments_dir)

    def python() -> str:
        return str(environment().python)

    return {
        "install": lambda: _import(folder, python(), request.stack),
        "start": lambda: _start(folder, environment()),
        "tests": lambda: _test(folder, environment()),
        "lint": lambda: _run(folder, sys.executable, "-m", "ruff", "check", "."),
        "format": lambda: _run(folder, sys.executable, "-m", "ruff", "format", "--check", "."),
        "types": lambda: _run(folder, sys.executable, "-m", "mypy", "--python-executable", python(), "."),
    }


def _import(folder: Path, python: str, stack: str) -> None:
    """The pinned requirements are installed, and the framework can be imported from them."""
    _run(folder, python, "-I", "-c", f"import {stack}")


def _start(folder: Path, environment: Environment) -> None:
    report = start_project(folder, environment, application=APPLICATION)
    if report.status != "passed":
        raise CheckFailed(f"{report.reason}\n{report.output[-2000:]}")


def _test(folder: Path, environment: Environment) -> None:
    report = run_tests(folder, environment, LIMITS)
    if report.status != "passed":
        raise CheckFailed(f"{report.reason}\n{report.output[-2000:]}")


def _run(folder: Path, *command: str) -> None:
    """Run a tool, which reads the project's files and runs none of them, without our own settings."""
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env={"PATH": os.defpath, "HOME": str(folder)},
    )
    if done.returncode != 0:
        raise CheckFailed((done.stdout + done.stderr)[-3000:])
