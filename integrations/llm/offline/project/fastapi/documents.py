"""The Markdown documents of a generated project."""

from __future__ import annotations

from integrations.llm.design import Role
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.fastapi.logic_files import child_path, link_path, parent_path
from integrations.llm.offline.project.fastapi.model_files import ranges_of
from integrations.llm.offline.project.fastapi.seeding import seed_values
from integrations.llm.offline.project.fields import FieldView
from integrations.llm.offline.project.rendering import render
from integrations.llm.offline.project.service import OPERATIONS, ServiceView


def api_document(service: ServiceView) -> str:
    """``docs/api.md``: every endpoint with an example body, and who may call it."""
    values = {
        "service": service,
        "entities": service.entities,
        "page_size": service.design.page_size or 20,
        "link_path": link_path,
        "may": may,
        "parent_path": parent_path,
        "child_path": child_path,
        "filter_words": filter_words,
        "example": example,
    }
    return render("fastapi/api.md.j2", values)


def may(service: ServiceView, entity: EntityView, role: Role) -> str:
    """What a role may do with an entity, in words."""
    access = service.access_to(entity)
    words = []
    for reach, ending in (("all", ""), ("own", " its own")):
        found = [operation for operation in OPERATIONS if access.reach(role, operation) == reach]
        if found:
            words.append(("everything" if len(found) == len(OPERATIONS) else ", ".join(found)) + ending)
    return "; ".join(words) or "nothing"


def architecture_document(service: ServiceView) -> str:
    """``docs/architecture.md``: the layers and why."""
    values = {
        "service": service,
        "description": service.project.description,
        "entities": service.entities,
        "relations_words": relations_words,
    }
    return render("fastapi/architecture.md.j2", values)


def data_model_document(entities: list[EntityView]) -> str:
    """``docs/data_model.md``: every table with its columns and rules."""
    return render("fastapi/data_model.md.j2", {"entities": entities, "field_rules": field_rules})


def filter_words(entity: EntityView) -> str:
    """Which parameters narrow a list."""
    names = [*(field.name for field in entity.filters), *(parent.column for parent in entity.parents)]
    names += [f"{link.one}_id" for link in entity.links]
    names += [f"{field.name}_{end}" for field in ranges_of(entity) for end in ("from", "to")]
    if entity.search_fields:
        names.append("search")
    return f"; narrowed by {', '.join(f'`{name}`' for name in names)}" if names else ""


def example(entity: EntityView) -> str:
    """A valid JSON body; keys of other records are 1."""
    pairs = [(name, "1" if name.endswith("_id") else _json(value)) for name, value in seed_values(entity)]
    return "{\n" + ",\n".join(f'  "{name}": {value}' for name, value in pairs) + "\n}"


def _json(literal: str) -> str:
    return {"True": "true", "False": "false"}.get(literal, literal)


def relations_words(entity: EntityView) -> str:
    """The relations of an entity as sentences."""
    sentences = [
        f" Belongs to {'a' if parent.required else 'at most one'} {parent.words}."
        for parent in entity.parents
        if not parent.is_self
    ]
    sentences += [f" May stand under another {entity.words}." for parent in entity.parents if parent.is_self]
    sentences += [f" Has many {link.target.words_plural}, which it shares." for link in entity.links]
    return "".join(sentences)


def field_rules(field: FieldView) -> str:
    """The rules of a column in words."""
    schema = field.schema
    rules = ["optional" if field.optional else "required"]
    if field.unique:
        rules.append("unique")
    if field.is_text:
        rules.append(f"at most {field.max_length} characters")
    if schema.minimum is not None:
        rules.append(f"at least {schema.minimum}")
    if schema.more_than is not None:
        rules.append(f"more than {schema.more_than}")
    if schema.maximum is not None:
        rules.append(f"at most {schema.maximum}")
    if field.pattern:
        rules.append(f"matches `{field.pattern}`")
    if field.type == "choice":
        rules.append("one of " + ", ".join(f"`{value}`" for _, value in field.members))
    if field.default is not None:
        rules.append(f"`{schema.default}` unless given")
    return ", ".join(rules)
