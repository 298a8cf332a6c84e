"""The files of a project in the order they are worth reading, each with what its task is called and needs."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.llm.offline.project.django.ground_chapters import foundation, log_in, outside, shared
from integrations.llm.offline.project.django.paths import (
    WHOLE,
    entity_path,
    entity_test_path,
    migration_path,
    package,
    router_groups,
)
from integrations.llm.offline.project.django.proof_chapters import documents_chapter, test_chapters
from integrations.llm.offline.project.django.relations import tables_in_order
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.pieces import Chapter, Piece
from integrations.llm.offline.project.service import ServiceView
from integrations.llm.shapes import ProjectContext


def chapters(project: ProjectContext) -> list[Chapter]:
    """Every milestone of the plan in order."""
    service = ServiceView(project)
    tables = tables_in_order(service.entities)
    return [
        foundation(),
        shared(service),
        *outside(service),
        *(_entity_chapter(tables, number) for number in range(1, len(tables) + 1)),
        *log_in(service),
        _application(service, tables),
        *test_chapters(service),
        documents_chapter(),
    ]


def _entity_chapter(tables: Sequence[EntityView], number: int) -> Chapter:
    entity = tables[number - 1]
    first = number == 1
    many = entity.words_plural
    pieces = [
        *_table_pieces(tables, number),
        Piece(
            entity_path("serializer", entity),
            f"Define {many} in requests and answers",
            f"Which values create and change {entity.a_words}, and how it is answered.",
            points=2,
            also=package("api/serializers", first),
            steps=("Declare the fields",),
            proofs=(("Malformed values are refused", entity_test_path("model", entity)),),
        ),
        Piece(
            entity_path("filter", entity),
            f"Narrow lists of {many}",
            f"Parameters that choose {many} by their values and relations.",
            minutes=5,
            also=package("api/filters", first),
        ),
        Piece(
            entity_path("service", entity),
            f"Enforce the rules about {many}",
            _service_description(entity),
            complexity="high" if entity.rules else "medium",
            minutes=15,
            points=3,
            steps=("Declare the service", *(rule.statement[:100] for rule in entity.rules[:5])),
            proofs=(("The rules hold", entity_test_path("service", entity)),),
        ),
        Piece(
            entity_path("view", entity),
            f"Offer {many} over HTTP",
            f"Endpoints to list, search, create, read, change and delete {many}.",
            complexity="medium",
            minutes=10,
            points=2,
            steps=("Choose the queryset", "Connect serializer, filter and service"),
            proofs=(("The endpoints answer with the right status", entity_test_path("api", entity)),),
        ),
    ]
    return Chapter(many.capitalize(), f"Everything about {many}, from table to endpoint.", "core", pieces)


def _service_description(entity: EntityView) -> str:
    rules = " ".join(rule.statement.rstrip(".") + "." for rule in entity.rules)
    return f"Create, change and delete {entity.words_plural}, each in one transaction. {rules}".strip()


def _table_pieces(tables: Sequence[EntityView], number: int) -> list[Piece]:
    entity = tables[number - 1]
    relations = bool(entity.parents or entity.links)
    before = (migration_path(number - 1, tables[number - 2]),) if number > 1 else ()
    return [
        Piece(
            entity_path("model", entity),
            f"Define the {entity.words} table",
            f"{entity.description} Columns, relations and constraints of the table {entity.plural}.",
            complexity="medium" if relations else "low",
            points=2 if relations else 1,
            steps=("Declare the columns", "Declare the relations") if relations else ("Declare the columns",),
            proofs=(
                (f"{entity.words_plural.capitalize()} are stored and read back", entity_test_path("model", entity)),
            ),
            table=entity.name,
        ),
        Piece(
            migration_path(number, entity),
            f"Make the {entity.words} table",
            f"The migration that creates {entity.plural} as the model describes it.",
            also=package("api/migrations", number == 1),
            after=(entity_path("model", entity), *before),
            minutes=5,
            proofs=(("The migrations say what the models say", WHOLE),),
        ),
    ]


def _application(service: ServiceView, tables: Sequence[EntityView]) -> Chapter:
    groups = router_groups(service.entities)
    accounts = ("api/auth_urls.py", "api/authentication.py") if service.account is not None else ()
    last = migration_path(len(tables), tables[-1])
    pieces = [
        Piece(
            "api/models/__init__.py",
            "Name every table",
            "The package in which Django looks for the tables.",
            minutes=3,
            after=(last,),
        )
    ]
    for place, group in enumerate(groups):
        also = ("api/areas/__init__.py",) if place == 0 and len(groups) > 1 else ()
        title = "Give the endpoints their addresses" if group is groups[-1] else f"Group addresses in {group.path}"
        pieces.append(Piece(group.path, title, group.text, minutes=5, also=also))
    pieces += [
        Piece(
            "api/admin.py",
            "Show the tables in the admin pages",
            "Every table with its first columns, its search and its filters.",
            minutes=5,
        ),
        Piece(
            "config/urls.py",
            "Bring the addresses together",
            "Health, endpoints, OpenAPI document and admin pages.",
            minutes=5,
            after=("api/urls.py", "api/models/__init__.py", *accounts),
            proofs=(("The service describes its endpoints", WHOLE),),
        ),
        Piece(
            "config/wsgi.py",
            "Offer the application to servers",
            "The applications for WSGI and ASGI servers.",
            minutes=3,
            also=("config/asgi.py",),
            after=("config/urls.py", "config/settings.py", "api/pagination.py"),
        ),
    ]
    return Chapter("Application", "The service as a whole.", "core", pieces)
