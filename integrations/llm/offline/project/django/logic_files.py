"""Serializers, filters, services and views of an entity."""

from __future__ import annotations

from integrations.llm.offline.project.django.access_files import access_line, role_field, weakest
from integrations.llm.offline.project.django.adapter_files import use_texts
from integrations.llm.offline.project.django.fields import stored_value
from integrations.llm.offline.project.django.printing import lay_out, quoted, tupled
from integrations.llm.offline.project.django.relations import APP, relations_of
from integrations.llm.offline.project.django.rules import distinct, rule_texts
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.rendering import render
from integrations.llm.offline.project.service import ServiceView

HOOKS = ("rules", "delete_rules", "after_create", "after_update", "after_delete")
RANGE_FILTERS = {"date": "DateFilter", "datetime": "IsoDateTimeFilter", "decimal": "NumberFilter"}


def serializer_text(service: ServiceView, entity: EntityView) -> str:
    """``api/serializers/<entity>.py``."""
    imports = Imports()
    imports.add("rest_framework", "serializers")
    imports.add(f"{APP}.models.{entity.snake}", entity.name)
    account = service.account is entity
    role = role_field(service) if account else ""
    first = ""
    if account:
        imports.add("django.contrib.auth.password_validation", "validate_password")
    if role:
        imports.add(f"{APP}.access", "may_do_everything")
        field = entity.field(role)
        first = stored_value(field, field.default) if field.default else f'"{weakest(service)}"'
    values = {
        "e": entity,
        "imports": imports,
        "names": field_names(entity),
        "account": account,
        "role_field": role,
        "first_role": first,
    }
    return render("django/serializer.py.j2", values)


def field_names(entity: EntityView) -> list[str]:
    """Fields and relations, in the order of the model."""
    return [*(field.name for field in entity.fields), *(relation.name for relation in relations_of(entity))]


def filter_text(service: ServiceView, entity: EntityView) -> str:
    """``api/filters/<entity>.py``."""
    imports = Imports()
    imports.add("django_filters", "rest_framework as filters")
    imports.add(f"{APP}.models.{entity.snake}", entity.name)
    exact = lay_out(tupled(*quoted(exact_filters(entity))), indent=8, before="fields = ")
    values = {"e": entity, "imports": imports, "ranges": ranges(entity), "exact": exact}
    return render("django/filter.py.j2", values)


def exact_filters(entity: EntityView) -> list[str]:
    """Parameters whose value must be equal."""
    return [*(field.name for field in entity.filters), *(one.name for one in relations_of(entity))]


def ranges(entity: EntityView) -> list[tuple[str, str, str, str]]:
    """(parameter, class, field, lookup) of the parameters that limit a value from below or above."""
    found = []
    for field in entity.fields:
        kind = RANGE_FILTERS.get(field.type)
        if kind is None:
            continue
        lower, upper = ("min", "max") if field.type == "decimal" else ("from", "to")
        found.append((f"{field.name}_{lower}", kind, field.name, "gte"))
        found.append((f"{field.name}_{upper}", kind, field.name, "lte"))
    return found


def service_text(service: ServiceView, entity: EntityView) -> str:
    """``api/services/<entity>.py``: the entity's rules and when they are asked."""
    rules = distinct([*rule_texts(entity), *use_texts(service, entity)])
    account = service.account is entity
    imports = Imports()
    if account:
        imports.add("collections.abc", "Mapping")
    imports.add(f"{APP}.models.{entity.snake}", entity.name)
    imports.add(f"{APP}.services.base", "ModelService")
    for rule in rules:
        for module, name in sorted(rule.needs):
            imports.add(module, name)
    hooks = {hook: [name for rule in rules for where, name in rule.hooks if where == hook] for hook in HOOKS}
    lines = [lay_out(tupled(*names), indent=4, before=f"{hook} = ") for hook, names in hooks.items() if names]
    functions = [rule.text for rule in rules]
    values = {"e": entity, "imports": imports, "functions": functions, "hooks": lines, "account": account}
    return render("django/service.py.j2", values)


def view_text(service: ServiceView, entity: EntityView) -> str:
    """``api/views/<entity>.py``."""
    imports = Imports()
    imports.add(f"{APP}.models.{entity.snake}", entity.name)
    imports.add(f"{APP}.serializers.{entity.snake}", f"{entity.name}Serializer")
    imports.add(f"{APP}.filters.{entity.snake}", f"{entity.name}Filter")
    imports.add(f"{APP}.services.{entity.snake}", f"{entity.name}Service")
    imports.add(f"{APP}.views.base", "ServiceViewSet")
    access = access_line(service.access_to(entity)) if service.account is not None else ""
    if access:
        imports.add(f"{APP}.access", "Access")
    links = ", ".join(f'"{link.name}"' for link in entity.links)
    queryset = f"{entity.name}.objects.prefetch_related({links})" if links else f"{entity.name}.objects.all()"
    ordering = ["id", *(field.name for field in entity.fields), "created_at"]
    searched = quoted(field.name for field in entity.search_fields)
    values = {
        "e": entity,
        "imports": imports,
        "queryset": queryset,
        "search_fields": lay_out(tupled(*searched), indent=4, before="search_fields = "),
        "access": access,
        "ordering_fields": lay_out(tupled(*quoted(ordering)), indent=4, before="ordering_fields = "),
    }
    return render("django/view.py.j2", values)
