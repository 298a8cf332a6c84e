"""Bubblewrap around the launcher, where it may make the namespaces that we may not (some systems allow only it)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from execution.sandbox.inside.order import Order
from execution.sandbox.inside.view import HOME, SYSTEM, USER, WORKSPACE
from execution.sandbox.interpreters import directories_of

_PROGRAMS = (Path("/usr/bin/bwrap"), Path("/usr/local/bin/bwrap"))
_CODE = Path(__file__).resolve().parents[1]
_SOURCE = "/mnt/workspace"


def installed() -> Path | None:
    """Where bubblewrap is; only places that need root to write to are looked at."""
    return next((program for program in _PROGRAMS if program.is_file()), None)


def wrapped(program: Path, launcher: Sequence[str], order: Order) -> list[str]:
    """The command line that runs ``launcher`` inside; makes ``order`` fit what is seen there.

    The watcher runs as the command's own user there, so the command may kill it: such a run has no result at all.
    """
    source, order.workspace, order.room, order.parent = order.workspace, _SOURCE, WORKSPACE, 0
    arguments = ["--unshare-all", "--die-with-parent", "--clearenv", "--hostname", "sandbox"]
    arguments += ["--uid", str(USER), "--gid", str(USER), "--cap-drop", "ALL"]
    for name in SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            arguments += ["--ro-bind", str(path), str(path)]
    arguments += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache", "--proc", "/proc", "--dev", "/dev"]
    for place in ("/tmp", HOME, WORKSPACE):  # noqa: S108 - of the new root
        arguments += ["--size", str(order.disk), "--tmpfs", place]
    ours = [str(_CODE / "__init__.py"), str(_CODE / "sandbox")]
    for host, place in (*directories_of(Path(sys.executable)), *zip(ours, ours, strict=True), *order.binds):
        arguments += ["--ro-bind", host, place]
    arguments += ["--ro-bind", source, _SOURCE, "--chdir", WORKSPACE]
    return [str(program), *arguments, "--", *launcher]
