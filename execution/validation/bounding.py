"""Ten thousand findings help nobody: some are kept for every place, the others are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from integrations.llm.shapes import Diagnostic

MOST = 1_000
MOST_CHARACTERS = 4_000


def bounded(found: Sequence[Diagnostic], *, most: int = MOST) -> tuple[tuple[Diagnostic, ...], int]:
    """(what is kept, how many were left out), in the given order.

    When there are more than ``most``, each line keeps its first error, so that every atom with an error still has one;
    then errors are kept before warnings, those first that are first on their line.
    """
    short = [_short(item) for item in found]
    if len(short) <= most:
        return tuple(short), 0
    ranks = _ranks(short)
    first = sum(rank == (0, 0) for rank in ranks)
    chosen = sorted(range(len(short)), key=lambda index: (ranks[index], index))[: max(most, first)]
    return tuple(short[index] for index in sorted(chosen)), len(short) - len(chosen)


def _ranks(found: Sequence[Diagnostic]) -> list[tuple[int, int]]:
    """(0 for errors, how many of its kind stand before it on its line) for each."""
    seen: Counter[tuple[str, int, str]] = Counter()
    ranks = []
    for item in found:
        place = (item.path, item.line, item.severity)
        ranks.append((int(item.severity == "warning"), seen[place]))
        seen[place] += 1
    return ranks


def _short(item: Diagnostic) -> Diagnostic:
    if len(item.message) <= MOST_CHARACTERS:
        return item
    return item.model_copy(update={"message": f"{item.message[:MOST_CHARACTERS]} ..."})
