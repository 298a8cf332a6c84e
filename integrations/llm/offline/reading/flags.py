"""*Whether the book was returned*, *si está activo*, *is done or not*, *a name that must be unique*."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.llm.offline.library import columns
from integrations.llm.offline.reading import vocabulary as v
from integrations.llm.offline.reading.found_phrase import (
    FLAGS,
    Found,
    FoundFlags,
    is_spanish_participle,
    name_of,
    words_until,
)
from integrations.llm.offline.reading.mentions import known_entity
from integrations.llm.offline.words import singular_es
from integrations.llm.shapes import FieldSchema

WHETHER = frozenset({"whether", "si", "if"})
BEING = frozenset("is are was were be been being es esta son estan fue fueron sea sean sido era".split())
HOLDING = frozenset("has have had tiene tienen".split())
AUXILIARY = frozenset("ha han haya se it they he she already currently still ya todavia aun not no".split())
PRONOUNS = frozenset("it they he she".split())
MOST_WORDS = 4
NO_ENDS: frozenset[str] = frozenset({"when", "where", "cuando", "donde", "because", "porque"})


def read_whether(before: Sequence[str], tokens: Sequence[str], place: int) -> Found | None:
    """A yes or no said with *whether* or *si*, or with *is ... or not*."""
    if not before or before[-1] not in v.JOINERS | v.HAVE | v.OPENERS:
        return None
    asked = tokens[place] in WHETHER
    if not asked and tokens[place] not in BEING:
        return None
    start = place + 1 if asked else place
    end = words_until(tokens, start, NO_ENDS)
    or_not = list(tokens[end : end + 2]) in (["or", "not"], ["o", "no"])
    if end == start or not (asked or or_not):
        return None
    field = _yes_or_no(tokens[start:end], spanish=tokens[place] == "si" or tokens[place] in {"es", "esta"})
    return Found(field, 0, end + 2 if or_not else end) if field is not None else None


def _yes_or_no(words: Sequence[str], *, spanish: bool) -> FieldSchema | None:
    """The boolean that a clause says; known ones keep the library's name and default."""
    said = [word for word in words if word not in v.ARTICLES or word == words[-1]]
    subject: list[str] = []
    verbs = [place for place, word in enumerate(said) if word in BEING]
    prefix = ""
    if verbs:
        predicate = said[verbs[-1] + 1 :]
        subject = _own_subject(words, said[: verbs[0]])
    else:
        held = next((place for place, word in enumerate(said) if word in HOLDING), None)
        predicate = said if held is None else said[held + 1 :]
        if held is not None and not _is_participle(predicate[0] if predicate else ""):
            prefix = "tiene_" if spanish else "has_"
    predicate = [word for word in predicate if word not in AUXILIARY]
    cut = next((place for place, word in enumerate(predicate) if place and word in v.LIST_ENDS), len(predicate))
    predicate = predicate[:cut][:MOST_WORDS]
    if spanish:
        predicate = [singular_es(word) for word in predicate]
    if not predicate:
        return None
    known = columns.BY_WORD.get(" ".join(predicate))
    if subject:
        predicate = [*subject, *predicate]
    elif known is not None and known.type == "boolean" and not prefix:
        return known
    if verbs and not subject and not _is_participle(predicate[0]) and predicate[0] not in v.NEAR:
        prefix = "es_" if spanish else "is_"
    name = f"{prefix}{name_of(predicate)}"[:50].strip("_")
    return FieldSchema(name=name, type="boolean", default="false") if name else None


def _own_subject(words: Sequence[str], subject: Sequence[str]) -> list[str]:
    """*Deposit* of *whether the deposit was paid*; a record (*the book*) or a pronoun needs no name in the field."""
    nouns = [word for word in subject if word not in AUXILIARY | HOLDING]
    if not nouns or len(nouns) > 2 or (words[0] in v.ARTICLES and known_entity(" ".join(nouns)) is not None):
        return []
    return nouns


def _is_participle(word: str) -> bool:
    irregular = {"sold", "lost", "sent", "paid", "read", "built", "kept", "held", "made", "done", "left", "met", "shut"}
    return word.endswith(("ed", "wn", "ten", "ken", "sen", "ven")) or word in irregular or is_spanish_participle(word)


def read_flag_words(before: Sequence[str], tokens: Sequence[str], place: int) -> FoundFlags | None:
    """*(unique)*, *that must be unique*, *que debe ser único*: flags of the item before them."""
    relative = tokens[place] in {"that", "which", "que"}
    if not before or before[-1] in v.HAVE or (before[-1] in v.JOINERS and not (relative and before[-1] == ",")):
        return None
    if tokens[place] == "(":
        end = place + 1
        while end < len(tokens) and tokens[end] in FLAGS | v.JOINERS:
            end += 1
        flags = tuple(token for token in tokens[place + 1 : end] if token in FLAGS)
        return FoundFlags(flags, end + 1) if flags and tokens[end : end + 1] == (")",) else None
    if not relative:
        return None
    end = place + 1
    while end < len(tokens) and end < place + 4 and tokens[end] in BEING | v.MODALS | {"ser"}:
        end += 1
    if end > place + 1 and end < len(tokens) and tokens[end] in FLAGS:
        return FoundFlags((tokens[end],), end + 1, back=int(before[-1] == ","))
    return None
