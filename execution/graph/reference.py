"""What resolvers give: a place that needs what another place defines."""

from __future__ import annotations

from typing import NamedTuple

from execution.graph.model import EdgeType, Timing


class Reference(NamedTuple):
    """A line that needs what another line defines. Offsets are bytes; -1 where the line says enough."""

    path: str
    line: int
    target_path: str
    target_line: int
    type: EdgeType
    timing: Timing
    offset: int = -1
    target_offset: int = -1
