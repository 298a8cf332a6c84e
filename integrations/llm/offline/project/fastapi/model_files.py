"""Model and schema files of an entity."""

from __future__ import annotations

from integrations.llm.offline.project.entities import EntityView, LinkView, ParentView
from integrations.llm.offline.project.fastapi.field_lines import (
    constraints,
    create_line,
    model_line,
    read_line,
    update_line,
)
from integrations.llm.offline.project.fastapi.ground import Ground
from integrations.llm.offline.project.fastapi.rule_files import rule_views
from integrations.llm.offline.project.fields import FieldView
from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.layout import call
from integrations.llm.offline.project.rendering import render


def base_text(entities: list[EntityView]) -> str:
    """``app/models/base.py``: only the column types that some entity uses."""
    types = {field.type for entity in entities for field in entity.fields}
    imports = Imports()
    imports.add("datetime", "UTC", "datetime")
    imports.add("sqlalchemy", "DateTime", "Dialect", "TypeDecorator")
    imports.add("sqlalchemy.orm", "DeclarativeBase", "Mapped", "mapped_column")
    if "decimal" in types:
        imports.add("decimal", "Decimal")
        imports.add("sqlalchemy", "BigInteger")
    if "choice" in types:
        imports.add("enum", "StrEnum")
        imports.add("sqlalchemy", "Enum")
    values = {"imports": imports, "has_decimal": "decimal" in types, "has_choice": "choice" in types}
    return render("fastapi/models_base.py.j2", values)


def model_text(ground: Ground) -> str:
    """``app/models/<entity>.py``: enums, link tables and the table."""
    entity = ground.e
    together = [", ".join(f'"{column}"' for column in view.columns) for view in rule_views(ground)
                if view.rule.kind == "unique_together"]  # fmt: skip
    checking = Imports()
    for target in entity.related:
        checking.add(f"app.models.{target.snake}", target.name)
    return render(
        "fastapi/model.py.j2",
        {
            "e": entity,
            "g": ground,
            "unique_together": together,
            "imports": _model_imports(ground, together),
            "type_checking": "\n".join(f"    {line}" for line in str(checking).splitlines()),
            "model_line": model_line,
            "parent_column": parent_column,
            "parent_relationship": parent_relationship,
            "link_relationship": link_relationship,
        },
    )


def _model_imports(ground: Ground, together: list[str]) -> Imports:
    entity = ground.e
    imports = Imports()
    if together:
        imports.add("sqlalchemy", "UniqueConstraint")
    if ground.is_account:
        imports.add("sqlalchemy", "String")
    imports.add("app.models.base", "Base", "Timestamps")
    imports.add("sqlalchemy.orm", "Mapped", "mapped_column")
    for field in entity.fields:
        for module, name in _column_imports(field.type):
            imports.add(module, name)
    if entity.parents or entity.links:
        imports.add("sqlalchemy", "ForeignKey")
        imports.add("sqlalchemy.orm", "relationship")
    if entity.links:
        imports.add("sqlalchemy", "Column", "Table")
    if entity.related:
        imports.add("typing", "TYPE_CHECKING")
    return imports


def _column_imports(field_type: str) -> list[tuple[str, str]]:
    return {
        "string": [("sqlalchemy", "String")],
        "email": [("sqlalchemy", "String")],
        "text": [("sqlalchemy", "Text")],
        "decimal": [("decimal", "Decimal"), ("app.models.base", "Amount")],
        "date": [("datetime", "date")],
        "datetime": [("datetime", "datetime"), ("app.models.base", "UtcDateTime")],
        "choice": [("enum", "StrEnum"), ("app.models.base", "choice_type")],
    }.get(field_type, [])


def parent_column(parent: ParentView) -> str:
    """The key of a many-to-one relation."""
    annotation = "Mapped[int]" if parent.required else "Mapped[int | None]"
    key = f'ForeignKey("{parent.target.plural}.id", ondelete="{parent.on_delete}")'
    return call(f"{parent.column}: {annotation} = mapped_column(", [key, "index=True"])


def parent_relationship(parent: ParentView) -> str:
    """The object of a many-to-one relation; keys are named where they would be ambiguous."""
    annotation = f"Mapped[{parent.target.name}{'' if parent.required else ' | None'}]"
    arguments = ["remote_side=[id]"] if parent.is_self else []
    rivals = [other for other in parent.owner.parents if other.target.name == parent.target.name]
    if len(rivals) > 1 or parent.is_self:
        arguments.append(f"foreign_keys=[{parent.column}]")
    return call(f"{parent.name}: {annotation} = relationship(", arguments)


def link_relationship(link: LinkView) -> str:
    """The list of a many-to-many relation, in the order of ids so that answers are stable."""
    arguments = [f"secondary={link.table}", f'order_by="{link.target.name}.id"']
    return call(f"{link.name}: Mapped[list[{link.target.name}]] = relationship(", arguments)


def schema_text(ground: Ground) -> str:
    """``app/schemas/<entity>.py``: bodies, answers and list parameters."""
    entity = ground.e
    names = [f'"{name}"' for name in entity.not_null]
    not_null = call("not_null: ClassVar[frozenset[str]] = frozenset({", names, "})")
    if "\n" in not_null:
        body = "".join(f"            {name},\n" for name in names)
        not_null = f"    not_null: ClassVar[frozenset[str]] = frozenset(\n        {{\n{body}        }}\n    )"
        inner = f"        {{{', '.join(names)}}}"
        if len(inner) <= 100:
            not_null = f"    not_null: ClassVar[frozenset[str]] = frozenset(\n{inner}\n    )"
    values = {
        "e": entity,
        "g": ground,
        "ranges": ranges_of(entity),
        "sort_line": call("sort: str = Field(", ['default="id"', f'pattern=r"^-?({"|".join(sortable(entity))})$"']),
        "imports": _schema_imports(entity),
        "not_null_lines": not_null,
        "create_line": create_line,
        "update_line": update_line,
        "read_line": read_line,
    }
    return render("fastapi/schema.py.j2", values)


def ranges_of(entity: EntityView) -> list[FieldView]:
    """Fields that a list can be narrowed to a time of."""
    return [field for field in entity.fields if field.type in {"date", "datetime"}]


def sortable(entity: EntityView) -> list[str]:
    """Columns that a list can be sorted by."""
    return ["id", *(field.name for field in entity.fields if field.type != "text"), "created_at"]


def _schema_imports(entity: EntityView) -> Imports:
    imports = Imports()
    imports.add("datetime", "datetime")
    imports.add("pydantic", "BaseModel", "ConfigDict")
    imports.add("app.schemas.common", "InputBody", "PageInfo", "PageQuery", "UpdateBody")
    if entity.not_null:
        imports.add("typing", "ClassVar")
    imports.add("pydantic", "Field")
    if entity.parents or entity.links:
        imports.add("app.schemas.common", "RowId")
    for field in entity.fields:
        if field.type == "choice":
            imports.add(f"app.models.{entity.snake}", field.enum)
        elif field.type == "datetime":
            imports.add("pydantic", "AwareDatetime")
        elif field.type == "email":
            imports.add("app.schemas.common", "Email")
        elif field.type == "integer" and "MAX_INTEGER" in " ".join(constraints(field)):
            imports.add("app.schemas.common", "MAX_INTEGER")
        elif field.type in {"date", "decimal"}:
            imports.add(*{"date": ("datetime", "date"), "decimal": ("decimal", "Decimal")}[field.type])
    return imports
