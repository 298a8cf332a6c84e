from __future__ import annotations

import re

import pytest

from execution.output.errors import UnsupportedProject
from execution.output.requirements import (
    declared_names,
    known_pins,
    missing_requirements,
    project_requirements,
    requirements_for,
    sandbox_requirements,
    with_dependencies,
)
from tests.unit.output.sample import SAMPLE


def names(text: str) -> set[str]:
    return {line.partition("==")[0] for line in text.splitlines() if "==" in line}


def test_every_pin_is_exact_and_everything_it_needs_is_pinned_too() -> None:
    pins = known_pins()

    assert len(pins) > 80
    for pin in pins.values():
        assert re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; .+)?", pin.line), pin.line
        assert pin.needs <= pins.keys()


def test_the_sandbox_of_a_stack_has_server_tests_and_coverage_before_any_code_exists() -> None:
    wanted = {"fastapi", "uvicorn", "sqlalchemy", "pydantic", "pydantic-core", "pytest", "coverage", "httpx", "h11"}

    assert wanted <= names(requirements_for("fastapi"))
    assert {"django", "pytest-django", "coverage"} <= names(requirements_for("django"))


def test_the_sandbox_is_completed_from_the_imports() -> None:
    files = {"app/a.py": "import jwt\n", "tests/test_a.py": "import hypothesis\n"}

    added = names(sandbox_requirements("fastapi", files)) - names(requirements_for("fastapi"))

    assert added == {"pyjwt", "hypothesis", "sortedcontainers"}


def test_an_unknown_stack_is_refused() -> None:
    with pytest.raises(UnsupportedProject, match="cobol"):
        requirements_for("cobol")


def test_requirements_of_a_project_are_complete_and_split_by_use() -> None:
    found = project_requirements("fastapi", SAMPLE)

    runtime, development = names(found.runtime), names(found.development)
    assert {"fastapi", "uvicorn", "sqlalchemy", "psycopg", "psycopg-binary", "email-validator"} <= runtime
    assert {"pytest", "coverage", "ruff", "mypy", "httpx2"} <= development
    assert "pytest" not in runtime
    assert not runtime & development
    assert found.development.startswith("-r requirements.txt\n")
    assert with_dependencies(runtime) == runtime
    assert with_dependencies(runtime | development) == runtime | development
    assert found.unknown == ()


def test_stubs_come_with_the_packages_that_have_them() -> None:
    found = project_requirements("fastapi", {"app/a.py": "import yaml\n"})

    assert "pyyaml" in names(found.runtime)
    assert "types-pyyaml" in names(found.development)


def test_a_package_needed_in_silence_is_added() -> None:
    code = "from fastapi import UploadFile\n"

    assert "python-multipart" in names(project_requirements("fastapi", {"app/a.py": code}).runtime)


def test_an_import_that_no_known_package_offers_is_missing_where_it_is_first_used() -> None:
    files = {**SAMPLE, "app/z.py": "import os\nimport frobnicate.deep\n", "app/zz.py": "from frobnicate import x\n"}

    (missing,) = missing_requirements(files)

    assert (missing.root, missing.path, missing.line) == ("frobnicate", "app/z.py", 2)
    assert missing_requirements(SAMPLE) == []


def test_requirements_in_the_project_decide_what_is_declared() -> None:
    files = {
        "app/a.py": "import yaml\nimport frobnicate\nimport requests\n",
        "requirements.txt": "# comment\nPyYAML>=6\nFrobnicate==1\n-r other.txt\n",
    }

    assert declared_names(files) == {"pyyaml", "frobnicate"}
    assert [missing.root for missing in missing_requirements(files)] == ["requests"]


def test_local_relative_and_standard_imports_need_no_requirement() -> None:
    files = {
        "app/a.py": "import sys\nfrom . import b\nfrom app.b import c\nimport lib\n",
        "src/lib/__init__.py": "",
        "tests/helpers.py": "",
        "tests/test_a.py": "from helpers import x\nimport tests.helpers\n",
    }

    assert missing_requirements(files) == []


def test_no_requirement_names_a_registry() -> None:
    assert "://" not in requirements_for("fastapi")
