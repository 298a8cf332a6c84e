"""Factory and test files of an entity."""

from __future__ import annotations

from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.fastapi.bodies import body_call
from integrations.llm.offline.project.fastapi.ground import Ground
from integrations.llm.offline.project.fastapi.logic_files import child_path, link_path, parent_path
from integrations.llm.offline.project.fastapi.model_files import ranges_of
from integrations.llm.offline.project.fields import FieldView
from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.rendering import render


def factory_text(ground: Ground) -> str:
    """``tests/factories/<entity>.py``: a valid body and a saved record."""
    entity = ground.e
    numbered = any(field.unique or field.type == "email" for field in entity.fields)
    imports = Imports()
    imports.add("sqlalchemy.orm", "Session")
    imports.add(f"app.models.{entity.snake}", entity.name)
    imports.add(f"app.schemas.{entity.snake}", f"{entity.name}Create")
    if numbered:
        imports.add("itertools", "count")
    for parent in entity.required_parents:
        imports.add(f"tests.factories.{parent.target.snake}", f"make_{parent.target.snake}")
    if ground.is_account:
        imports.add("app.security", "hash_password")
    return render("fastapi/factory.py.j2", {"e": entity, "g": ground, "imports": imports, "needs_number": numbered})


def model_test_text(ground: Ground) -> str:
    """``tests/test_<entity>_model.py``."""
    entity = ground.e
    imports = _test_imports(entity)
    imports.add("pytest")
    imports.add("pydantic", "ValidationError")
    imports.add(f"app.models.{entity.snake}", entity.name, *(field.enum for field in entity.choices))
    imports.add(f"app.schemas.{entity.snake}", f"{entity.name}Update")
    if entity.unique_fields or entity.required_parents:
        imports.add("sqlalchemy.exc", "IntegrityError")
    _import_value(imports, entity, entity.target_update)
    numbers = [field for field in entity.fields if field.type in {"integer", "decimal"}]
    required_texts = [f for f in entity.fields if f.type in {"string", "text"} and not f.nullable]
    values = {
        "e": entity,
        "imports": imports,
        "update": entity.target_update,
        "blank_fields": required_texts[:2],
        "minimum_fields": [field for field in entity.fields if _has_minimum(field)][:3],
        "maximum_fields": [field for field in numbers if field.schema.maximum is not None],
        "above_fields": [field for field in numbers if field.schema.more_than is not None],
        "shortest_fields": [
            field
            for field in entity.fields
            if (field.schema.min_length or 0) > 1 and field.is_text and not field.pattern
        ],
        "email_fields": [field for field in entity.fields if field.type == "email"],
    }
    return render("fastapi/test_model.py.j2", values)


def _has_minimum(field: FieldView) -> bool:
    return field.schema.minimum is not None and field.type in {"integer", "decimal"}


def repository_test_text(ground: Ground) -> str:
    """``tests/test_<entity>_repository.py``."""
    entity = ground.e
    imports = _test_imports(entity)
    imports.add(f"app.repositories.{entity.snake}", f"{entity.name}Repository")
    imports.add(f"app.schemas.{entity.snake}", f"{entity.name}Query")
    for field in entity.filters:
        if field.type == "choice" and filter_values(field):
            imports.add(f"app.models.{entity.snake}", field.enum)
    for parent in entity.parents:
        if not parent.is_self:
            imports.add(f"tests.factories.{parent.target.snake}", f"make_{parent.target.snake}")
    search = next((field for field in entity.search_fields if field.max_length >= 20), None)
    email = search is not None and search.type == "email"
    values = {
        "e": entity,
        "imports": imports,
        "ranges": ranges_of(entity),
        "range_change": range_change,
        "range_value": range_value,
        "search": search,
        "search_value": '"zebra@example.com"' if email else '"A zebra crossing"',
        "filter_values": filter_values,
    }
    return render("fastapi/test_repository.py.j2", values)


