"""Phrases that say a whole field: *number of copies*, *whether it was paid*, *status which can be open or closed*.

They are read before lists are, because their own commas and small words would cut a list in pieces. Each stands in its
sentence as one made-up word that begins with a digit, so that nothing takes it for a record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from integrations.llm.offline.reading import vocabulary as v
from integrations.llm.offline.reading.counting import read_count, read_measure, read_range
from integrations.llm.offline.reading.enumerations import read_direct_choice, read_enumeration
from integrations.llm.offline.reading.flags import read_flag_words, read_whether
from integrations.llm.offline.reading.found_phrase import Found, FoundFlags
from integrations.llm.offline.reading.lengths import read_length, read_length_limit
from integrations.llm.offline.reading.tokens import RequestText
from integrations.llm.shapes import FieldSchema

MOST_PHRASES = 300
READERS: tuple[Callable[[Sequence[str], Sequence[str], int], Found | FoundFlags | None], ...] = (
    read_flag_words,
    read_whether,
    read_count,
    read_length,
    read_length_limit,
    read_measure,
    read_range,
    read_enumeration,
    read_direct_choice,
)


@dataclass(frozen=True)
class Phrased:
    """A request in which set phrases are one word each, and the field that each of these words stands for."""

    text: RequestText
    said: dict[str, FieldSchema]


def with_set_phrases(text: RequestText) -> Phrased:
    """The request with every set phrase in a list of fields replaced."""
    said: dict[str, FieldSchema] = {}
    sentences = tuple(
        replace(sentence, tokens=tuple(_replace_phrases(sentence.tokens, said))) for sentence in text.sentences
    )
    return Phrased(replace(text, sentences=sentences), said)


def _replace_phrases(tokens: Sequence[str], said: dict[str, FieldSchema]) -> list[str]:
    before: list[str] = []
    place = 0
    in_list = False
    while place < len(tokens):
        in_list = in_list or tokens[max(place - 1, 0)] in v.HAVE | v.OPENERS
        found = _first_found(before, tokens, place) if in_list and len(said) < MOST_PHRASES else None
        if found is None:
            before.append(tokens[place])
            place += 1
            continue
        if isinstance(found, FoundFlags):
            del before[len(before) - found.back :]
            before.extend(found.flags)
        else:
            del before[len(before) - found.back :]
            word = f"{len(said)}field"
            said[word] = found.field
            before.append(word)
        place = found.end
    return before


def _first_found(before: Sequence[str], tokens: Sequence[str], place: int) -> Found | FoundFlags | None:
    return next((found for read in READERS if (found := read(before, tokens, place)) is not None), None)
