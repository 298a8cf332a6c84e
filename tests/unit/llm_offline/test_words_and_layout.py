"""Words, safe names, imports and line breaking."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.llm.offline.dice import fraction, pick
from integrations.llm.offline.library.notation import read_field, read_relation
from integrations.llm.offline.library.records import DOMAINS, KNOWN
from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.layout import fold_line
from integrations.llm.offline.safe_names import safe_entity, safe_field
from integrations.llm.offline.words import plural_of, singular_en, singular_es, snake, with_article


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("tasks", "task"),
        ("categories", "category"),
        ("people", "person"),
        ("classes", "class"),
        ("boxes", "box"),
        ("statuses", "status"),
        ("courses", "course"),
        ("buses", "bus"),
        ("address", "address"),
    ],
)
def test_english_singulars(plural: str, singular: str) -> None:
    assert singular_en(plural) == singular


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("pedidos", "pedido"),
        ("ciudades", "ciudad"),
        ("clases", "clase"),
        ("habitaciones", "habitacion"),
        ("profesores", "profesor"),
        ("luces", "luz"),
        ("mes", "mes"),
    ],
)
def test_spanish_singulars(plural: str, singular: str) -> None:
    assert singular_es(plural) == singular


def test_plurals_of_identifiers() -> None:
    assert [plural_of(one) for one in ("order_item", "category", "person", "box")] == [
        "order_items",
        "categories",
        "people",
        "boxes",
    ]
    assert plural_of("avion", spanish=True) == "aviones"
    assert plural_of("plaza_parking", spanish=True) == "plazas_parking"


@pytest.mark.parametrize("name", ["class", "type", "metadata", "order", "date", "import", "list", "model_name", "json"])
def test_field_names_are_made_safe(name: str) -> None:
    safe = safe_field(name)
    assert safe != name
    assert safe.isidentifier()
    assert not keyword.iskeyword(safe)


def test_entity_names_are_made_safe() -> None:
    assert [safe_entity(name) for name in ("Session", "Import", "Task")] == ["SessionRecord", "ImportRecord", "Task"]


@given(st.text(max_size=60))
def test_snake_names_are_identifiers_or_empty(text: str) -> None:
    name = snake(text)
    assert name == "" or (name.isidentifier() and name.isascii() and name == name.lower())


def test_articles() -> None:
    assert [with_article(word) for word in ("task", "order", "user", "hour")] == [
        "a task",
        "an order",
        "a user",
        "an hour",
    ]


def test_the_library_refers_only_to_itself() -> None:
    assert {relation.target for known in KNOWN.values() for relation in known.relations} <= set(KNOWN)
    assert {name for names in DOMAINS.values() for name in names} <= set(KNOWN)


def test_names_in_the_library_are_safe_already() -> None:
    assert [name for name in KNOWN if safe_entity(name) != name] == []
    names = [field.name for known in KNOWN.values() for field in known.fields]
    assert [name for name in names if safe_field(name) != name] == []


def test_the_notation_of_fields() -> None:
    field = read_field("status: choice todo|done = todo")
    assert (field.name, field.type, field.choices, field.default) == ("status", "choice", ["todo", "done"], "todo")
    field = read_field("price: decimal min 0 optional")
    assert (field.minimum, field.required) == (0, False)
    with pytest.raises(ValueError, match="not a field"):
        read_field("price: money")


def test_the_notation_of_relations() -> None:
    relation = read_relation("user -> User optional")
    assert (relation.kind, relation.required) == ("many_to_one", False)
    assert read_relation("tags <-> Tag").kind == "many_to_many"


def test_imports_are_grouped_and_sorted() -> None:
    imports = Imports()
    imports.add("app.errors", "RuleError")
    imports.add("sqlalchemy", "select", "ColumnElement")
    imports.add("sys")
    imports.add("pytest")
    assert str(imports) == (
        "import sys\n\nimport pytest\nfrom sqlalchemy import ColumnElement, select\n\nfrom app.errors import RuleError"
    )


def test_long_lines_are_broken_as_ruff_does() -> None:
    line = f"    def find(self, {'a' * 36}: int, {'b' * 36}: int) -> None:"
    assert fold_line(line) == f"    def find(\n        self, {'a' * 36}: int, {'b' * 36}: int\n    ) -> None:"
    assert fold_line("short(1)") == "short(1)"
    assert fold_line("x" * 120) == "x" * 120


def test_dice_are_even_and_repeatable() -> None:
    thrown = [fraction("seed", number) for number in range(1000)]
    assert thrown == [fraction("seed", number) for number in range(1000)]
    assert 0.45 < sum(thrown) / 1000 < 0.55
    assert {pick("abc", number) for number in range(50)} == {"a", "b", "c"}


@pytest.mark.parametrize("name", ["check", "objects", "pk", "save", "is_staff"])
def test_names_of_django_models_are_left_to_django(name: str) -> None:
    assert safe_field(name) == f"{name}_value"
