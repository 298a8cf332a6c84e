"""The plugin that gives every test run its own servers, tried in runs of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from devmatrix_project.services import processes
from devmatrix_project.services.layout import PROJECT, Layout
from devmatrix_project.services.ports import is_free
from devmatrix_project.services.redis_server import RedisServer
from tests import own_services

SETTINGS = """
import environ
SECRET_KEY = "test"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
DATABASES = {"default": environ.Env().db()}
USE_TZ = True
"""
TESTS = """
import os, pathlib, pytest, redis
from django.contrib.auth.models import User

@pytest.mark.django_db
@pytest.mark.parametrize("number", range(4))
def test_servers_are_fresh(number):
    User.objects.create(username="only")
    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    client.flushdb()
    assert client.incr("counter") == 1
    client.close()
    with pathlib.Path(os.environ["SHOW"]).open("a") as seen:
        seen.write(os.environ["DATABASE_URL"] + " " + os.environ["REDIS_URL"] + "\\n")
"""


INI = f"""
[pytest]
pythonpath = . {PROJECT}
DJANGO_SETTINGS_MODULE = small_settings
addopts = -p xdist.plugin -p pytest_django.plugin -p tests.own_services
"""


def run_pytest(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A run of pytest with the plugin, on a small project of its own."""
    (folder / "small_settings.py").write_text(SETTINGS)
    (folder / "test_small.py").write_text(TESTS)
    (folder / "conftest.py").write_text("from tests.conftest import django_db_setup\n")
    (folder / "pytest.ini").write_text(INI)
    inherited = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", own_services.RUN)
    known = {
        name: value
        for name, value in os.environ.items()
        if name not in inherited and not name.startswith(("PYTEST_", "COV_"))
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments],
        cwd=folder,
        env=known | {"SHOW": str(folder / "seen"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | environment,
        capture_output=True,
        text=True,
        timeout=280,
    )


@pytest.mark.slow
def test_workers_share_the_database_server_have_a_redis_each_and_leave_nothing(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, "-n", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    seen = [line.split() for line in (tmp_path / "seen").read_text().splitlines()]
    assert len(seen) == 4
    assert len({database for database, _redis in seen}) == 1
    assert len({broker for _database, broker in seen}) == 2
    for _database, broker in seen:
        assert is_free(urlsplit(broker).port or 0)


def test_a_run_without_database_tests_starts_no_database(tmp_path: Path) -> None:
    (tmp_path / "test_pure.py").write_text(
        "from pathlib import Path; import os\n"
        "def test_pure():\n"
        "    run = Path(os.environ['DEVMATRIX_TEST_RUN'])\n"
        "    assert not (run / 'data' / 'postgresql').exists()\n"
        "    assert os.environ['LLM_PROVIDER'] == 'offline' and not os.environ['ANTHROPIC_API_KEY']\n"
    )
    done = run_pytest(tmp_path, "test_pure.py", ANTHROPIC_API_KEY="paid", LLM_PROVIDER="anthropic")
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_a_killed_run_left_is_stopped_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_services, "RUNS", tmp_path)
    holder = subprocess.Popen(["sleep", "60"])
    moment = int(processes.born(holder.pid) or 0)
    layout = Layout(tmp_path / f"{holder.pid}-{moment}")
    server = RedisServer(layout, throw_away=True)
    server.start()
    record = server.record
    assert record is not None
    own_services.remove_abandoned_runs()
    assert processes.is_alive(record), "its run is still under way"
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    own_services.remove_abandoned_runs()
    assert not processes.is_alive(record)
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
