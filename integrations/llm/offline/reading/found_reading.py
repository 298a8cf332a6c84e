"""What a request says, while it is read: entities, their said fields, links, and what was not used."""

from __future__ import annotations

from dataclasses import dataclass, field

from integrations.llm.offline.reading.relations import Link
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

    def name(self, entity: str) -> None:
        """Note that an entity is wanted."""
        if entity not in self.entities:
            self.entities.append(entity)

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
