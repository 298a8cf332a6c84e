"""What changed between two texts, as lines to be shown. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from execution.highlighting import reveal

Kind = Literal["added", "removed", "same", "place"]
CONTEXT_LINES = 3
MAX_DIFF_LINES = 5_000
EXACT_UP_TO = 2_000


@dataclass(frozen=True)
class DiffLine:
    """``place`` tells where the following lines stand; ``old`` and ``new`` are line numbers where there are any."""

    kind: Kind
    text: str
    old: int | None = None
    new: int | None = None

    @property
    def sign(self) -> str:
        return {"added": "+", "removed": "-", "same": " ", "place": ""}[self.kind]


def difference(before: str, after: str) -> list[DiffLine]:
    """The unified diff of two texts; empty when they are equal."""
    old, new = _lines(before), _lines(after)
    if len(old) + len(new) > 2 * MAX_DIFF_LINES:
        return [DiffLine("place", f"{len(old)} and {len(new)} lines are too many to compare here")]
    lines: list[DiffLine] = []
    # Exact for code as people write it; for thousands of equal lines that would take time squared.
    exact = len(old) + len(new) <= EXACT_UP_TO
    groups = difflib.SequenceMatcher(None, old, new, autojunk=not exact).get_grouped_opcodes(CONTEXT_LINES)
    for group in groups:
        lines.append(DiffLine("place", f"line {group[0][3] + 1}"))
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                pairs = zip(range(old_from, old_to), range(new_from, new_to), strict=True)
                lines += [DiffLine("same", old[a], a + 1, b + 1) for a, b in pairs]
                continue
            lines += [DiffLine("removed", old[a], old=a + 1) for a in range(old_from, old_to)]
            lines += [DiffLine("added", new[b], new=b + 1) for b in range(new_from, new_to)]
    return lines


def unified(lines: Iterable[DiffLine]) -> str:
    """The same as plain text, for the API."""
    return "\n".join(f"@@ {line.text} @@" if line.kind == "place" else f"{line.sign}{line.text}" for line in lines)


def _lines(text: str) -> list[str]:
    return reveal(text).removesuffix("\n").split("\n")
