"""Run a command on generated code with the strongest isolation at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from execution.sandbox.inside.view import HOME
from execution.sandbox.interpreters import directories_of
from execution.sandbox.isolation import Level, demanded, isolation, require
from execution.sandbox.launching import launch
from execution.sandbox.limits import Limits, Outcome


def run(
    command: Sequence[str],
    *,
    workspace: Path,
    limits: Limits | None = None,
    environment: Mapping[str, str] | None = None,
    python: Path | None = None,
    readable: Sequence[Path] = (),
    shown: Sequence[tuple[Path, str]] = (),
    collect: Sequence[str] = (),
    level: Level | None = None,
) -> Outcome:
    """Runs ``command`` in a copy of ``workspace`` that is thrown away; its directory is the current one.

    ``environment`` is added to a minimal one (nothing of ours is inherited). ``python`` is an interpreter whose
    environment the command may read, ``readable`` are further directories, ``shown`` some at another place inside.
    ``collect`` names files, relative to the workspace, whose content comes back in the outcome even after a timeout.
    ``level`` weakens the isolation on purpose. Raises SandboxFailed when the command cannot be started, NotIsolated
    when the isolation is below what is demanded of this process.
    """
    present = require(demanded())
    weakened = level is not None and level < present.level
    binds = directories_of(python) if python else []
    binds += [(str(path.resolve()), str(path.absolute())) for path in readable]
    binds += [(str(path), place) for path, place in shown]
    return launch(
        command,
        workspace=workspace,
        limits=limits or Limits(),
        environment=_minimal(python) | dict(environment or {}),
        way="limits" if weakened else present.way,
        binds=binds,
        collect=collect,
    )


def _minimal(python: Path | None) -> dict[str, str]:
    path = "/usr/local/bin:/usr/bin:/bin"
    return {
        "PATH": f"{python.parent}:{path}" if python else path,
        "HOME": HOME,
        "TMPDIR": "/tmp",  # noqa: S108 - the run's own
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


__all__ = ["isolation", "require", "run"]