def range_value(field: FieldView, place: int) -> str:
    """An early or a late moment as JSON carries it."""
    day = ("2030-01-01", "2031-01-01")[place]
    return day if field.type == "date" else f"{day}T10:00:00Z"


def range_change(field: FieldView, place: int) -> str:
    """A change of a record to that moment."""
    return f'{field.name}="{range_value(field, place)}"'


def filter_values(field: FieldView) -> list[str]:
    """Two different values of a filter as Python source; empty when there are not two."""
    if field.type == "boolean":
        return ["True", "False"]
    values = [f"{field.enum}.{member}" for member, _ in field.members]
    return [values[0], values[-1]] if len(values) > 1 else []


def filter_json(field: FieldView) -> list[str]:
    """As ``filter_values``, in the form JSON carries."""
    if field.type == "boolean":
        return ["True", "False"]
    values = [f'"{value}"' for _, value in field.members]
    return [values[0], values[-1]] if len(values) > 1 else []


def service_test_text(ground: Ground) -> str:
    """``tests/test_<entity>_service.py``."""
    entity = ground.e
    imports = _test_imports(entity)
    imports.add("pytest")
    imports.add("app.errors", "NotFoundError")
    if entity.unique_fields:
        imports.add("app.errors", "ConflictError")
    if entity.parents or entity.periods:
        imports.add("app.errors", "RuleError")
    imports.add(f"app.services.{entity.snake}", f"{entity.name}Service")
    imports.add(f"app.schemas.{entity.snake}", *(f"{entity.name}{kind}" for kind in ("Create", "Query", "Update")))
    imports.add(f"tests.factories.{entity.snake}", f"{entity.snake}_body")
    _import_related(imports, entity)
    _import_value(imports, entity, entity.target_update)
    if ground.a is not None:
        imports.add(f"app.models.{ground.a.snake}", ground.a.name)
    if ground.uses:
        imports.add("app.adapters.bundle", "Adapters")
    values = {
        "e": entity,
        "g": ground,
        "imports": imports,
        "update": entity.target_update,
        "kept": entity.kept,
        "body_call": body_call(entity),
        "period_values": period_values,
    }
    return render("fastapi/test_service.py.j2", values)


def api_test_text(ground: Ground) -> str:
    """``tests/test_<entity>_api.py``."""
    entity = ground.e
    imports = _test_imports(entity)
    imports.add("pytest")
    imports.add("fastapi.testclient", "TestClient")
    imports.add(f"tests.factories.{entity.snake}", f"{entity.snake}_body")
    _import_related(imports, entity)
    values = {
        "e": entity,
        "g": ground,
        "link_path": link_path,
        "imports": imports,
        "update": entity.target_update,
        "session_parameter": ", session: Session" if entity.required_parents else "",
        "body_call": body_call(entity),
        "filter_json": filter_json,
        "parent_path": parent_path,
        "child_path": child_path,
    }
    return render("fastapi/test_api.py.j2", values)


def _test_imports(entity: EntityView) -> Imports:
    imports = Imports()
    imports.add("sqlalchemy.orm", "Session")
    imports.add(f"tests.factories.{entity.snake}", f"make_{entity.snake}")
    return imports


def _import_related(imports: Imports, entity: EntityView) -> None:
    for target in entity.related:
        imports.add(f"tests.factories.{target.snake}", f"make_{target.snake}")


def _import_value(imports: Imports, entity: EntityView, field: FieldView) -> None:
    """Import what the Python source of a field's values needs."""
    needed = {
        "decimal": ("decimal", "Decimal"),
        "date": ("datetime", "date"),
        "datetime": ("datetime", "UTC", "datetime"),
        "choice": (f"app.models.{entity.snake}", field.enum),
    }
    if field.type in needed:
        module, *names = needed[field.type]
        imports.add(module, *names)


def period_values(start: FieldView) -> str:
    """Two moments in JSON's form, the earlier one first."""
    if start.type == "date":
        return '"2030-03-01", "2030-03-02"'
    return '"2030-03-01T10:00:00Z", "2030-03-01T10:00:01Z"'
