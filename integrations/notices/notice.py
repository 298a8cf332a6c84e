"""What is told. It knows nothing of plans."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Notice:
    """``kind`` is stable, for programs; ``url`` is the page where it is dealt with, empty where none is known."""

    kind: str
    title: str
    text: str
    url: str
    about: str
    """The id of the plan or conversation."""

    def as_json(self) -> dict[str, str]:
        return asdict(self)
