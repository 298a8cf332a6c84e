"""A request is read sentence by sentence: mentions, lists, relations; then the library fills what is not said."""

from __future__ import annotations

from dataclasses import replace

from integrations.llm.offline.designing.role_words import ROLES
from integrations.llm.offline.errors import RequestNotUnderstood
from integrations.llm.offline.library import columns, records
from integrations.llm.offline.reading import vocabulary as v
from integrations.llm.offline.reading.actions import action_links, explained_links, people_who_act
from integrations.llm.offline.reading.demands import is_permission, without_behaviour
from integrations.llm.offline.reading.found_reading import Reading
from integrations.llm.offline.reading.lists import ItemList, item_lists
from integrations.llm.offline.reading.mentions import Mention, known_entity, known_mentions, mention_at, unknown_entity
from integrations.llm.offline.reading.naming import subject_of
from integrations.llm.offline.reading.relations import Link, spoken_links
from integrations.llm.offline.reading.said_items import read_items, singulars_of
from integrations.llm.offline.reading.set_phrases import with_set_phrases
from integrations.llm.offline.reading.tokens import RequestText, Sentence, read_text
from integrations.llm.offline.words import fold, words_of

__all__ = ["Reading", "read_request"]

EXAMPLE = {
    "en": 'For example: "Create a REST API for projects and tasks; tasks have a title, a due date and a priority, and '
    'belong to projects."',
    "es": 'Por ejemplo: "Crea una API REST de proyectos y tareas; las tareas tienen título, fecha límite y prioridad, '
    'y pertenecen a proyectos."',
}
MOST_ENTITIES = 12
PEOPLE_WORDS = tuple(ROLES)


def read_request(request: str) -> Reading:
    """Read a request; RequestNotUnderstood when it names nothing to keep records of."""
    written = read_text(request)
    phrased = with_set_phrases(without_behaviour(written))
    text = phrased.text
    reading = Reading(text.language, subject=subject_of(text), phrases=phrased.said, sentences=written.sentences)
    spanish = text.language == "es"
    lists = {
        sentence: []
        if is_permission(sentence, PEOPLE_WORDS)
        else [_of_purpose(reading, sentence, one) for one in item_lists(sentence.tokens, spanish=spanish)]
        for sentence in text.sentences
    }
    _name_entities(reading, text, lists)
    if not reading.entities:
        _name_domain(reading, text)
    if not reading.entities or not _is_a_request(text, lists):
        raise _not_understood(request, text)
    for item_list in (one for sentence in text.sentences for one in lists[sentence]):
        _name_parts(reading, item_list)
    named = {words_of(name): name for name in reading.entities if name not in records.KNOWN}
    wanted = set(reading.entities)
    for sentence in text.sentences:
        for link in [
            *explained_links(sentence.tokens, named, wanted),
            *spoken_links(sentence.tokens, named, wanted),
        ]:
            reading.link(link)
        for item_list in lists[sentence]:
            read_items(reading, sentence, item_list, named)
    for sentence in text.sentences:
        for link in action_links(sentence.tokens, named, wanted, reading.links):
            reading.link(link)
    _say_what_is_unused(reading, text, lists)
    return reading


def _of_purpose(reading: Reading, sentence: Sentence, item_list: ItemList) -> ItemList:
    """A list whose subject is only what the service is for belongs to the system."""
    subject = item_list.subject
    if subject is None or not reading.subject or subject.known or subject.plural:
        return item_list
    purpose = unknown_entity(fold(reading.subject).split(), spanish=reading.language == "es")
    if purpose is None or purpose[0] != subject.entity or reading.subject not in sentence.text.lower():
        return item_list
    return replace(item_list, subject=None, of_system=True, of_purpose=sentence.tokens[item_list.start] != "(")


# -- which entities ----------------------------------------------------------------------------------------------------


def _name_entities(reading: Reading, text: RequestText, lists: dict[Sentence, list[ItemList]]) -> None:
    """Entities from everywhere, in the order of the text."""
    spanish = reading.language == "es"
    found: list[tuple[int, int, str]] = []
    plural = {
        m.entity
        for s in text.sentences
        for m in known_mentions(s.tokens)
        if m.plural and not _is_just_a_field(s, m, lists[s])
    }
    for number, sentence in enumerate(text.sentences):
        for mention in known_mentions(sentence.tokens):
            if spanish and sentence.tokens[mention.start] == "todo":
                continue  # *gestionar todo* is about everything
            if _counts(sentence, mention, lists[sentence], plural) and not _is_in_purpose(reading, mention, sentence):
                found.append((number, mention.start, mention.entity))
        for item_list in lists[sentence]:
            if item_list.subject is not None and not item_list.subject.known:
                found.append((number, item_list.subject.start, item_list.subject.entity))
        found.extend((number, start, name) for start, name in _listed_unknowns(sentence, lists[sentence], spanish))
    if not found:
        found = [
            (number, start, name)
            for number, sentence in enumerate(text.sentences)
            for start, name in _unknowns_after(sentence, v.FALLBACK_LISTING, spanish)
        ]
    for _, _, name in sorted(found):
        reading.name(name)


