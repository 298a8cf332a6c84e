"""Environments of generated projects: built once per set of requirements, shared by all who need the same set."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from common.errors import DevMatrixError, InvalidInput

_TIMEOUT = 600
_REQUIREMENT = re.compile(
    r"^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"  # name
    r"(?:\[[A-Za-z0-9._, -]*\])?"  # extras
    r"\s*(?:(?:[<>=!~]=?|===)\s*[A-Za-z0-9.*+!_-]+(?:\s*,\s*)?)*"  # versions
    r"\s*(?:;[^@\n]*)?$"  # marker
)
_INHERITED = ("UV_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "SSL_CERT", "XDG_", "HOME", "PATH", "TMPDIR")
"""What uv may see of our environment: where its cache, its index and its certificates are."""


class EnvironmentNotBuilt(DevMatrixError):
    code = "environment_not_built"
    title = "The project's environment could not be built"
    status = 422


@dataclass(frozen=True, slots=True)
class Environment:
    """A ready environment. ``key`` names its set of requirements on this kind of machine."""

    python: Path
    path: Path
    key: str


def environment_for(requirements_text: str, root: Path) -> Environment:
    """The environment for the requirements (lines as pip reads them), built below ``root`` unless it is there.

    Only wheels from the index are installed: building a package, a link or a path would run foreign code out of the
    sandbox. One process builds, others wait. Raises InvalidInput for lines that are not plain requirements and
    EnvironmentNotBuilt with uv's words.
    """
    requirements = normalised(requirements_text)
    key = _key(requirements)
    path = root.resolve() / key
    environment = Environment(python=path / "bin" / "python", path=path, key=key)
    root.mkdir(parents=True, exist_ok=True)
    with _turn(root / f"{key}.lock"):
        if not _marker(path).exists():
            _build(path, requirements)
        _marker(path).touch()  # the time of the last use, for removal by age
    return environment


def normalised(requirements_text: str) -> tuple[str, ...]:
    """The requirements without comments, hashes and order. Raises InvalidInput for options, links and paths."""
    found = set()
    for line in requirements_text.replace("\\\n", " ").split("\n"):
        plain = re.sub(r"(?:^|\s)#.*$|\s--hash=\S+", "", line).strip()
        if not plain:
            continue
        if not _REQUIREMENT.match(plain):
            raise InvalidInput(
                f"This is not a plain requirement: {plain[:100]!r}.",
                hint="Give a package's name and versions; options, links and paths are not installed.",
            )
        found.add(re.sub(r"\s+", " ", plain))
    return tuple(sorted(found, key=str.lower))


def _key(requirements: tuple[str, ...]) -> str:
    machine = (platform.python_version(), platform.machine(), platform.system())
    return hashlib.sha256("\n".join((*machine, *requirements)).encode()).hexdigest()[:24]


def _marker(path: Path) -> Path:
    return path / ".ready"


@contextlib.contextmanager
def _turn(lock_path: Path) -> Iterator[None]:
    with lock_path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(path: Path, requirements: tuple[str, ...]) -> None:
    """Builds in place, because environments cannot be moved; without the marker it counts as not there."""
    shutil.rmtree(path, ignore_errors=True)
    _uv("venv", "--python", sys.executable, "--no-project", str(path))
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(requirements))
        file.flush()
        install = ("pip", "install", "--python", str(path / "bin" / "python"), "--only-binary", ":all:")
        options = ("--compile-bytecode", "-r", file.name)  # the sandbox sees it read-only: nothing is compiled later
        try:
            _uv(*install, *options)
        except EnvironmentNotBuilt as online:
            try:
                _uv(*install, "--offline", *options)
            except EnvironmentNotBuilt:
                shutil.rmtree(path, ignore_errors=True)
                raise online from None


def _uv(*arguments: str) -> None:
    executable = Path(sys.executable).with_name("uv")
    inherited = {name: value for name, value in os.environ.items() if name.upper().startswith(_INHERITED)}
    try:
        done = subprocess.run(
            [str(executable), "--quiet", "--color", "never", *arguments],
            env=inherited,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EnvironmentNotBuilt(f"uv could not run: {error}.") from error
    if done.returncode != 0:
        raise EnvironmentNotBuilt(
            f"uv {arguments[0]} failed: {done.stderr.strip()[-1500:]}",
            hint="Check the names and versions of the requirements, and that the package index can be reached.",
        )
