"""Environments of generated projects: built once per set of requirements, shared by all who need the same set."""

from __future__ import annotations

import contextlib
import difflib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from common.errors import DevMatrixError, InvalidInput
from execution.validation.package_names import name_in, normalised_name, suspicious, well_known

_TIMEOUT = 600
_REQUIREMENT = re.compile(
    r"^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"  # name
    r"(?:\[[A-Za-z0-9._, -]*\])?"  # extras
    r"\s*(?:(?:[<>=!~]=?|===)\s*[A-Za-z0-9.*+!_-]+(?:\s*,\s*)?)*"  # versions
    r"\s*(?:;[^@\n]*)?$"  # marker
)
_INHERITED = ("UV_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "SSL_CERT", "XDG_", "HOME", "PATH", "TMPDIR")
"""What uv may see of our environment: where its cache, its index and its certificates are."""


_ABSENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:[<>=!~]=?[^ ]*)? was not found in the package registry")
_UNSOLVABLE = "No solution found"
_OFFLINE = "not found in the cache"


class EnvironmentNotBuilt(DevMatrixError):
    """``packages`` are the required ones that are at fault, as far as that is known."""

    code = "environment_not_built"
    title = "The project's environment could not be built"
    status = 422
    packages: tuple[str, ...] = ()


class SuspiciousPackage(EnvironmentNotBuilt):
    code = "suspicious_package"
    title = "A required package is named like a well-known one"


class UnknownPackage(EnvironmentNotBuilt):
    code = "unknown_package"
    title = "A required package does not exist"


class RequirementsUnsolvable(EnvironmentNotBuilt):
    code = "requirements_unsolvable"
    title = "The requirements contradict each other"


@dataclass(frozen=True, slots=True)
class Environment:
    """A ready environment. ``key`` names its set of requirements on this kind of machine."""

    python: Path
    path: Path
    key: str


def environment_for(requirements_text: str, root: Path, *, trusted: Collection[str] = ()) -> Environment:
    """The environment for the requirements (lines as pip reads them), built below ``root`` unless it is there.

    Only wheels from the index are installed: building a package, a link or a path would run foreign code out of the
    sandbox. What uv's cache holds is installed without asking the index. One process builds, others wait. Raises
    InvalidInput for lines that are not plain requirements, SuspiciousPackage for a name that only looks like a
    well-known one and is not ``trusted``, UnknownPackage and RequirementsUnsolvable before anything is installed, and
    EnvironmentNotBuilt with uv's words for the rest.
    """
    requirements = normalised(requirements_text)
    key = _key(requirements)
    path = root.resolve() / key
    environment = Environment(python=path / "bin" / "python", path=path, key=key)
    root.mkdir(parents=True, exist_ok=True)
    with turn(root, key):
        if not marker(path).exists():
            _refuse_suspicious(requirements, trusted)
            _build(path, requirements)
        marker(path).touch()  # the time of the last use, for removal by age
    return environment


def key_of(requirements_text: str) -> str:
    """The key of the environment for these requirements, on this kind of machine."""
    return _key(normalised(requirements_text))


def _refuse_suspicious(requirements: tuple[str, ...], trusted: Collection[str]) -> None:
    found = suspicious(requirements, trusted=trusted)
    if found:
        words = "; ".join(f"{name} looks like {known}" for name, known in found.items())
        refusal = SuspiciousPackage(
            f"Nothing was installed: {words}.",
            hint="Correct the name; if it is the one that is meant, add it to TRUSTED_PACKAGES.",
        )
        refusal.packages = tuple(found)
        raise refusal


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


def marker(path: Path) -> Path:
    return path / ".ready"


@contextlib.contextmanager
def turn(root: Path, key: str, *, waiting: bool = True) -> Iterator[None]:
    """Alone with one environment. Raises BlockingIOError when another has the turn and ``waiting`` is false."""
    with (root / f"{key}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if waiting else fcntl.LOCK_EX | fcntl.LOCK_NB)
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
            _uv(*install, "--offline", *options)
        except EnvironmentNotBuilt:
            try:
                _uv(*install, *options)
            except EnvironmentNotBuilt as problem:
                shutil.rmtree(path, ignore_errors=True)
                raise _explained(problem, requirements) from None


def _explained(problem: EnvironmentNotBuilt, requirements: tuple[str, ...]) -> EnvironmentNotBuilt:
    """uv resolves before it installs; what it says then tells a name that does not exist from a contradiction."""
    said = " ".join(problem.detail.split())
    names = {name_in(line) for line in requirements}
    absent = sorted({normalised_name(name) for name in _ABSENT.findall(said)})
    if _UNSOLVABLE not in said or _OFFLINE in said:
        return problem
    if absent:
        close = [f"{name}: did you mean {like}?" for name in absent for like in _close_to(name)]
        told: EnvironmentNotBuilt = UnknownPackage(
            f"Nothing was installed: {', '.join(absent)} cannot be found in the package index.",
            hint=" ".join(close) or "Check the spelling, or leave it out.",
        )
    else:
        told = RequirementsUnsolvable(
            f"Nothing was installed: {said[-1500:]}", hint="Loosen or correct one of these versions."
        )
    mentioned = {normalised_name(word) for word in re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*", said)}
    told.packages = tuple(absent) or tuple(sorted(names & mentioned))
    return told


def _close_to(name: str) -> list[str]:
    return difflib.get_close_matches(name, sorted(well_known()), n=1)


def inherited() -> dict[str, str]:
    """The part of our environment that uv may see: no key of ours."""
    return {name: value for name, value in os.environ.items() if name.upper().startswith(_INHERITED)}


def _uv(*arguments: str) -> None:
    executable = Path(sys.executable).with_name("uv")
    try:
        done = subprocess.run(
            [str(executable), "--quiet", "--color", "never", *arguments],
            env=inherited(),
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
