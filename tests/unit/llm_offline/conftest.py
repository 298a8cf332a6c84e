"""The environment that generated projects are judged in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from common.configuration import configuration
from execution.output.requirements import requirements_for
from execution.validation.environments import environment_for

PACKAGES = ["fastapi", "uvicorn", "sqlalchemy", "pydantic", "httpx", "httpx2", "pytest", "coverage"]


@pytest.fixture(scope="session")
def django_python() -> str:
    """A Python with what DevMatrix judges Django projects with; made once and kept, as builds do."""
    return str(environment_for(requirements_for("django"), configuration().environments_dir).python)


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
