from __future__ import annotations

from pathlib import Path

import pytest

from execution.acceptance.serving import django_environment, django_settings_of, serving_of
from execution.acceptance.starting import StartReport, start_project
from execution.sandbox.isolation import Level, isolation
from tests.unit.acceptance.conftest import OURS, write

MANAGE = """
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")
"""


def test_an_application_is_served_by_uvicorn(tmp_path: Path) -> None:
    serving = serving_of(tmp_path, "app.main:app")
    assert (serving.needs, serving.before, serving.settings) == ("uvicorn", (), {})
    assert serving.serve[:3] == ("-m", "uvicorn", "app.main:app")
    assert django_environment(tmp_path) == {}


def test_a_django_project_is_migrated_and_served_by_gunicorn(tmp_path: Path) -> None:
    write(tmp_path, "manage.py", MANAGE)
    serving = serving_of(tmp_path, "app.main:app")
    assert serving.needs == "gunicorn"
    assert serving.before == (("manage.py", "migrate", "--noinput"),)
    assert serving.serve[:3] == ("-m", "gunicorn", "site.wsgi:application")
    assert serving.settings["DJANGO_SETTINGS_MODULE"] == "site.settings"


def test_every_run_has_a_secret_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, "manage.py", MANAGE)
    first, second = django_environment(tmp_path), django_environment(tmp_path)
    assert first["SECRET_KEY"] != second["SECRET_KEY"]
    assert len(first["SECRET_KEY"]) >= 50


def test_a_manage_py_that_names_no_settings_is_no_django_project(tmp_path: Path) -> None:
    write(tmp_path, "manage.py", "print('hello')\n")
    assert django_settings_of(tmp_path) is None


@pytest.mark.skipif(isolation().level < Level.NAMESPACES, reason="no network of its own here")
def test_migrations_that_fail_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "manage.py", MANAGE + "    sys.exit(3)\n")
    monkeypatch.setattr("execution.acceptance.starting.importable_from", lambda python: frozenset({"gunicorn"}))
    report = start_project(tmp_path, OURS)
    assert isinstance(report, StartReport)
    assert (report.status, report.reason) == ("failed", "manage.py migrate --noinput ended with exit code 3")
