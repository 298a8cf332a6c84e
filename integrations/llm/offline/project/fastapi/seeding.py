"""``scripts/seed.py``: example records, parents before the records that need them."""

from __future__ import annotations

from integrations.llm.offline.project.entities import EntityView, parents_first
from integrations.llm.offline.project.rendering import render


def seed_text(entities: list[EntityView]) -> str:
    """The script; it talks to a running service and knows only the API."""
    needed = {parent.target.snake for entity in entities for parent in entity.required_parents}

    def id_variable(entity: EntityView) -> str:
        return f"{entity.snake}_id = " if entity.snake in needed else ""

    values = {"ordered": parents_first(entities), "id_variable": id_variable, "seed_values": seed_values}
    return render("fastapi/seed.py.j2", values)


def seed_values(entity: EntityView) -> list[tuple[str, str]]:
    """(name, Python source) of the body of one example record."""
    values = [(field.name, field.example) for field in entity.fields]
    return values + [(parent.column, f"{parent.target.snake}_id") for parent in entity.required_parents]
