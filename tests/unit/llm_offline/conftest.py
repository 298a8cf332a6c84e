"""The environments that generated projects are judged in: those that `make setup` prepared for builds."""

from __future__ import annotations

import pytest

from tests.prepared import prepared_environment


@pytest.fixture(scope="session")
def django_python() -> str:
    """A Python with what DevMatrix judges Django projects with."""
    return str(prepared_environment("django").python)


@pytest.fixture(scope="session")
def project_python() -> str:
    """A Python with what DevMatrix judges FastAPI projects with."""
    return str(prepared_environment("fastapi").python)
