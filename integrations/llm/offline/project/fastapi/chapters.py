"""The files of a project in the order they are worth reading, each with what its task is called and needs."""

from __future__ import annotations

from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.fastapi.behaviour_chapters import (
    access_chapters,
    behaviour_pieces,
    behaviour_tests,
    outside_chapters,
    outside_test_chapters,
)
from integrations.llm.offline.project.fastapi.ground import Ground
from integrations.llm.offline.project.fastapi.ground_chapters import data_access, foundation
from integrations.llm.offline.project.fastapi.paths import TESTS, entity_path, entity_test_path, router_groups
from integrations.llm.offline.project.pieces import Chapter, Piece
from integrations.llm.offline.project.service import ServiceView
from integrations.llm.offline.project.shared_pieces import documents, layer_test
from integrations.llm.shapes import ProjectContext

TESTS_IN_A_MILESTONE = 3


def chapters(project: ProjectContext) -> list[Chapter]:
    """Every milestone of the plan in order."""
    service = ServiceView(project)
    grounds = [Ground(service, entity) for entity in service.entities]
    return [
        foundation(),
        data_access(),
        *outside_chapters(service),
        *(_entity_chapter(ground, first=number == 0) for number, ground in enumerate(grounds)),
        *access_chapters(service),
        _application(service.entities),
        *_test_chapters(grounds),
        *outside_test_chapters(service),
        _documents(),
    ]


def _entity_chapter(ground: Ground, *, first: bool) -> Chapter:
    entity = ground.e
    pieces = [*_stored(entity, first=first), *behaviour_pieces(ground), *_served(entity, first=first)]
    many = entity.words_plural
    return Chapter(many.capitalize(), f"Everything about {many}, from table to endpoint.", "core", pieces)


def _stored(entity: EntityView, *, first: bool) -> list[Piece]:
    """Its table, bodies and queries."""
    name, many = entity.words, entity.words_plural
    relations = _has_relations(entity)
    return [
        Piece(
            entity_path("model", entity),
            f"Define the {name} table",
            f"{entity.description} Columns, keys and relations of the table {entity.plural}.",
            complexity="medium" if relations else "low",
            points=2 if relations else 1,
            steps=("Declare the columns", "Declare the relations") if relations else ("Declare the columns",),
            proofs=((f"{many.capitalize()} are stored and read back", entity_test_path("model", entity)),),
            table=entity.name,
        ),
        Piece(
            entity_path("schema", entity),
            f"Define bodies and answers of {many}",
            f"What creates and changes {entity.a_words}, how it is answered, and which parameters narrow the list.",
            points=2,
            after=(entity_path("model", entity),),
            steps=("Create and update bodies", "Answer and page", "List parameters"),
            proofs=(("Malformed values are refused", entity_test_path("model", entity)),),
        ),
        Piece(
            entity_path("repository", entity),
            f"Query {many}",
            f"Find, count, add and remove {many}, with filters and pages.",
            complexity="medium",
            minutes=12,
            points=2,
            also=_package("app/repositories", first=first),
            after=("app/database.py",),
            steps=("Find by id", "Find pages with filters", "Add and remove"),
            proofs=(("Pages follow each other without gap or overlap", entity_test_path("repository", entity)),),
        ),
    ]


def _served(entity: EntityView, *, first: bool) -> list[Piece]:
    """Its rules and endpoints."""
    many = entity.words_plural
    relations = _has_relations(entity)
    ending = ", and those of its relations" if relations else ""
    return [
        Piece(
            entity_path("service", entity),
            f"Enforce the rules about {many}",
            (
                f"Create, change and delete {many}: references exist, unique values are free, updates change only "
                f"what was sent."
            ),
            complexity="high" if relations else "medium",
            minutes=15,
            points=3,
            also=_package("app/services", first=first),
            steps=("Create and read", "Update and delete", "Check the rules"),
            proofs=(("The rules hold", entity_test_path("service", entity)),),
        ),
        Piece(
            entity_path("routes", entity),
            f"Offer {many} over HTTP",
            f"Endpoints to create, list, read, change and delete {many}{ending}.",
            complexity="medium",
            minutes=12,
            points=2,
            also=_package("app/routes", first=first),
            steps=("Endpoints of the record", "Endpoints of the list"),
            proofs=(("The endpoints answer with the right status", entity_test_path("api", entity)),),
        ),
    ]


