"""One endpoint of a project, whatever its framework."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Endpoint:
    """One route as a client sees it; ``summary`` is the first line of its docstring."""

    path: str
    method: str
    summary: str
    file: str
    line: int
