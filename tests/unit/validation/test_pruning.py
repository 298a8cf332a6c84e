from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

import pytest

from execution.validation.pruning import Removed, prune

DAY = 86_400.0


class Shelf:
    """Environments of 1000 bytes, as they look on the disk."""

    def __init__(self, folder: Path) -> None:
        self.root, self.caches = folder / "environments", folder / "caches"

    def put(self, key: str, *, unused_for: float, ready: bool = True) -> None:
        path = self.root / key
        (path / "lib").mkdir(parents=True)
        (path / "pyvenv.cfg").write_bytes(b"")
        (path / "lib" / "content").write_bytes(b"x" * 1000)
        (self.caches / key).mkdir(parents=True)
        when = time.time() - unused_for
        if ready:
            (path / ".ready").touch()
            os.utime(path / ".ready", (when, when))
        os.utime(path, (when, when))

    def prune(self, *, max_age: float = 30 * DAY, max_bytes: int = 10**9, keep: tuple[str, ...] = ()) -> list[Removed]:
        return prune(self.root, max_age=max_age, max_bytes=max_bytes, keep=keep, caches=self.caches)

    @property
    def left(self) -> list[str]:
        return sorted(path.name for path in self.root.iterdir() if path.is_dir())


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_what_is_unused_for_long_goes_and_what_was_learned_of_it(shelf: Shelf) -> None:
    shelf.put("old", unused_for=31 * DAY)
    shelf.put("new", unused_for=29 * DAY)
    assert shelf.prune() == [Removed("old", 1000, "old")]
    assert shelf.left == ["new"]
    assert sorted(path.name for path in shelf.caches.iterdir()) == ["new"]


def test_above_the_size_the_longest_unused_go(shelf: Shelf) -> None:
    for number in range(4):
        shelf.put(f"used-{number}", unused_for=(number + 1) * DAY)
    assert shelf.prune(max_bytes=2500) == [Removed("used-3", 1000, "too much"), Removed("used-2", 1000, "too much")]
    assert shelf.left == ["used-0", "used-1"]


def test_what_is_kept_or_in_use_stays(shelf: Shelf) -> None:
    shelf.put("kept", unused_for=99 * DAY)
    shelf.put("in-use", unused_for=60)
    assert shelf.prune(max_bytes=0, keep=("kept",)) == []
    assert shelf.left == ["in-use", "kept"]


def test_what_was_never_finished_goes_unless_somebody_builds_it(shelf: Shelf) -> None:
    shelf.put("given-up", unused_for=DAY, ready=False)
    shelf.put("being-built", unused_for=DAY, ready=False)
    with (shelf.root / "being-built.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert [item.key for item in shelf.prune()] == ["given-up"]
    assert shelf.left == ["being-built"]


def test_without_environments_there_is_nothing_to_do(shelf: Shelf) -> None:
    assert shelf.prune() == []