def _has_relations(entity: EntityView) -> bool:
    return bool(entity.parents or entity.links)


def _package(folder: str, *, first: bool) -> tuple[str, ...]:
    """The first entity brings the package's own file."""
    return (f"{folder}/__init__.py",) if first else ()


def _application(entities: list[EntityView]) -> Chapter:
    groups = router_groups(entities)
    pieces = []
    for number, group in enumerate(groups):
        also = ("app/areas/__init__.py",) if number == 0 and len(groups) > 1 else ()
        title = "Bring the endpoints together" if group is groups[-1] else f"Group endpoints in {group.path}"
        pieces.append(Piece(group.path, title, group.text, minutes=5, also=also))
    pieces.append(
        Piece(
            "app/main.py",
            "Build the application",
            "create_app puts settings, database, error handlers and routers together; tables are created at start.",
            complexity="medium",
            points=2,
            steps=("Open and close the database", "Include the routers"),
            proofs=(("The service starts and describes its endpoints", "tests/test_health.py"),),
        )
    )
    return Chapter("Application", "The service as a whole.", "core", pieces)


def _test_chapters(grounds: list[Ground]) -> list[Chapter]:
    common = Chapter(
        "Test ground",
        "Fixtures and the tests of what every part shares.",
        "polish",
        [
            Piece(
                "tests/conftest.py",
                "Provide the test fixtures",
                "A database in memory, a session on it and a client of a service that uses it.",
                "testing",
                also=("tests/__init__.py",),
            ),
            Piece("tests/test_config.py", "Test the settings", "Defaults, overrides and drivers.", "testing"),
            Piece(
                "tests/test_health.py",
                "Test health and errors",
                "The service starts, reports its health, and answers errors in one form.",
                "testing",
                after=("tests/conftest.py",),
            ),
        ],
    )
    found = [common]
    for begin in range(0, len(grounds), TESTS_IN_A_MILESTONE):
        group = grounds[begin : begin + TESTS_IN_A_MILESTONE]
        names = ", ".join(ground.e.words_plural for ground in group)
        pieces = [
            piece
            for ground in group
            for piece in [*_entity_tests(ground.e, first=ground is grounds[0]), *behaviour_tests(ground)]
        ]
        found.append(Chapter(f"Tests of {names}"[:100], f"Proofs that {names} work as promised.", "polish", pieces))
    return found


def _entity_tests(entity: EntityView, *, first: bool) -> list[Piece]:
    factory = Piece(
        entity_path("factory", entity),
        f"Make {entity.words_plural} for tests",
        f"A valid body and a saved {entity.words}, of which tests name only what they are about.",
        "testing",
        minutes=5,
        also=("tests/factories/__init__.py",) if first else (),
        after=(entity_path("schema", entity), *(entity_path("factory", other) for other in entity.related)),
    )
    subjects = {
        "model": ("table and bodies", "schema"),
        "repository": ("queries", "repository"),
        "service": ("rules", "service"),
        "api": ("endpoints", "routes"),
    }
    tests = [
        layer_test(
            entity,
            subjects[layer][0],
            path=entity_test_path(layer, entity),
            after=("tests/conftest.py", entity_path(subjects[layer][1], entity), entity_path("factory", entity)),
        )
        for layer in TESTS
    ]
    return [factory, *tests]


def _documents() -> Chapter:
    after = ("app/main.py",)
    return Chapter(
        "Documents",
        "What users and developers of the service read, and example data.",
        "polish",
        [
            *documents(after=after),
            Piece(
                "scripts/seed.py",
                "Write a script for example data",
                "Fill a running service with one record of each kind.",
                also=("scripts/__init__.py",),
                after=after,
            ),
        ],
    )
