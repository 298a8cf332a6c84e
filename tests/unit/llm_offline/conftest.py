"""The environment that generated projects are judged in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ["fastapi", "uvicorn", "sqlalchemy", "pydantic", "httpx", "httpx2", "pytest", "coverage"]


@pytest.fixture(scope="session")
def project_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python with the packages of generated projects: ``DEVMATRIX_ENVIRONMENT_PYTHON``, else one made here."""
    given = os.environ.get("DEVMATRIX_ENVIRONMENT_PYTHON")
    if given:
        return given
    folder = tmp_path_factory.mktemp("environment") / "venv"
    python = folder / "bin" / "python"
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), *PACKAGES], check=True)
    return str(python)
