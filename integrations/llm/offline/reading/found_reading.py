"""What a request says, while it is read: entities, their said fields, links, and what was not used."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from integrations.llm.offline.reading.relations import Link
from integrations.llm.offline.reading.tokens import Sentence
from integrations.llm.shapes import FieldSchema, Language


@dataclass
class Reading:
    """What a request says: entities in the order they were named, their said fields, and links between them."""

    language: Language
    entities: list[str] = field(default_factory=list)
    fields: dict[str, list[FieldSchema]] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    from_domain: str = ""
    subject: str = ""
    """What the service is for (*library* of *an API for a small library*), as it was written."""
    phrases: dict[str, FieldSchema] = field(default_factory=dict)
    """Fields of phrases that stand in the sentences as one made-up word."""
    sentences: tuple[Sentence, ...] = ()
    """The request, sentence by sentence, as it was written."""
    unread: list[Sentence] = field(default_factory=list)
    """Sentences that name no record; the design may still use them."""

    def name(self, entity: str) -> None:
        """Note that an entity is wanted."""
        if entity not in self.entities:
            self.entities.append(entity)

    def unused_after(self, used: Collection[Sentence]) -> list[str]:
        """What was not used, without the sentences that somebody used after all."""
        texts = {sentence.text for sentence in used}
        lead = "No se usó" if self.language == "es" else "Not used"
        left = [f"{lead}: «{sentence.text[:120]}»" for sentence in self.unread if sentence.text not in texts]
        return [*self.unused, *left]

    def link(self, link: Link) -> None:
        """Note a relation; the first thing said about a pair counts, and *many to many* wins."""
        pair = {link.owner, link.target}
        if link.many:
            self.links = [other for other in self.links if {other.owner, other.target} != pair]
        elif any(
            {other.owner, other.target} == pair and (other.owner == link.owner or link.required is None)
            for other in self.links
        ):
            return
        self.links.append(link)
