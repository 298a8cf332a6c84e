"""Which records a sentence names, and where: the library's words first, then unknown nouns in telling places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from integrations.llm.offline.library import records
from integrations.llm.offline.reading import vocabulary as v
from integrations.llm.offline.safe_names import safe_entity
from integrations.llm.offline.words import pascal, singular_en, singular_es, snake

LONGEST_PHRASE = 3
NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Mention:
    """An entity named by ``tokens[start:end]``. ``plural`` tells how it was written."""

    entity: str
    start: int
    end: int
    plural: bool
    known: bool = True


@cache
def known_entity(phrase: str) -> tuple[str, bool] | None:
    """(entity, plural) that the library knows ``phrase`` as, in either language and number."""
    found = records.BY_WORD.get(phrase)
    if found is not None:
        return found.name, False
    for singular in _singulars(phrase):
        found = records.BY_WORD.get(singular)
        if found is not None:
            return found.name, True
    return None


def _singulars(phrase: str) -> list[str]:
    """The phrase with its head noun in the singular: the last word in English, the first in Spanish, or both."""
    words = phrase.split()
    every_es = " ".join(singular_es(word) for word in words)
    first_es = " ".join([singular_es(words[0]), *words[1:]])
    last_en = " ".join([*words[:-1], singular_en(words[-1])])
    short_es = f"{words[0][:-2]} {' '.join(words[1:])}".strip() if words[0].endswith("es") else phrase
    return [single for single in dict.fromkeys([last_en, first_es, every_es, short_es]) if single != phrase]


def mention_at(tokens: Sequence[str], start: int, named: Mapping[str, str] = NOTHING) -> Mention | None:
    """The longest entity that begins at ``start``: of the library, or of ``named`` (entity by singular phrase)."""
    for length in range(min(LONGEST_PHRASE, len(tokens) - start), 0, -1):
        phrase = " ".join(tokens[start : start + length])
        found = known_entity(phrase) or _named_entity(phrase, named)
        if found is not None:
            return Mention(found[0], start, start + length, found[1], known=phrase not in named)
    return None


def _named_entity(phrase: str, named: Mapping[str, str]) -> tuple[str, bool] | None:
    if phrase in named:
        return named[phrase], False
    return next(((named[single], True) for single in _singulars(phrase) if single in named), None) if named else None


def known_mentions(tokens: Sequence[str], named: Mapping[str, str] = NOTHING) -> list[Mention]:
    """Every entity in a sentence, from left to right, not overlapping; verbs that look like one are left out."""
    mentions: list[Mention] = []
    place = 0
    while place < len(tokens):
        mention = mention_at(tokens, place, named)
        if mention is not None and not mention.plural and place and tokens[place - 1] in v.BEFORE_VERBS:
            mention = None
        if mention is None:
            place += 1
        else:
            mentions.append(mention)
            place = mention.end
    return mentions


def unknown_entity(words: Sequence[str], *, spanish: bool) -> tuple[str, bool] | None:
    """(entity, plural) of a noun phrase the library does not know; None when it is no noun phrase for a record."""
    phrase = [word for word in words if word not in {"de", "del", "of", "la", "el", "los", "las"}]
    if not 1 <= len(phrase) <= LONGEST_PHRASE or any(_is_no_record(word) for word in phrase):
        return None
    head = 0 if spanish else len(phrase) - 1
    single = (singular_es if spanish else singular_en)(phrase[head])
    plural = single != phrase[head]
    singular = [*phrase[:head], single, *phrase[head + 1 :]]
    if spanish and plural:
        singular = [singular[0], *(singular_es(word) for word in singular[1:])]
    name = pascal(" ".join(singular))
    return (safe_entity(name), plural) if len(name) > 2 and len(snake(name)) <= 40 else None


def _is_no_record(word: str) -> bool:
    return (
        not word[:1].isalpha()
        or len(word) < 3
        or word in v.NOT_RECORDS
        or word in v.CONTAINERS
        or word in v.BUILD
        or word in v.LIST_ENDS
        or word in v.HAVE
        or word in v.ARTICLES
        or word in v.MANY
        or word in v.JOINERS
        or word in v.LISTING
        or word in records.DOMAINS
    )
