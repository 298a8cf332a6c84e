"""A workspace with a program in it, run by the Python of the tests."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from execution.sandbox.isolation import Level, isolation
from execution.sandbox.limits import MEBIBYTE, Limits, Outcome
from execution.sandbox.runs import run

TIGHT = Limits(wall=10.0, cpu=5, memory=512 * MEBIBYTE, disk=32 * MEBIBYTE, file_size=8 * MEBIBYTE, processes=32)

RunProgram = Callable[..., Outcome]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    path = tmp_path / "workspace"
    path.mkdir()
    return path


@pytest.fixture
def run_program(workspace: Path) -> RunProgram:
    """Runs Python source as ``program.py``; keyword arguments go to ``run``."""

    def run_it(source: str, **options: object) -> Outcome:
        (workspace / "program.py").write_text(textwrap.dedent(source))
        options.setdefault("limits", TIGHT)
        python = Path(sys.executable)
        return run([str(python), "-S", "program.py"], workspace=workspace, python=python, **options)  # type: ignore[arg-type]  # options of run

    return run_it


@pytest.fixture
def namespaces() -> None:
    """Skips, with the reason, where the kernel allows no namespaces."""
    if isolation().level < Level.NAMESPACES:
        pytest.skip(f"no namespaces here: {'; '.join(isolation().missing)}")
