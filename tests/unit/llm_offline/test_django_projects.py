"""Django projects: linted, typed, migrated and tested by the tools that judge them in a build."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from integrations.llm.offline.faults import Fault, possible_faults
from integrations.llm.offline.project.stacks import stack_named
from tests.unit.llm_offline import building
from tests.unit.llm_offline.building import plan_for, texts_of, write_project
from tests.unit.llm_offline.rich_service import rich_plan

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SPANISH = (
    "Quiero una API con Django REST Framework para una biblioteca. Los libros tienen título, isbn único, precio y "
    "género (ficción, ciencia o historia) y muchas etiquetas. Los socios tienen nombre y correo. Cada préstamo "
    "pertenece a un libro y a un socio y tiene fecha de inicio y fecha de fin."
)


@pytest.fixture(scope="module")
def rich() -> dict[str, str]:
    _, project = rich_plan("django")
    return {path: write() for path, write in stack_named("django").files(project).items()}


def judge(folder: Path, python: str) -> None:
    for result in (
        building.ruff(folder, "check", "."),
        building.ruff(folder, "format", "--check", "."),
        building.mypy(folder, python),
        building.run_tool(folder, python, "manage.py", "makemigrations", "--check", "--dry-run"),
        building.pytest(folder, python),
    ):
        assert result.returncode == 0, result.stdout + result.stderr


def test_a_project_with_everything_is_clean_and_passes_its_tests(
    rich: dict[str, str], tmp_path: Path, django_python: str
) -> None:
    write_project(tmp_path, rich)
    judge(tmp_path, django_python)


def test_a_project_asked_for_in_spanish_is_clean_and_passes_its_tests(tmp_path: Path, django_python: str) -> None:
    planned = plan_for(SPANISH, "django")
    assert planned.questions.not_understood == []
    write_project(tmp_path, texts_of(planned))
    judge(tmp_path, django_python)


def test_wrong_logic_is_found_by_a_test(rich: dict[str, str], tmp_path: Path, django_python: str) -> None:
    """One place of each kind of edit: a test goes red."""
    write_project(tmp_path, rich)
    chosen: dict[str, tuple[str, Fault]] = {}
    for path, text in sorted(rich.items()):
        for fault in possible_faults(path, text):
            if fault.kind == "wrong_logic":
                chosen.setdefault(re.sub(r"\w*(loan|booking|book)\w*", "x", fault.new or ""), (path, fault))
    edits = [building.Edited(path, fault.apply(rich[path]), nearest_tests(path)) for path, fault in chosen.values()]
    statuses = building.pytest_of_each(tmp_path, django_python, edits)
    survived = [
        (path, fault.old)
        for (path, fault), status in zip(chosen.values(), statuses, strict=True)
        if status not in {1, 3, 4}
    ]
    assert len(chosen) >= 12
    assert survived == []


def nearest_tests(path: str) -> list[str]:
    """The tests that stand nearest to a file."""
    named = {
        "api/health.py": ["tests/test_health.py"],
        "config/settings.py": ["tests/test_settings.py"],
        "api/authentication.py": ["tests/test_auth.py"],
    }
    subject = Path(path).stem
    near = [f"tests/test_{subject}_service.py"] if path.startswith("api/services/") and subject != "base" else []
    loan = ["service", "api", "access"]
    return named.get(path) or near or [f"tests/test_loan_{layer}.py" for layer in loan]
