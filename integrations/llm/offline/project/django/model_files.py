"""Models and their migrations: both say the same, which ``makemigrations --check`` proves."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.llm.offline.project.django.fields import (
    is_null,
    label,
    least,
    migration_entry,
    model_line,
    validators,
)
from integrations.llm.offline.project.django.paths import migration_name
from integrations.llm.offline.project.django.printing import Group, called, lay_out, listed
from integrations.llm.offline.project.django.relations import APP, on_delete, related_name
from integrations.llm.offline.project.entities import EntityView, LinkView, ParentView
from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.rendering import render
from integrations.llm.offline.project.service import ServiceView


def model_text(service: ServiceView, entity: EntityView) -> str:
    """``api/models/<entity>.py``: choices and the table."""
    account = service.account is entity
    rules = constraints(entity)
    values = {
        "e": entity,
        "imports": _model_imports(entity, account=account),
        "model_line": model_line,
        "parent_line": parent_line,
        "link_line": link_line,
        "label": label,
        "shown": _shown(entity),
        "constraints": lay_out(listed(*rules), indent=8, before="constraints = ") if rules else "",
        **_account_values(service, entity, account=account),
    }
    return render("django/model.py.j2", values)


def _account_values(service: ServiceView, entity: EntityView, *, account: bool) -> dict[str, object]:
    authentication = service.authentication
    if not account or authentication is None:
        return {"account": False}
    login = authentication.login_field
    fields = [field.name for field in entity.fields if not field.optional and field.name not in _own(service)]
    strongest = [role.name for role in service.roles if role.everything]
    role = entity.field(authentication.role_field) if authentication.role_field else None
    members = {value: f"{role.enum}.{name}" for name, value in role.members} if role else {}
    strong = [members[name] for name in strongest if name in members]
    listed_roles = ", ".join(strong) + ("," if len(strong) == 1 else "")
    return {
        "account": True,
        "authentication": authentication,
        "required_names": [*(name for name in fields if name != login), *(p.name for p in entity.required_parents)],
        "superuser_role": strong[0] if strong else "",
        "is_staff": f"self.{role.name} in ({listed_roles})" if role and strong else "False",
    }


def _own(service: ServiceView) -> set[str]:
    """Fields of an account that nobody is asked for."""
    role = service.authentication.role_field if service.authentication else None
    return {role} if role else set()


def _model_imports(entity: EntityView, *, account: bool) -> Imports:
    imports = Imports()
    imports.add("django.db", "models")
    imports.add(f"{APP}.models.base", "TimeStamped")
    for field in entity.fields:
        for one in validators(field):
            imports.add("django.core.validators", one.name)
        if field.type == "decimal":
            imports.add("decimal", "Decimal")
        if field.type in {"date", "datetime"}:
            imports.add("datetime", field.type)
    for target in entity.related:
        imports.add(f"{APP}.models.{target.snake}", target.name)
    if account:
        imports.add("django.contrib.auth.base_user", "AbstractBaseUser", "BaseUserManager")
    return imports


def parent_line(parent: ParentView) -> str:
    """A many-to-one relation of a model."""
    target = parent.owner.name if parent.is_self else parent.target.name
    types = target if parent.required else f"{target} | None"
    arguments = [
        '"self"' if parent.is_self else target,
        f"on_delete=models.{on_delete(parent)}",
        *_null(parent),
        f'related_name="{related_name(parent)}"',
    ]
    before = f"{parent.name}: models.ForeignKey[{types}, {types}] = "
    return lay_out(called("models.ForeignKey", *arguments), indent=4, before=before)


def link_line(link: LinkView) -> str:
    """A many-to-many relation of a model."""
    arguments = [link.target.name, "blank=True", f'related_name="{related_name(link)}"']
    before = f"{link.name}: models.ManyToManyField[{link.target.name}] = "
    if link.target.name == link.owner.name:
        arguments = ['"self"', "blank=True", "symmetrical=False", f'related_name="{related_name(link)}"']
    return lay_out(called("models.ManyToManyField", *arguments), indent=4, before=before)


def _null(parent: ParentView) -> list[str | Group]:
    return [] if parent.required else ["null=True", "blank=True"]


def _shown(entity: EntityView) -> str:
    text = next((field for field in entity.fields if field.is_text and field.type != "text"), None)
    if text is None:
        return f'f"{entity.words.capitalize()} {{self.pk}}"'
    return f'self.{text.name} or ""' if is_null(text) else f"self.{text.name}"


def constraints(entity: EntityView) -> list[Group]:
    """What the database itself checks: least values, periods, values that are unique together."""
    found = []
    for field in entity.fields:
        lowest = least(field)
        if lowest is not None:
            found.append(_check(f"{field.name}__gte={lowest}", f"{entity.snake}_{field.name}_minimum"))
    for start, end in entity.periods:
        name = f"{entity.snake}_{end.name}_after_{start.name}"
        found.append(_check(f'{end.name}__gte=models.F("{start.name}")', name))
    for rule in entity.rules_of("unique_together"):
        names = ", ".join(f'"{name}"' for name in rule.fields)
        name = f"{entity.snake}_{'_'.join(rule.fields)}_unique"
        found.append(called("models.UniqueConstraint", f"fields=[{names}]", f'name="{name[:60]}"'))
    return found


def _check(condition: str, name: str) -> Group:
    return called("models.CheckConstraint", f"condition=models.Q({condition})", f'name="{name[:60]}"')


# -- migrations --------------------------------------------------------------------------------------------------------


def migration_text(service: ServiceView, entities: Sequence[EntityView], number: int) -> str:
    """``api/migrations/000N_<entity>.py``; ``entities`` in the order of their tables, ``number`` from 1."""
    entity = entities[number - 1]
    before = f'("{APP}", "{migration_name(number - 1, entities[number - 2])}")' if number > 1 else ""
    account = service.account is entity
    values = {
        "e": entity,
        "imports": _migration_imports(entity),
        "account": account,
        "dependency": before,
        "operation": lay_out(_create_model(entity, account=account), indent=8, after=","),
    }
    return render("django/migration.py.j2", values)


def _create_model(entity: EntityView, *, account: bool) -> Group:
    rules = constraints(entity)
    options: list[str | Group] = [
        f'"db_table": "{entity.plural}"',
        '"ordering": ["id"]',
        f'"verbose_name_plural": "{entity.words_plural}"',
        *([listed(*rules, head='"constraints": ')] if rules else []),
    ]
    return called(
        "migrations.CreateModel",
        f'name="{entity.name}"',
        listed(*_columns(entity, account=account), head="fields="),
        Group("options={", tuple(options), "}"),
    )


def _columns(entity: EntityView, *, account: bool) -> list[Group]:
    columns = [_column("id", called("models.BigAutoField", "primary_key=True", "serialize=False"))]
    if account:
        columns += [
            _column("password", called("models.CharField", "max_length=128", 'verbose_name="password"')),
            _column(
                "last_login", called("models.DateTimeField", "blank=True", "null=True", 'verbose_name="last login"')
            ),
        ]
    columns += [
        _column("created_at", called("models.DateTimeField", "auto_now_add=True")),
        _column("updated_at", called("models.DateTimeField", "auto_now=True")),
        *(migration_entry(field) for field in entity.fields),
        *(_column(parent.name, _foreign_key(parent)) for parent in entity.parents),
        *(_column(link.name, _many_to_many(link)) for link in entity.links),
    ]
    return columns


def _column(name: str, field: Group) -> Group:
    return Group("(", (f'"{name}"', field), ")")


def _foreign_key(parent: ParentView) -> Group:
    return called(
        "models.ForeignKey",
        f'to="{APP}.{parent.target.name.lower()}"',
        f"on_delete=models.{on_delete(parent)}",
        *_null(parent),
        f'related_name="{related_name(parent)}"',
    )


def _many_to_many(link: LinkView) -> Group:
    return called(
        "models.ManyToManyField",
        f'to="{APP}.{link.target.name.lower()}"',
        "blank=True",
        f'related_name="{related_name(link)}"',
    )


def _migration_imports(entity: EntityView) -> Imports:
    imports = Imports()
    imports.add("django.db", "migrations", "models")
    for field in entity.fields:
        found = validators(field)
        for one in found:
            imports.add("django.core.validators", one.name)
        if (field.type == "decimal" and field.default) or any("Decimal(" in one.argument for one in found):
            imports.add("decimal", "Decimal")
    return imports


def models_text(entities: Sequence[EntityView]) -> str:
    """``api/models/__init__.py``: every table by its name, which is where Django looks for them."""
    imports = Imports()
    for entity in entities:
        imports.add(f"{APP}.models.{entity.snake}", entity.name)
    return render("django/models_init.py.j2", {"imports": imports, "names": sorted(entity.name for entity in entities)})
