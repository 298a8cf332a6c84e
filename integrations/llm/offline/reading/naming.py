"""What a request says the service is for: *an API for a small library*, *una aplicación para una clínica dental*."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.llm.offline.library import records
from integrations.llm.offline.reading import vocabulary as v
from integrations.llm.offline.reading.mentions import known_entity
from integrations.llm.offline.reading.tokens import RequestText, Sentence
from integrations.llm.offline.words import fold

QUALITIES = frozenset(
    "small simple new tiny little basic local online modern complete full nice good minimal private own big large "
    "pequeno pequena sencillo sencilla simple nuevo nueva basico basica moderno moderna completo completa gran".split()
)
SINGLE_ARTICLES = frozenset("a an the my our un una el la mi nuestro nuestra".split())
FOR = frozenset({"for", "para"})
MOST_WORDS = 3
MOST_SENTENCES = 2


def subject_of(text: RequestText) -> str:
    """The short noun phrase that the service is for, as it was written; empty when none is said."""
    for sentence in text.sentences[:MOST_SENTENCES]:
        phrase = _purpose(sentence.tokens) or _before_container(sentence.tokens)
        if phrase:
            return _as_written(sentence, phrase)
    return ""


def title_of(subject: str) -> str:
    """*tienda de mascotas* as a title: *Tienda de Mascotas*."""
    return " ".join(word if word in {"de", "of", "for", "para"} else word.capitalize() for word in subject.split())


def _purpose(tokens: Sequence[str]) -> list[str]:
    """The noun phrase behind *API for a*, *system to manage a*."""
    holder = next((place for place, token in enumerate(tokens) if token in v.CONTAINERS), None)
    if holder is None:
        return []
    for place in range(holder + 1, min(len(tokens) - 2, holder + 6)):
        if tokens[place] in FOR | v.LISTING and tokens[place + 1] in SINGLE_ARTICLES:
            return _noun_phrase(tokens, place + 2)
    return []


def _noun_phrase(tokens: Sequence[str], start: int) -> list[str]:
    while start < len(tokens) and tokens[start] in QUALITIES:
        start += 1
    end = start
    while end < len(tokens) and tokens[end][0].isalpha() and not _is_over(tokens, end):
        end += 1
    following = tokens[end] if end < len(tokens) else "."
    phrase = list(tokens[start:end])
    return phrase if following not in {"and", "y", "e", "or", "o"} and _names_a_place(phrase) else []


def _is_over(tokens: Sequence[str], place: int) -> bool:
    word = tokens[place]
    return word in v.JOINERS | v.HAVE or (word in v.LIST_ENDS and word != "de")


def _before_container(tokens: Sequence[str]) -> list[str]:
    """The noun phrase in *build a gym API*."""
    for place, token in enumerate(tokens[:12]):
        if token in v.CONTAINERS and token not in {"rest", "management", "gestion", "business", "negocio"}:
            start = place
            while start > 0 and tokens[start - 1] in {"rest", "management"}:
                start -= 1
            end = start
            while start > 0 and end - start < MOST_WORDS and tokens[start - 1] not in v.ARTICLES | QUALITIES | v.BUILD:
                start -= 1
            known = start > 0 and tokens[start - 1] in v.ARTICLES | QUALITIES
            phrase = list(tokens[start:end])
            return phrase if known and end == place and _names_a_place(phrase) else []
    return []


def _names_a_place(phrase: Sequence[str]) -> bool:
    """Whether a phrase can be what a service is for: no kind of record by itself, unless it is a place or business."""
    if not 1 <= len([word for word in phrase if word != "de"]) <= MOST_WORDS or phrase[-1] == "de":
        return False
    if len(phrase) > 1 and phrase[-1] == "lot":
        return True
    if any(word in v.NOT_RECORDS | v.CONTAINERS | v.BUILD | v.ARTICLES | v.MANY or len(word) < 2 for word in phrase):
        return False
    whole = " ".join(phrase)
    known = known_entity(whole)
    return known is None or known[0] in records.PLACES or whole in records.DOMAINS


def _as_written(sentence: Sentence, phrase: Sequence[str]) -> str:
    """The phrase with the accents it was written with."""
    words = [word.strip(",.:;()\"'¿?¡!") for word in sentence.text.split()]
    folded = [fold(word) for word in words]
    for start in range(len(words) - len(phrase) + 1):
        if folded[start : start + len(phrase)] == list(phrase):
            return " ".join(words[start : start + len(phrase)]).lower()
    return " ".join(phrase)
