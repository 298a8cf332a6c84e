"""Copying the workspace into the run's own room, and the files asked for back out of it."""

from __future__ import annotations

import os
import stat

_MAX_COLLECTED = 64 << 20


def copy_tree(source: str, target: str, skipped: frozenset[str], owner: int | None) -> None:
    """Copies regular files, directories and links (as links); devices and pipes are left out.

    ``skipped`` are names left out wherever they stand. ``owner`` becomes user and group of every copy.
    """
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.name in skipped:
                continue
            destination = f"{target}/{entry.name}"
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path), destination)
            elif entry.is_dir():
                os.mkdir(destination, 0o755)
                copy_tree(entry.path, destination, skipped, owner)
            elif entry.is_file():
                _copy_file(entry.path, destination)
            else:
                continue
            if owner is not None:
                os.lchown(destination, owner, owner)


def _copy_file(source: str, destination: str) -> None:
    reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    writing = os.open(destination, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        status = os.fstat(reading)
        while chunk := os.read(reading, 1 << 20):
            _write(writing, chunk)
        os.fchmod(writing, 0o755 if status.st_mode & 0o100 else 0o644)
        os.utime(writing, ns=(status.st_atime_ns, status.st_mtime_ns))
    finally:
        os.close(reading)
        os.close(writing)


def _write(descriptor: int, chunk: bytes) -> None:
    while chunk:
        chunk = chunk[os.write(descriptor, chunk) :]


def collect(paths: list[str]) -> list[tuple[str, bytes]]:
    """The named files below the current directory that exist, are regular and not reached by a link."""
    found = []
    for path in paths:
        content = _read(path)
        if content is not None:
            found.append((path, content))
    return found


def _read(path: str) -> bytes | None:
    if os.path.realpath(path) != os.path.join(os.path.realpath("."), path):
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_COLLECTED:
            return None
        with os.fdopen(os.dup(descriptor), "rb") as file:
            return file.read(_MAX_COLLECTED)
    finally:
        os.close(descriptor)
