"""What the machine must offer, found out without starting anything. Each finding says how to mend what is wrong."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

OLDEST_PYTHON = (3, 11)
OLDEST_POSTGRESQL = 14
OLDEST_REDIS = (6, 2)
NEEDED_SPACE = 3 * 1024**3  # bytes: environments of generated projects, workspaces, the database
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Outcome(StrEnum):
    """`not_run` is never counted as passed."""

    PASSED = "passed"
    FAILED = "failed"
    WARNING = "warning"
    NOT_RUN = "not_run"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. `mend` is empty when there is nothing to do; only `failed` ones keep DevMatrix from working."""

    name: str
    outcome: Outcome
    detail: str
    mend: str = ""


def check_python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    text = ".".join(map(str, version))
    if version < OLDEST_PYTHON:
        return Finding("python", Outcome.FAILED, f"Python {text}", "Install Python 3.11 or newer, then `make setup`.")
    return Finding("python", Outcome.PASSED, f"Python {text} on {platform.system()} {platform.machine()}")


def check_program(name: str, *alternatives: str, use: str, mend: str, required: bool) -> Finding:
    """Whether a program is found and runs."""
    beside_python = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    for candidate in (name, *alternatives):
        path = shutil.which(candidate, path=beside_python)
        version = _version(path) if path else ""
        if version:
            return Finding(name, Outcome.PASSED, version)
    missing = Outcome.FAILED if required else Outcome.NOT_RUN
    return Finding(name, missing, f"not found; needed for {use}", mend)


def _version(path: str) -> str:
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else ""


def check_space(folder: Path, *, needed: int = NEEDED_SPACE) -> Finding:
    """Whether `needed` bytes are free where `folder` is or will be."""
    free = shutil.disk_usage(nearest_existing(folder)).free
    detail = f"{free / 1024**3:.1f} GiB free at {folder}"
    if free < needed // 10:
        return Finding("disk", Outcome.FAILED, detail, "Free some space, or move DEVMATRIX_STATE_DIR.")
    if free < needed:
        return Finding("disk", Outcome.WARNING, detail, f"{needed / 1024**3:.0f} GiB are advised.")
    return Finding("disk", Outcome.PASSED, detail)


def check_writable(folder: Path) -> Finding:
    """Whether a file can be made there, tried with a real one."""
    place = nearest_existing(folder)
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".doctor-"):
            return Finding("writing", Outcome.PASSED, f"{folder} can be written")
    except OSError as error:
        mend = "Give yourself the permission, or move DEVMATRIX_STATE_DIR."
        return Finding("writing", Outcome.FAILED, f"{folder} cannot be written: {error.strerror}", mend)


def nearest_existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def check_postgresql(url: str) -> Finding:
    """The server at `DATABASE_URL`; `not_run` when none is given."""
    if not url:
        return Finding("postgresql", Outcome.NOT_RUN, "not running", "`make up` brings its own.")
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version // 10_000
            row = connection.execute("SHOW max_connections").fetchone()
    except psycopg.Error as error:
        detail = f"does not answer: {str(error).strip().splitlines()[-1]}"
        return Finding("postgresql", Outcome.FAILED, detail, "Run `make up`, or correct DATABASE_URL.")
    detail = f"PostgreSQL {version}, {row[0] if row else '?'} connections"
    if version < OLDEST_POSTGRESQL:
        return Finding("postgresql", Outcome.FAILED, detail, f"PostgreSQL {OLDEST_POSTGRESQL} or newer is needed.")
    return Finding("postgresql", Outcome.PASSED, detail)


def check_redis(url: str) -> Finding:
    """The server at `REDIS_URL`: its version, and that it never throws messages away to save memory."""
    if not url:
        return Finding("redis", Outcome.NOT_RUN, "not running", "`make up` brings its own.")
    try:
        client = redis.Redis.from_url(url, socket_timeout=5, retry=Retry(NoBackoff(), 0), decode_responses=True)
        try:
            version = str(client.info("server")["redis_version"])
            memory = str(client.info("memory").get("maxmemory_policy", "unknown"))
        finally:
            client.close()
    except (redis.RedisError, ValueError) as error:
        return Finding("redis", Outcome.FAILED, f"does not answer: {error}", "Run `make up`, or correct REDIS_URL.")
    detail = f"Redis {version}, {memory}"
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        return Finding("redis", Outcome.FAILED, detail, "Redis 6.2 or newer is needed.")
    if memory != "noeviction":
        return Finding("redis", Outcome.FAILED, detail, "Set maxmemory-policy to noeviction: no message may be lost.")
    return Finding("redis", Outcome.PASSED, detail)


def check_programs() -> list[Finding]:
    return [
        check_program("git", use="workspaces", mend="apt-get install git", required=True),
        check_program("uv", use="environments of generated projects", mend="make setup", required=True),
        check_program(
            *BROWSERS, use="browser tests only", mend="apt-get install chromium chromium-driver", required=False
        ),
        check_program("node", use="`make bundle` only", mend="apt-get install nodejs npm", required=False),
    ]
