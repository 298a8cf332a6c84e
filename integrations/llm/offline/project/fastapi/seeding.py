"""``scripts/seed.py``: example records, parents before the records that need them."""

from __future__ import annotations

from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.rendering import render
from integrations.llm.offline.project.service import ServiceView


def seed_text(service: ServiceView) -> str:
    """The script; it talks to a running service and knows only the API."""
    entities = service.entities
    needed = {parent.target.snake for entity in entities for parent in entity.required_parents}

    def id_variable(entity: EntityView) -> str:
        return f"{entity.snake}_id = " if entity.snake in needed else ""

    account = service.account
    values = {
        "ordered": entities,
        "id_variable": id_variable,
        "seed_values": seed_values,
        "account": account,
        "login": service.authentication.login_field if service.authentication else "",
    }
    return render("fastapi/seed.py.j2", values)


def seed_values(entity: EntityView) -> list[tuple[str, str]]:
    """(name, Python source) of the body of one example record."""
    values = [(field.name, field.example) for field in entity.fields]
    return values + [(parent.column, f"{parent.target.snake}_id") for parent in entity.required_parents]