def _is_just_a_field(sentence: Sentence, mention: Mention, lists: list[ItemList]) -> bool:
    """*Optional notes* in a list of fields are a text."""
    phrase = " ".join(sentence.tokens[mention.start : mention.end])
    return phrase in columns.BY_WORD and any(
        one.subject is not None and not one.of_system and item.phrase == phrase and item.start <= mention.start
        for one in lists
        if one.start < mention.start < one.end
        for item in one.items
    )


def _is_in_purpose(reading: Reading, mention: Mention, sentence: Sentence) -> bool:
    """*An API for a car rental company*: the company is the one that has the records."""
    phrase = " ".join(sentence.tokens[mention.start : mention.end])
    inside = f" {phrase} " in f" {fold(reading.subject)} " and reading.subject in sentence.text.lower()
    return inside and mention.entity in records.PLACES


def _counts(sentence: Sentence, mention: Mention, lists: list[ItemList], plural: set[str]) -> bool:
    """Whether a known word is meant as a record: a singular in a list of fields may just be a field."""
    item_list = next((one for one in lists if one.start < mention.start < one.end and one.subject is not None), None)
    before = sentence.tokens[max(mention.start - 3, 0) : mention.start]
    if not mention.plural and before and before[-1] in v.BUILD:
        return False
    if not mention.plural and mention.entity in records.PLACES and set(before) & {"for", "para", "of", "de", *v.BUILD}:
        return False
    if item_list is None or item_list.subject is None:
        return True
    if item_list.subject.entity == mention.entity:
        return True
    item = next((one for one in item_list.items if one.start <= mention.start < one.start + 8), None)
    phrase = " ".join(sentence.tokens[mention.start : mention.end])
    if mention.entity in plural:
        return mention.plural
    is_field = phrase in columns.BY_WORD or (item is not None and item.phrase in columns.BY_WORD)
    whole = item is not None and known_entity(item.phrase) is not None
    return whole and not is_field and (mention.plural or (item is not None and item.many))


def _listed_unknowns(sentence: Sentence, lists: list[ItemList], spanish: bool) -> list[tuple[int, str]]:
    """Unknown plural nouns in the system's own lists, and after verbs like *manage*."""
    found_people = people_who_act(sentence.tokens, spanish=spanish)
    title = [
        one
        for one in _unknowns_in_title(sentence, spanish)
        if not any(other.subject is not None and other.start < one[0] < other.end for other in lists)
    ]
    found = _unknowns_after(sentence, v.LISTING, spanish) + title + found_people
    for item_list in lists:
        if item_list.subject is not None:
            continue
        for item in item_list.items:
            if mention_at(item.words, 0) is None and _is_system_list(sentence, item_list):
                unknown = unknown_entity(item.words, spanish=spanish)
                if unknown is not None and unknown[1] and item.phrase not in columns.BY_WORD:
                    found.append((item.start, unknown[0]))
    return found


def _unknowns_in_title(sentence: Sentence, spanish: bool) -> list[tuple[int, str]]:
    """*An API for spaceships and users*: unknown nouns count in a list; *an API for developers* names none."""
    if not any(token in v.CONTAINERS for token in sentence.tokens):
        return []
    found = _unknowns_after(sentence, v.FALLBACK_LISTING, spanish)
    known = [mention.start for mention in known_mentions(sentence.tokens) if mention.plural]
    near = [one for one in found if any(abs(place - one[0]) <= 3 for place in known)]
    return found if len(found) > 1 else near


def _is_system_list(sentence: Sentence, item_list: ItemList) -> bool:
    before = sentence.tokens[max(item_list.start - 2, 0) : item_list.start]
    return item_list.of_purpose or any(
        word in v.CONTAINERS or word in v.LISTING or word in records.DOMAINS for word in before
    )


