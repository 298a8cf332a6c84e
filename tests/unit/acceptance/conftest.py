"""A small project with tests, run by the interpreter of these tests, which has pytest, coverage and uvicorn."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from execution.acceptance.report import TestReport
from execution.acceptance.testing import run_tests
from execution.sandbox.limits import Limits
from execution.validation.environments import Environment

OURS = Environment(python=Path(sys.executable), path=Path(sys.prefix), key="ours")
QUIET = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""Our environment is full of plugins that a generated project does not have."""

SERVICE = """def double(number):
    return number * 2


def halve(number):
    result = number / 2
    return result


def unused(number):
    return number
"""

RunTests = Callable[..., TestReport]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for path, text in {"app/__init__.py": "", "app/service.py": SERVICE}.items():
        write(root, path, text)
    return root


def write(root: Path, path: str, text: str) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


@pytest.fixture
def run_suite(project: Path) -> RunTests:
    """Writes the given test files and runs them; keyword arguments go to ``run_tests``."""

    def run_it(files: dict[str, str], *, limits: Limits | None = None, **options: object) -> TestReport:
        for path, text in files.items():
            write(project, path, text)
        bounds = limits or Limits(wall=60.0)
        return run_tests(project, OURS, bounds, settings=QUIET, **options)  # type: ignore[arg-type]  # options of it

    return run_it
