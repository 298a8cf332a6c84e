"""What a sentence is about: which records, fields and values it names, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from integrations.llm.offline.library import columns, records
from integrations.llm.offline.reading.mentions import Mention, known_mentions
from integrations.llm.offline.reading.tokens import Sentence
from integrations.llm.offline.words import snake, words_of
from integrations.llm.shapes import EntitySchema, FieldSchema, Relation

SPANISH_VALUES = {
    "pending": "pendiente", "paid": "pagad", "shipped": "enviad", "delivered": "entregad", "cancelled": "cancelad",
    "confirmed": "confirmad", "done": "terminad", "open": "abiert", "closed": "cerrad", "active": "activ",
    "finished": "finalizad", "draft": "borrador", "published": "publicad", "archived": "archivad", "sent": "enviad",
    "overdue": "vencid", "scheduled": "programad", "paused": "pausad", "rejected": "rechazad", "sold": "vendid",
    "reserved": "reservad", "available": "disponible", "hired": "contratad", "in_transit": "transito",
    "resolved": "resuelt", "returned": "devuelt", "approved": "aprobad",
}  # fmt: skip
SYNONYMS = {
    "canceled": "cancelled",
    "completed": "done",
    "finalised": "finished",
    "anulada": "cancelled",
    "hecha": "done",
}
WORDS_OF_FIELDS: dict[str, list[str]] = {}
for _word, _field in columns.BY_WORD.items():
    WORDS_OF_FIELDS.setdefault(_field.name, []).append(_word)


@dataclass(frozen=True)
class FieldMention:
    """A field named by ``tokens[start:end]``."""

    entity: str
    field: FieldSchema
    start: int
    end: int


class Subjects:
    """One sentence read against the records of a service."""

    def __init__(self, sentence: Sentence, entities: Sequence[EntitySchema]) -> None:
        self.sentence = sentence
        self.tokens = sentence.tokens
        self.entities = {entity.name: entity for entity in entities}

    @cached_property
    def mentions(self) -> list[Mention]:
        """The records that the sentence names."""
        named = {words_of(name): name for name in self.entities if name not in records.KNOWN}
        return [one for one in known_mentions(self.tokens, named) if one.entity in self.entities]

    @cached_property
    def names(self) -> list[str]:
        """The entities that the sentence names, each once, in order."""
        return list(dict.fromkeys(one.entity for one in self.mentions))

    def has(self, *words: str) -> bool:
        """Whether one of the words stands in the sentence."""
        return any(word in self.tokens for word in words)

    def says(self, *phrases: str) -> bool:
        """Whether one of the phrases stands in the sentence, word by word."""
        text = f" {' '.join(self.tokens)} "
        return any(f" {phrase} " in text for phrase in phrases)

    def fields(self, names: Sequence[str] = ()) -> list[FieldMention]:
        """Fields of the entities (all of them when none is named), from left to right, the longest words first."""
        wanted = set(names or self.entities)
        found: list[FieldMention] = []
        place = 0
        while place < len(self.tokens):
            mention = next((one for length in (4, 3, 2, 1) for one in self._fields_at(place, length, wanted)), None)
            if mention is None:
                place += 1
            else:
                found.append(mention)
                place = mention.end
        return found

    @cached_property
    def _by_phrase(self) -> dict[str, list[tuple[str, FieldSchema]]]:
        """(entity, field) by the words that the field goes by."""
        found: dict[str, list[tuple[str, FieldSchema]]] = {}
        for entity in self.entities.values():
            for field in entity.fields:
                for phrase in phrases_of(field):
                    found.setdefault(phrase, []).append((entity.name, field))
        return found

    def _fields_at(self, place: int, length: int, wanted: set[str]) -> list[FieldMention]:
        end = place + length
        if end > len(self.tokens):
            return []
        known = self._by_phrase.get(" ".join(self.tokens[place:end]), [])
        return [FieldMention(entity, field, place, end) for entity, field in known if entity in wanted]

    def value_at(self, place: int, field: FieldSchema, *, verbs: bool = False) -> str | None:
        """The choice of a field that a word stands for: as it is written, in Spanish, or by another word.

        ``verbs``: what somebody does to give it that value counts too (*se paga*).
        """
        token = self.tokens[place]
        pair = " ".join(self.tokens[place : place + 2])
        for choice in field.choices:
            words = words_of(choice)
            if token == words or pair == words or SYNONYMS.get(token) == snake(choice):
                return choice
            stem = SPANISH_VALUES.get(snake(choice))
            if stem and verbs and stem.endswith("ad") and token in {stem[:-1], f"{stem[:-1]}n"}:
                return choice
            if stem and token.startswith(stem) and len(token) <= len(stem) + 3:
                return choice
            if len(words) > 4 and words[-1] in "aoe" and token.startswith(words[:-1]) and len(token) <= len(words) + 1:
                return choice
        return None

    def choice_values(
        self, entity: str, begin: int = 0, end: int | None = None, *, verbs: bool = False
    ) -> list[tuple[FieldSchema, str]]:
        """(field, value) of every choice of an entity that the sentence names, in order, each once."""
        found: list[tuple[FieldSchema, str]] = []
        for place in range(begin, len(self.tokens) if end is None else end):
            for field in self.entities[entity].fields:
                value = self.value_at(place, field, verbs=verbs) if field.type == "choice" else None
                if value is not None and (field, value) not in found:
                    found.append((field, value))
        return found

    def relation(self, owner: str, target: str) -> Relation | None:
        """The many-to-one relation from one entity to another."""
        relations = self.entities[owner].relations
        return next((one for one in relations if one.target == target and one.kind == "many_to_one"), None)


STARTS = {"start date", "start", "start time", "begin", "fecha de inicio", "hora de inicio", "inicio", "comienzo"}
ENDS = {"end date", "end", "end time", "fecha de fin", "hora de fin", "fin", "fecha final"}
PERIODS = {
    **dict.fromkeys(("starts_on", "starts_at", "start_date", "start_at"), STARTS),
    **dict.fromkeys(("ends_on", "ends_at", "end_date", "end_at"), ENDS),
}
"""Begin and end of a period go by the same words, whatever their fields are called."""


def phrases_of(field: FieldSchema) -> set[str]:
    """The words that a field goes by."""
    words = words_of(field.name)
    known = WORDS_OF_FIELDS.get(field.name, [])
    bare = words.removeprefix("is ")
    short = {words.rsplit(" ", 1)[0]} if words.endswith((" minutes", " date", " url", " at", " on")) else set()
    return {words, bare, *known, *(f"{word}s" for word in known), f"{words}s", *short, *PERIODS.get(field.name, ())}


def choice_field(entity: EntitySchema) -> FieldSchema | None:
    """The field that says how far a record is."""
    choices = [field for field in entity.fields if field.type == "choice"]
    return next(
        (field for field in choices if field.name in {"status", "state", "estado"}), choices[0] if choices else None
    )
