"""Which top-level modules an environment offers, read from its directories without running it."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

_SUFFIXES = (".py", ".so", ".pyd")


def importable_from(python: Path) -> frozenset[str]:
    """Top-level names installed in the environment of ``python``, the standard library not included."""
    directories = sorted((python.parent.parent / "lib").glob("python3*/site-packages"))
    stamps = tuple((directory, directory.stat().st_mtime_ns) for directory in directories)
    return _listed(stamps)


def is_standard(name: str) -> bool:
    return name in sys.stdlib_module_names


@functools.lru_cache(maxsize=32)
def _listed(directories: tuple[tuple[Path, int], ...]) -> frozenset[str]:
    found = set()
    for directory, _ in directories:
        for entry in directory.iterdir():
            if entry.is_dir() and "." not in entry.name and entry.name != "__pycache__":
                found.add(entry.name)
            elif entry.suffix in _SUFFIXES:
                found.add(entry.name.partition(".")[0])
    return frozenset(found)
