"""Repository, service and route files of an entity."""

from __future__ import annotations

from integrations.llm.offline.project.entities import EntityView, ParentView
from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.rendering import render


def repository_text(entity: EntityView) -> str:
    """``app/repositories/<entity>.py``: queries, no rules."""
    imports = Imports()
    imports.add("sqlalchemy", "ColumnElement", "func", "select")
    imports.add("sqlalchemy.orm", "Session")
    imports.add(f"app.models.{entity.snake}", entity.name)
    imports.add(f"app.schemas.{entity.snake}", f"{entity.name}Query")
    if len(entity.search_fields) > 1:
        imports.add("sqlalchemy", "or_")
    names = [*(field.name for field in entity.filters), *(parent.column for parent in entity.parents)]
    return render("fastapi/repository.py.j2", {"e": entity, "imports": imports, "filter_names": names})


def service_text(entity: EntityView) -> str:
    """``app/services/<entity>.py``: rules and the commit."""
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
    values = {
        "e": entity,
        "imports": imports,
        "create_errors": f"; {' and '.join(errors)} are errors" if errors else "",
        "period_type": entity.periods[0][0].type if entity.periods else "",
    }
    return render("fastapi/service.py.j2", values)


def routes_text(entity: EntityView) -> str:
    """``app/routes/<entity>.py``: endpoints, relations too."""
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
    values = {"e": entity, "imports": imports, "parent_path": parent_path, "child_path": child_path}
    return render("fastapi/routes.py.j2", values)


def parent_path(parent: ParentView) -> str:
    """The path of the records that a list is narrowed to."""
    return parent.target.path


def child_path(parent: ParentView) -> str:
    """The last part of the path of the list; it carries the relation's name when the target has several."""
    if parent.name == parent.target.snake:
        return parent.owner.path
    return f"{parent.name}-{parent.owner.path}".replace("_", "-")