def _unknowns_after(sentence: Sentence, verbs: frozenset[str], spanish: bool) -> list[tuple[int, str]]:
    tokens = sentence.tokens
    found: list[tuple[int, str]] = []
    for place, token in enumerate(tokens):
        if token not in verbs:
            continue
        words: list[str] = []
        for end in range(place + 1, len(tokens) + 1):
            word = tokens[end] if end < len(tokens) else "."
            if word in v.ARTICLES or word in v.MANY or (word == ":" and not words):
                continue
            of_phrase = spanish and word == "de" and words
            if (
                word[0].isalpha()
                and word not in v.JOINERS
                and word not in v.HAVE
                and not (word in v.LIST_ENDS and not of_phrase)
            ):
                words.append(word)
                continue
            if words and known_entity(" ".join(words)) is None and not known_mentions(words):
                unknown = unknown_entity(words, spanish=spanish)
                if unknown is not None and unknown[1]:
                    found.append((end - len(words), unknown[0]))
            words = []
            if word not in v.JOINERS:
                break
    return found


def _name_parts(reading: Reading, item_list: ItemList) -> None:
    """*Orders have many items*: the lines of an order are records of their own."""
    if item_list.subject is None or item_list.subject.entity != "Order":
        return
    if any(singulars_of(item.phrase) & records.PARTS for item in item_list.items):
        reading.name("OrderItem")
        reading.link(Link("OrderItem", "Order"))


def _name_domain(reading: Reading, text: RequestText) -> None:
    """A request that names only a kind of business gets that business's usual records."""
    words = " " + " ".join(text.tokens) + " "
    for domain, entities in records.DOMAINS.items():
        if f" {domain} " in words:
            reading.from_domain = domain
            for entity in entities:
                reading.name(entity)
            return


def _is_a_request(text: RequestText, lists: dict[Sentence, list[ItemList]]) -> bool:
    """Whether anything but a stray noun says that records are wanted."""
    tokens = text.tokens
    asks = v.BUILD | v.CONTAINERS | v.LISTING | {"management", "tracker", "manager", "list", "lista"}
    if any(token in asks for token in tokens) or any(lists.values()):
        return True
    names = {place for s in text.sentences for m in known_mentions(s.tokens) for place in range(m.start, m.end)}
    words = [token for token in tokens if token[0].isalpha() and token not in v.JOINERS | v.ARTICLES | v.NEAR]
    return len(names) * 2 >= len(words)


def _not_understood(request: str, text: RequestText) -> RequestNotUnderstood:
    said = " ".join(request.split())[:80]
    if text.language == "es":
        detail = f"No encuentro en la petición nada de lo que se puedan guardar registros: «{said}»."
    else:
        detail = f'Nothing in the request names something that records could be kept of: "{said}".'
    return RequestNotUnderstood(detail, hint=EXAMPLE[text.language])


def _say_what_is_unused(reading: Reading, text: RequestText, lists: dict[Sentence, list[ItemList]]) -> None:
    spanish = reading.language == "es"
    tokens = set(text.tokens)
    for words, english, in_spanish in v.UNBUILT:
        if tokens & words:
            reading.unused.append(in_spanish if spanish else english)
    for sentence in text.sentences:
        if len(sentence.tokens) > 2 and not _is_used(reading, sentence, lists[sentence]):
            reading.unread.append(sentence)
    if text.set_aside:
        words_aside = " ".join(text.set_aside)[:80]
        reading.unused.append(f"{'No se leyó' if spanish else 'Not read'}: {words_aside}")
    if text.cut:
        reading.unused.append(
            "Sólo se leyeron los primeros 20.000 caracteres."
            if spanish
            else "Only the first 20,000 characters were read."
        )
    if len(reading.entities) > MOST_ENTITIES:
        left = ", ".join(reading.entities[MOST_ENTITIES:])
        reading.unused.append(f"{'Demasiadas entidades, sin' if spanish else 'Too many entities, left out'}: {left}")
        del reading.entities[MOST_ENTITIES:]


def _is_used(reading: Reading, sentence: Sentence, lists: list[ItemList]) -> bool:
    own = {words_of(name): name for name in reading.entities if name not in records.KNOWN}
    named = any(mention.entity in reading.entities for mention in known_mentions(sentence.tokens, own))
    return (
        named
        or (bool(reading.subject) and reading.subject in sentence.text.lower())
        or any(one.subject is not None for one in lists)
        or bool(reading.from_domain)
        or bool(_unknowns_after(sentence, v.LISTING | v.FALLBACK_LISTING, reading.language == "es"))
        or any(_is_system_list(sentence, one) for one in lists)
    )
