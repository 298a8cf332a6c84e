"""The collections of memory. Each holds documents of one kind."""

from __future__ import annotations

from typing import Final, Literal

Collection = Literal[
    "successful_masterplans",
    "failed_masterplans",
    "masterplan_modifications",
    "successful_tasks",
    "failed_tasks",
    "discovery_patterns",
]

COLLECTIONS: Final[tuple[Collection, ...]] = (
    "successful_masterplans",
    "failed_masterplans",
    "masterplan_modifications",
    "successful_tasks",
    "failed_tasks",
    "discovery_patterns",
)
