"""Files of the service as a whole: addresses, admin pages, example data."""

from __future__ import annotations

from integrations.llm.offline.project.django.paths import RouterGroup
from integrations.llm.offline.project.django.printing import Group, called, lay_out
from integrations.llm.offline.project.django.relations import APP
from integrations.llm.offline.project.django.samples import Samples
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.rendering import render
from integrations.llm.offline.project.service import ServiceView

COLUMNS = 4


def group_text(group: RouterGroup) -> str:
    """A file that gives views, or groups of them, their addresses."""
    imports = Imports()
    if group.members:
        for module, alias in group.members:
            imports.add(module, f"urlpatterns as {alias}")
        names = [alias for _, alias in group.members]
        return render("django/urls.py.j2", {"text": group.text, "imports": imports, "groups": names})
    imports.add("rest_framework.routers", "SimpleRouter")
    for entity in group.entities:
        imports.add(f"{APP}.views.{entity.snake}", f"{entity.name}ViewSet")
    members = [(entity.path, f"{entity.name}ViewSet", entity.path) for entity in group.entities]
    return render("django/router_group.py.j2", {"text": group.text, "imports": imports, "members": members})


def admin_text(service: ServiceView) -> str:
    """``api/admin.py``: every table with its first columns."""
    imports = Imports()
    imports.add("django.contrib", "admin")
    imports.add(f"{APP}.models", *(entity.name for entity in service.entities))
    ordered = sorted(service.entities, key=lambda one: one.name)
    texts = [lay_out(_registration(service, entity), indent=0) for entity in ordered]
    return render("django/admin.py.j2", {"imports": imports, "registrations": texts})


def _registration(service: ServiceView, entity: EntityView) -> Group:
    shown = [field.name for field in entity.fields if field.type != "text"][:COLUMNS]
    arguments: list[str | Group] = [entity.name, f"list_display={_names('id', *shown)}"]
    if entity.search_fields:
        arguments.append(f"search_fields={_names(*(field.name for field in entity.search_fields))}")
    if entity.filters:
        arguments.append(f"list_filter={_names(*(field.name for field in entity.filters))}")
    if service.account is entity:
        arguments.append(f"exclude={_names('password', 'last_login')}")
    return called("admin.site.register", *arguments)


def _names(*names: str) -> Group:
    return Group("[", tuple(f'"{name}"' for name in names), "]")


def seed_text(service: ServiceView) -> str:
    """``api/management/commands/seed.py``: one record of each kind."""
    samples, entities = Samples(service), service.entities
    needed = {parent.target.snake for entity in entities for parent in entity.required_parents}
    imports = Imports()
    imports.add("typing", "Any")
    imports.add("django.core.management.base", "BaseCommand")
    imports.add("django.db", "models", "transaction")
    imports.add("rest_framework.serializers", "ModelSerializer")
    imports.add(f"{APP}.services.base", "ModelService")
    for entity in entities:
        imports.add(f"{APP}.serializers.{entity.snake}", f"{entity.name}Serializer")
        imports.add(f"{APP}.services.{entity.snake}", f"{entity.name}Service")
    imports.add(f"{APP}.models.{entities[0].snake}", entities[0].name)
    calls = [_creation(service, entity, samples, kept=entity.snake in needed) for entity in entities]
    return render("django/seed.py.j2", {"imports": imports, "first": entities[0].name, "calls": calls})


def _creation(service: ServiceView, entity: EntityView, samples: Samples, *, kept: bool) -> str:
    values = body_values(service, entity, [(field.name, samples.fixed(entity, field)) for field in entity.fields])
    values += [(parent.name, f"{parent.target.snake}.pk") for parent in entity.required_parents]
    body = Group("{", tuple(f'"{name}": {value}' for name, value in values), "}")
    call = called("make", f"{entity.name}Serializer", f"{entity.name}Service()", body)
    return lay_out(call, indent=8, before=f"{entity.snake} = " if kept else "")


def body_values(service: ServiceView, entity: EntityView, values: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The values of a body, with the password that an account's body has besides its fields."""
    return [*values, ("password", '"correct horse battery"')] if service.account is entity else values
