"""A rich Django project: linted, typed, migrated and tested by the tools that judge it in a build."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.llm_offline import building
from tests.unit.llm_offline.building import plan_for, texts_of, write_project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SPANISH = (
    "Quiero una API con Django para una biblioteca. Los libros tienen título, isbn único, precio y género (ficción, "
    "ciencia o historia) y muchas etiquetas. Los socios tienen nombre y correo. Cada préstamo pertenece a un libro y a "
    "un socio y tiene fecha de inicio y fecha de fin."
)
ENGLISH = (
    "Create a REST API with Django for projects, tasks, comments and tags. Projects have a name, a start date and an "
    "end date. Tasks have a title, a status and a unique code, belong to a project and have many tags. Comments belong "
    "to tasks. Categories have a name and a parent category. Products have a name and a price."
)


@pytest.mark.parametrize("request_text", [SPANISH, ENGLISH], ids=["spanish", "english"])
def test_a_generated_django_project_is_clean_and_passes_its_tests(
    request_text: str, tmp_path: Path, django_python: str
) -> None:
    write_project(tmp_path, texts_of(plan_for(request_text, "django")))
    for result in (
        building.ruff(tmp_path, "check", "."),
        building.ruff(tmp_path, "format", "--check", "."),
        building.mypy(tmp_path, django_python),
        building.run_tool(tmp_path, django_python, "manage.py", "makemigrations", "--check", "--dry-run"),
        building.pytest(tmp_path, django_python),
    ):
        assert result.returncode == 0, result.stdout + result.stderr
