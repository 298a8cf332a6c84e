"""Which isolation this machine offers, found by trying it, and refusal to run below a required level."""

from __future__ import annotations

import enum
import functools
import tempfile
from dataclasses import dataclass
from pathlib import Path

from common.errors import DevMatrixError
from execution.sandbox import bubblewrap
from execution.sandbox.inside import filtering, landlock
from execution.sandbox.launching import SandboxFailed, Way, launch
from execution.sandbox.limits import Limits


class Level(enum.IntEnum):
    NONE = 0
    LIMITS = 1
    NAMESPACES = 2


class NotIsolated(DevMatrixError):
    code = "not_isolated"
    title = "Generated code cannot be isolated enough"
    status = 503


@dataclass(frozen=True, slots=True)
class Isolation:
    """What is in force: ``way`` is how, ``details`` says what holds, ``missing`` what does not."""

    level: Level
    way: Way
    name: str
    details: tuple[str, ...]
    missing: tuple[str, ...]


_NAMESPACED: tuple[Way, ...] = ("namespaces", "bubblewrap")


@dataclass(slots=True)
class _Demand:
    level: Level


_demand = _Demand(Level.LIMITS)
_ALWAYS = (
    "own process tree, killed whole",
    "clean environment",
    "a copy of the workspace, thrown away after the run",
    "limits on CPU time, memory, file size, processes, open files, output and wall time",
)
_BY_NAMESPACES = (
    "own user, mount, pid, network, IPC and host name namespaces",
    "private file system: system directories and Python read-only, size of all files limited",
    "no network but the run's own loopback",
    "an unprivileged user without capabilities",
)


@functools.cache
def isolation() -> Isolation:
    """The strongest isolation that works here. Tried once per process; costs three short runs at most."""
    kernel, lacking = _by_the_kernel()
    problem = _problem_with("namespaces")
    for way in _NAMESPACED:
        if not problem or (way == "bubblewrap" and bubblewrap.installed() and not _problem_with(way)):
            return Isolation(Level.NAMESPACES, way, way, (*_ALWAYS, *kernel, *_BY_NAMESPACES), lacking)
    missing = (f"namespaces: {problem}", *(f"without them: {item}" for item in _BY_NAMESPACES), *lacking)
    limited = _problem_with("limits")
    if not limited:
        return Isolation(Level.LIMITS, "limits", "process limits", (*_ALWAYS, *kernel), missing)
    return Isolation(Level.NONE, "limits", "none", (), (*missing, f"process limits: {limited}"))


def _by_the_kernel() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What Landlock and the filter add at every level, and what of it this kernel has not."""
    present, lacking = [], []
    version = landlock.version()
    if version:
        present.append(f"Landlock {version}: only the run's own files are written, only its own processes signalled")
    else:
        lacking.append("Landlock: this kernel has none")
    if filtering.is_offered():
        present.append("a filter on system calls: no foreign socket families, tracing, keys, mounts or namespaces")
    else:
        lacking.append("a filter on system calls: this kernel takes none, or its machine is not known")
    return tuple(present), tuple(lacking)


def demand(level: Level) -> None:
    """From now on this process refuses every run below ``level``."""
    _demand.level = level


def demanded() -> Level:
    """What every run requires: at least the limits, without which there is nothing to speak of."""
    return max(_demand.level, Level.LIMITS)


def require(level: Level) -> Isolation:
    """The isolation in force; raises NotIsolated when it is below ``level``."""
    present = isolation()
    if present.level < level:
        raise NotIsolated(
            f"Generated code needs isolation level {level.value} ({level.name.lower()}), "
            f"this machine offers {present.level.value} ({present.name}).",
            hint="Allow unprivileged user namespaces, or lower the required level if the code is trusted.",
            missing=list(present.missing),
        )
    return present


def _problem_with(way: Way) -> str:
    """Why such a run fails, or an empty text when it works."""
    with tempfile.TemporaryDirectory(prefix="devmatrix-probe-") as workspace:
        try:
            outcome = launch(
                ["/bin/sh", "-c", "exit 0"],
                workspace=Path(workspace),
                limits=Limits(wall=10.0),
                environment={"PATH": "/usr/bin:/bin"},
                way=way,
            )
        except SandboxFailed as error:
            return error.detail
    return "" if outcome.exit_code == 0 else f"the probe ended with {outcome.exit_code}"
