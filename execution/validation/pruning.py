"""Removing environments that nobody has used for long, and the longest unused ones when all are too large."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from execution.validation.environments import marker, turn

IN_USE = 3600.0
"""Seconds after its last use for which an environment is never removed: a run may be reading it."""


@dataclass(frozen=True, slots=True)
class Removed:
    """One environment that was removed, and why; ``size`` in bytes."""

    key: str
    size: int
    why: Literal["old", "too much", "half built"]


@dataclass(frozen=True, slots=True)
class _Kept:
    key: str
    used: float
    size: int
    ready: bool


def prune(root: Path, *, max_age: float, max_bytes: int, keep: Collection[str] = (), caches: Path) -> list[Removed]:
    """Removes what is unused for ``max_age`` seconds, then the longest unused until ``max_bytes`` are not passed.

    Those named in ``keep`` stay, and those in use; ``caches`` holds, by the same keys, what the type checker knows of
    each, and goes with it.
    """
    now = time.time()
    present = sorted(_present(root), key=lambda item: item.used)
    total = sum(item.size for item in present)
    removed = []
    for item in present:
        if item.key in keep or now - item.used < IN_USE:
            continue
        why = _reason(item, now, max_age, total > max_bytes)
        if why and _remove(root, item.key, now):
            shutil.rmtree(caches / item.key, ignore_errors=True)
            total -= item.size
            removed.append(Removed(item.key, item.size, why))
    return removed


def _reason(item: _Kept, now: float, max_age: float, too_much: bool) -> Literal["old", "too much", "half built"] | None:
    if not item.ready:
        return "half built"
    if now - item.used > max_age:
        return "old"
    return "too much" if too_much else None


def _present(root: Path) -> list[_Kept]:
    if not root.is_dir():
        return []
    found = []
    for path in root.iterdir():
        if path.is_dir() and (path / "pyvenv.cfg").exists():
            ready = marker(path).exists()
            used = (marker(path) if ready else path).stat().st_mtime
            found.append(_Kept(path.name, used, size_of(path), ready))
    return found


def size_of(folder: Path) -> int:
    """Bytes of the regular files below, as they are listed; what other folders share counts whole."""
    return sum(
        os.lstat(os.path.join(place, name)).st_size for place, _, names in os.walk(folder) for name in names
    )  # fmt: skip


def _remove(root: Path, key: str, now: float) -> bool:
    """False when it is being built, or was used since it was looked at."""
    try:
        with turn(root, key, waiting=False):
            ready = marker(root / key)
            if ready.exists() and now - ready.stat().st_mtime < IN_USE:
                return False
            ready.unlink(missing_ok=True)  # first, so that what is half removed counts as half built
            shutil.rmtree(root / key)
    except BlockingIOError:
        return False
    return True
