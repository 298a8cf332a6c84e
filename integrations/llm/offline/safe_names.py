"""Names of classes and fields that clash with nothing in generated files."""

from __future__ import annotations

import builtins
import keyword

from integrations.llm.offline.words import snake

BUILTINS = frozenset(vars(builtins)) - {"credits", "license", "copyright", "exit", "quit", "help"}
"""Without the names that only interactive Python adds."""

CLASS_NAMES_TAKEN = frozenset(
    [
        "Adapters",
        "Admin",
        "Any",
        "Annotated",
        "App",
        "Amount",
        "Base",
        "Boolean",
        "Column",
        "ColumnElement",
        "ConflictError",
        "Date",
        "Database",
        "DateTime",
        "Decimal",
        "Depends",
        "Engine",
        "Enum",
        "Error",
        "Exception",
        "Field",
        "ForeignKey",
        "Id",
        "Index",
        "Integer",
        "Literal",
        "Mapped",
        "NotFoundError",
        "Numeric",
        "Page",
        "Path",
        "Query",
        "Request",
        "Response",
        "RowId",
        "RuleError",
        "Self",
        "Session",
        "Settings",
        "String",
        "Table",
        "Text",
        "Type",
        "UtcDateTime",
        "Email",
        "Test",
    ]
)
"""Names that generated files import or define themselves."""

FIELD_NAMES = {
    "class": "category_name",
    "type": "kind",
    "date": "day",
    "datetime": "moment",
    "metadata": "details",
    "from": "origin",
    "to": "destination",
    "order": "position",
    "global": "is_global",
    "registry": "registry_name",
    "schema": "schema_name",
    "format": "format_name",
    "range": "range_text",
    "hash": "hash_text",
}
"""Nicer names for words that Python, pydantic or SQLAlchemy keep for themselves."""

DJANGO_NAMES_TAKEN = frozenset(
    [
        "check",
        "clean",
        "clean_fields",
        "delete",
        "from_db",
        "full_clean",
        "has_perm",
        "is_anonymous",
        "is_authenticated",
        "is_staff",
        "last_login",
        "models",
        "natural_key",
        "objects",
        "pk",
        "refresh_from_db",
        "save",
        "serializable_value",
        "validate_unique",
    ]
)
"""Names that Django's models and accounts have themselves."""

FIELD_NAMES_TAKEN = frozenset(
    [
        "metadata",
        "registry",
        "query",
        "json",
        "dict",
        "copy",
        "schema",
        "fields",
        "construct",
        "validate",
        "model_config",
        "changes",
        "not_null",
        "limit",
        "offset",
        "search",
        "text",
        "date",
        "datetime",
        "decimal",
        "session",
        "string",
        "self",
        "created_at",
        "updated_at",
        "id",
    ]
)


def safe_entity(name: str) -> str:
    """A class name that clashes with nothing in generated files, and whose snake form is a legal module name."""
    lowered = snake(name)
    if name in CLASS_NAMES_TAKEN or keyword.iskeyword(lowered) or lowered in BUILTINS:
        return f"{name}Record"
    return name


def safe_field(name: str) -> str:
    """A field name that clashes with nothing in Python, pydantic or SQLAlchemy."""
    if name in FIELD_NAMES:
        return FIELD_NAMES[name]
    taken = keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in BUILTINS
    if taken or name in FIELD_NAMES_TAKEN | DJANGO_NAMES_TAKEN or name.startswith("model_"):
        return f"{name}_value"
    return name
