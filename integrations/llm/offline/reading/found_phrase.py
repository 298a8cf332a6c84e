"""What the readers of set phrases give, and the small questions that all of them ask of a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.llm.offline.reading import vocabulary as v
from integrations.llm.offline.safe_names import safe_field
from integrations.llm.offline.words import singular_es, snake
from integrations.llm.shapes import FieldSchema

FLAGS = v.OPTIONAL | v.UNIQUE | v.REQUIRED
MOST_WORDS = 4
STOPS = v.JOINERS | v.HAVE | v.OPENERS | v.ARTICLES | v.MANY | FLAGS | {")"}


@dataclass(frozen=True)
class Found:
    """A field that is said by the last ``back`` words already read and the tokens up to ``end``."""

    field: FieldSchema
    back: int
    end: int


@dataclass(frozen=True)
class FoundFlags:
    """Words like *unique* that are said in a roundabout way, up to ``end``."""

    flags: tuple[str, ...]
    end: int
    back: int = 0


def words_before(before: Sequence[str]) -> list[str]:
    """The words of the item that is being read, without its article."""
    words: list[str] = []
    for token in reversed(before):
        if token in STOPS or not token[0].isalpha() or len(words) > MOST_WORDS:
            break
        words.insert(0, token)
    return words


def words_until(tokens: Sequence[str], start: int, ends: frozenset[str] = v.LIST_ENDS) -> int:
    """Where the words that begin at ``start`` are over: at a comma, *and*, a bracket, or one of ``ends``."""
    end = start
    while end < len(tokens) and tokens[end][0].isalnum() and tokens[end] not in v.JOINERS and tokens[end] not in ends:
        end += 1
    return end


def name_of(words: Sequence[str]) -> str:
    """A field name from words, without the small ones; empty when they give none."""
    kept = [word for word in words if word not in v.ARTICLES and word not in {"of", "de", "del"}]
    name = snake(" ".join(kept))
    return safe_field(name) if name else ""


def is_spanish_participle(word: str) -> bool:
    """*devuelto*, *terminadas*, *hecho*: a participle in any gender and number."""
    return singular_es(word)[:-1].endswith(("ad", "id", "uelt", "ech", "crit", "iert", "uest", "ist", "ot"))
