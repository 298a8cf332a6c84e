"""Repository, service and route files of an entity."""

from __future__ import annotations

from collections.abc import Callable

from integrations.llm.design import Operation
from integrations.llm.offline.project.entities import LinkView, ParentView
from integrations.llm.offline.project.fastapi.ground import Ground
from integrations.llm.offline.project.fastapi.model_files import ranges_of
from integrations.llm.offline.project.fastapi.rule_files import rule_imports, service_flags
from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.rendering import render


def repository_text(ground: Ground) -> str:
    """``app/repositories/<entity>.py``: queries, no rules."""
    entity = ground.e
    imports = Imports()
    imports.add("sqlalchemy", "ColumnElement", "func", "select")
    imports.add("sqlalchemy.orm", "Session")
    imports.add(f"app.models.{entity.snake}", entity.name)
    imports.add(f"app.schemas.{entity.snake}", f"{entity.name}Query")
    if len(entity.search_fields) > 1:
        imports.add("sqlalchemy", "or_")
    for link in entity.links:
        imports.add(f"app.models.{link.target.snake}", link.target.name)
    if ground.has_own:
        imports.add("app.repositories.scope", "Scope")
    names = [*(field.name for field in entity.filters), *(parent.column for parent in entity.parents)]
    values = {"e": entity, "g": ground, "imports": imports, "filter_names": names, "ranges": ranges_of(entity)}
    return render("fastapi/repository.py.j2", values)


def service_text(ground: Ground) -> str:
    """``app/services/<entity>.py``: rules and the commit."""
    entity = ground.e
    imports = Imports()
    imports.add("sqlalchemy.orm", "Session")
    imports.add("app.database", "save")
    imports.add("app.errors", "NotFoundError")
    if entity.unique_fields:
        imports.add("app.errors", "ConflictError")
    if entity.parents or entity.periods:
        imports.add("app.errors", "RuleError")
    if entity.periods:
        imports.add("datetime", entity.periods[0][0].type)
    imports.add(f"app.models.{entity.snake}", entity.name)
    imports.add(f"app.schemas.{entity.snake}", *(f"{entity.name}{kind}" for kind in ("Create", "Query", "Update")))
    for other in [entity, *entity.related]:
        imports.add(f"app.repositories.{other.snake}", f"{other.name}Repository")
    for link in entity.links:
        imports.add(f"app.models.{link.target.snake}", link.target.name)
    errors = [*(["unknown references"] if entity.parents else []), *(["taken values"] if entity.unique_fields else [])]
    rule_imports(ground, imports)
    _import_access(ground, imports)
    for name in _event_functions(ground):
        imports.add(f"app.events.{entity.snake}", name)
    if ground.uses:
        imports.add("app.adapters.bundle", "Adapters")
    if ground.reaches_own("create") or ground.uses_on("created", payment=True) or _moves_own(ground):
        imports.add("app.database", "stage")
    values = {
        "e": entity,
        "g": ground,
        **service_flags(ground),
        "pays": lambda event: bool(ground.uses_on(event, payment=True)),
        "tells": lambda event: bool(ground.uses_on(event, payment=False)),
        "has_changed_uses": any(use.event == "changed" for _, use in ground.uses),
        "moves_own": _moves_own(ground),
        "has_reachable": _has_reachable(ground),
        "get_for": get_for(ground),
        "first_role": ground.service.authentication.first_role if ground.service.authentication else "",
        "imports": imports,
        "create_errors": f"; {' and '.join(errors)} are errors" if errors else "",
        "period_type": entity.periods[0][0].type if entity.periods else "",
    }
    return render("fastapi/service.py.j2", values)


def get_for(ground: Ground) -> Callable[[Operation], str]:
    """A function that gives the source of getting a record to do something with it."""

    def text(operation: Operation) -> str:
        if ground.a is None:
            return f"self.get({ground.e.snake}_id)"
        return f"self._get_for(Operation.{operation.upper()}, {ground.e.snake}_id)"

    return text


def _has_reachable(ground: Ground) -> bool:
    return ground.reaches_own("update") or ground.reaches_own("delete")


def _moves_own(ground: Ground) -> bool:
    """Whether a change may give somebody's own record away."""
    return ground.reaches_own("update") and not ground.is_account


def _event_functions(ground: Ground) -> list[str]:
    names = [
        f"{'pay_for' if payment else 'tell'}_{event}"
        for event in ("created", "changed")
        for payment in (True, False)
        if ground.uses_on(event, payment=payment)
    ]
    return [*names, *(["notice_of_deletion"] if ground.uses_on("deleted", payment=False) else [])]


def _import_access(ground: Ground, imports: Imports) -> None:
    if ground.a is None:
        return
    imports.add(f"app.models.{ground.a.snake}", ground.a.name)
    imports.add("app.policies.base", "Operation")
    imports.add(f"app.policies.{ground.e.snake}", f"{ground.e.name}Policy")
    if ground.is_account or ground.reaches_own("create") or _has_reachable(ground):
        imports.add("app.errors", "ForbiddenError")
    if ground.is_account:
        imports.add(f"app.models.{ground.a.snake}", ground.role_enum)
        imports.add("app.security", "hash_password")


def routes_text(ground: Ground) -> str:
    """``app/routes/<entity>.py``: endpoints, relations too."""
    entity = ground.e
    imports = Imports()
    imports.add("typing", "Annotated")
    imports.add("fastapi", "APIRouter", "Depends", "Query", "status")
    imports.add("sqlalchemy.orm", "Session")
    imports.add("app.database", "get_session")
    imports.add(f"app.models.{entity.snake}", entity.name)
    imports.add(f"app.services.{entity.snake}", f"{entity.name}Service")
    imports.add("app.schemas.common", "RowId")
    kinds = ("Create", "Page", "Query", "Read", "Update")
    imports.add(f"app.schemas.{entity.snake}", *(f"{entity.name}{kind}" for kind in kinds))
    for link in entity.links:
        imports.add(f"app.schemas.{link.target.snake}", f"{link.target.name}Read")
    if ground.a is not None:
        imports.add("app.authentication", f"Current{ground.a.name}")
    if ground.uses:
        imports.add("app.adapters.bundle", "CurrentAdapters")
    values = {
        "e": entity,
        "g": ground,
        "imports": imports,
        "parent_path": parent_path,
        "child_path": child_path,
        "link_path": link_path,
    }
    return render("fastapi/routes.py.j2", values)


def link_path(link: LinkView) -> str:
    """The last part of the path that leads back from a linked record."""
    rivals = [other for other in link.owner.links if other.target is link.target]
    taken = any(parent.target is link.target for parent in link.owner.parents) or len(rivals) > 1
    return f"{link.path}-{link.owner.path}" if taken else link.owner.path


def parent_path(parent: ParentView) -> str:
    """The path of the records that a list is narrowed to."""
    return parent.target.path


def child_path(parent: ParentView) -> str:
    """The last part of the path of the list; it carries the relation's name when the target has several."""
    if parent.name == parent.target.snake:
        return parent.owner.path
    return f"{parent.name}-{parent.owner.path}".replace("_", "-")
