"""Lock files that a killed git left behind. One is cleared only when it is old and no git works in the folder."""

from __future__ import annotations

import time
from pathlib import Path

_NAMES = ("index.lock", "HEAD.lock", "config.lock", "packed-refs.lock")


def remove_stale_locks(root: Path, *, older_than: float) -> list[Path]:
    """Clears locks older than ``older_than`` seconds that nobody holds; returns those that remain."""
    folder = root / ".git"
    locks = [folder / name for name in _NAMES if (folder / name).exists()]
    locks += sorted((folder / "refs").rglob("*.lock"))
    if not locks:
        return []
    busy = _git_is_working_in(root)
    remaining = []
    for lock in locks:
        try:
            age = time.time() - lock.stat().st_mtime
            if busy or age < older_than:
                remaining.append(lock)
            else:
                lock.unlink()
        except FileNotFoundError:
            continue  # its owner has just finished
    return remaining


def _git_is_working_in(root: Path) -> bool:
    """True when a process called git has its working folder in ``root``, or when that cannot be read."""
    resolved = root.resolve()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if not (process / "comm").read_text().strip().startswith("git"):
                continue
            place = (process / "cwd").readlink()
        except (FileNotFoundError, ProcessLookupError):
            continue
        except PermissionError:
            return True
        if place == resolved or resolved in place.parents:
            return True
    return False
