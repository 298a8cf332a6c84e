"""What a run may use, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

MEBIBYTE = 1 << 20
Killed = Literal["timeout", "memory", "cpu", "processes", "output"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one run: times in seconds, sizes in bytes.

    ``memory`` bounds the address space of each process and what the whole tree holds; ``disk`` the sum of all files
    written and the copy of the workspace; ``output`` what is kept of each of the two streams, ``flood`` what may be
    printed at all.
    """

    wall: float = 60.0
    cpu: int = 60
    memory: int = 2048 * MEBIBYTE
    disk: int = 256 * MEBIBYTE
    file_size: int = 64 * MEBIBYTE
    processes: int = 128
    open_files: int = 512
    output: int = 256 * 1024
    flood: int = 64 * MEBIBYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a command ended. ``exit_code`` is negative for a signal; ``duration`` in seconds.

    ``truncated`` says that the middle of an output was dropped; ``files`` holds the collected files by path.
    """

    exit_code: int
    stdout: str
    stderr: str
    truncated: bool
    duration: float
    killed_by: Killed | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
