"""The compose file, the image and the documented settings agree with the code."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from devmatrix_project.services.application import DefaultWorker, ModelWorker, ProcessorWorker
from devmatrix_project.services.layout import PROJECT

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
LONG_RUNNING = sorted(set(SERVICES) - {"migrate"})


def test_compose_runs_every_part() -> None:
    assert LONG_RUNNING == [
        "beat", "chroma", "postgres", "redis", "web", "worker-cpu", "worker-default", "worker-llm",
    ]  # fmt: skip


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_what_runs_long_is_watched_and_restarted(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


def test_no_secret_has_a_default() -> None:
    text = (PROJECT / "docker-compose.yml").read_text()
    for name in ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "SECRET_KEY", "ALLOWED_HOSTS"):
        uses = re.findall(rf"(?<!\$)\$\{{{name}[^}}]*\}}", text)
        assert uses, name
        assert all(use.startswith(f"${{{name}:?") for use in uses), uses


def test_only_the_page_is_reached_from_outside_and_only_from_this_machine() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "web": ["127.0.0.1:${PORT:-8000}:8000"]
    }
    assert [SERVICES[name]["networks"] for name in ("postgres", "redis", "chroma")] == [["inside"]] * 3
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_volumes_and_dependencies_are_declared() -> None:
    mounts = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert mounts == set(COMPOSE["volumes"])
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)


@pytest.mark.parametrize("kind", [DefaultWorker, ModelWorker, ProcessorWorker])
def test_workers_have_the_queues_pools_and_connections_of_one_machine(
    kind: type[DefaultWorker | ModelWorker | ProcessorWorker],
) -> None:
    command: list[str] = SERVICES[kind.name]["command"]
    assert command[command.index("--queues") + 1] == ",".join(kind.queues)
    assert command[command.index("--pool") + 1] == kind.pool
    here = kind.__new__(kind).settings()
    assert {name: SERVICES[kind.name]["environment"][name] for name in here} == dict(here)


def test_application_containers_have_no_more_rights_than_they_need() -> None:
    for name in ("web", "migrate", "beat", "chroma", "worker-llm", "worker-cpu", "worker-default"):
        assert SERVICES[name]["cap_drop"] == ["ALL"]
        assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]
    lines = (PROJECT / "Dockerfile").read_text().splitlines()
    assert lines.index("USER devmatrix") > max(number for number, line in enumerate(lines) if line.startswith("RUN"))


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    code = "".join((PROJECT / "devmatrix_project" / name).read_text() for name in ("environment.py", "settings.py"))
    known = set(
        re.findall(
            r"\b(?:text|flag|number|whole|money|choice|folder|names|address|prices_file)\(\s*\"([A-Z][A-Z0-9_]+)\"",
            code,
        )
    )
    table = (PROJECT / "docs" / "operations.md").read_text().split("## Settings")[1]
    documented = {
        name
        for row in table.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row.split("|")[1])
    }
    assert documented == known


def test_make_help_lists_the_documented_targets() -> None:
    done = subprocess.run(["make", "help"], cwd=PROJECT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    targets = {line.split()[1] for line in done.stdout.splitlines()}
    assert targets >= {"help", "setup", "demo", "up", "down", "test", "lint", "types", "bench", "lock", "bundle", "ci"}


def test_every_shell_script_is_well_formed() -> None:
    assert subprocess.run(["bash", "-n", PROJECT / ".ci" / "run"], timeout=60).returncode == 0


def test_a_machine_without_a_new_enough_python_is_told_what_to_install(tmp_path: Path) -> None:
    shutil.copy(PROJECT / "Makefile", tmp_path)
    programs = tmp_path / "bin"
    programs.mkdir()
    old = programs / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")  # what the check for 3.11 gives on an older one
    old.chmod(0o755)
    make = shutil.which("make")
    assert make is not None
    done = subprocess.run(
        [make, ".venv/.made"], cwd=tmp_path, env={"PATH": str(programs)}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Python 3.11 or newer is needed and was not found")
    assert not (tmp_path / ".venv").exists()


def test_nothing_to_stop_is_no_error(tmp_path: Path) -> None:
    shutil.copy(PROJECT / "Makefile", tmp_path)
    done = subprocess.run(["make", "down"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "nothing runs: no .venv here\n")
