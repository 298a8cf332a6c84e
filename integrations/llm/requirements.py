"""What a plan must cover: every entity, workflow, rule and outside service of the domain. Pure.

Ids are made of the words, so that a requirement keeps its id whatever is said beside it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from integrations.llm.shapes import DomainModel, EntitySchema, Requirement

LONGEST_SLUG = 60


def requirements_of(domain: DomainModel) -> list[Requirement]:
    """Everything that the domain asks for, entities first, each once."""
    return [*entity_requirements(domain.entities), *statement_requirements(domain)]


def entity_requirements(entities: Iterable[EntitySchema]) -> list[Requirement]:
    return [Requirement(id=f"entity_{entity.name}", text=entity.description or entity.name) for entity in entities]


def statement_requirements(domain: DomainModel) -> list[Requirement]:
    """Workflows, rules and outside services."""
    said = [
        *(("workflow", flow.name, "; ".join([flow.name, *flow.steps])) for flow in domain.workflows),
        *(("rule", rule.statement, rule.statement) for rule in domain.business_rules),
        *(("integration", one.name, "; ".join([one.name, *one.operations])) for one in domain.integrations),
    ]
    found = {f"{kind}_{_slug(name)}": text for kind, name, text in said if name.strip()}
    return [Requirement(id=short, text=text) for short, text in found.items()]


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if 0 < len(slug) <= LONGEST_SLUG:
        return slug
    return f"{slug[: LONGEST_SLUG - 9]}_{hashlib.sha256(text.encode()).hexdigest()[:8]}".lstrip("_")
