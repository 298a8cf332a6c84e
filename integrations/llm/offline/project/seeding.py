"""``scripts/seed.py``: example records, parents before the records that need them."""

from __future__ import annotations

from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.rendering import render


def seed_text(entities: list[EntityView]) -> str:
    """The script; it talks to a running service and knows only the API."""
    needed = {parent.target.snake for entity in entities for parent in entity.required_parents}

    def id_variable(entity: EntityView) -> str:
        return f"{entity.snake}_id = " if entity.snake in needed else ""

    values = {"ordered": parents_first(entities), "id_variable": id_variable, "seed_values": seed_values}
    return render("fastapi/seed.py.j2", values)


def parents_first(entities: list[EntityView]) -> list[EntityView]:
    """The entities so that every required parent comes before its children; the order given decides ties."""
    ordered: list[EntityView] = []

    def place(entity: EntityView, above: tuple[str, ...]) -> None:
        if entity in ordered or entity.snake in above:
            return
        for parent in entity.required_parents:
            place(parent.target, (*above, entity.snake))
        ordered.append(entity)

    for entity in entities:
        place(entity, ())
    return ordered


def seed_values(entity: EntityView) -> list[tuple[str, str]]:
    """(name, Python source) of the body of one example record."""
    values = [(field.name, field.example) for field in entity.fields]
    return values + [(parent.column, f"{parent.target.snake}_id") for parent in entity.required_parents]
