"""The last milestones: tests, example data and documents."""

from __future__ import annotations

from integrations.llm.offline.project.django.paths import TESTS, WHOLE, entity_path, entity_test_path, package
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.pieces import Chapter, Piece
from integrations.llm.offline.project.service import ServiceView
from integrations.llm.offline.project.shared_pieces import documents, layer_test

TESTS_IN_A_MILESTONE = 3


def test_chapters(service: ServiceView) -> list[Chapter]:
    entities = service.entities
    early = _with_parents(service.account)
    common = Chapter(
        "Test ground",
        "Fixtures and the tests of what every part shares.",
        "polish",
        [
            *(_factory(entity, first=entity is early[0]) for entity in early),
            Piece(
                "tests/conftest.py",
                "Provide the test fixtures",
                "Clients of the service.",
                "testing",
                also=("tests/__init__.py",),
                after=("config/wsgi.py",),
            ),
            Piece(
                "tests/test_settings.py",
                "Test the settings",
                "What the environment decides, and what production refuses.",
                "testing",
                after=("config/settings.py",),
            ),
            Piece(
                WHOLE,
                "Test the service as a whole",
                "Health, OpenAPI document, example data; migrations that say what the models say.",
                "testing",
                after=("tests/conftest.py",),
            ),
            *_common_tests(service),
        ],
    )
    found = [common]
    for begin in range(0, len(entities), TESTS_IN_A_MILESTONE):
        group = entities[begin : begin + TESTS_IN_A_MILESTONE]
        names = ", ".join(entity.words_plural for entity in group)
        pieces = [
            piece
            for entity in group
            for piece in [
                *([] if entity in early else [_factory(entity, first=not early and entity is entities[0])]),
                *_entity_tests(service, entity),
            ]
        ]
        found.append(Chapter(f"Tests of {names}"[:100], f"Proofs that {names} work as promised.", "polish", pieces))
    return found


def _with_parents(entity: EntityView | None) -> list[EntityView]:
    """An entity after those it cannot be without."""
    if entity is None:
        return []
    above = [one for parent in entity.required_parents for one in _with_parents(parent.target)]
    return list(dict.fromkeys([*above, entity]))


def _common_tests(service: ServiceView) -> list[Piece]:
    after = ("tests/conftest.py",)
    pieces = []
    if service.account is not None:
        pieces.append(
            Piece(
                "tests/test_auth.py",
                "Test logging in",
                "Tokens, wrong passwords, new accounts, and roles that nobody gives himself.",
                "testing",
                "medium",
                12,
                2,
                after=("config/urls.py", *after),
            )
        )
    if service.design.adapters:
        pieces.append(
            Piece(
                "tests/test_adapters.py",
                "Test the adapters",
                "What is sent, with which key, and what happens when it fails.",
                "testing",
                after=after,
            )
        )
    return pieces


def _factory(entity: EntityView, *, first: bool) -> Piece:
    return Piece(
        entity_path("factory", entity),
        f"Make {entity.words_plural} for tests",
        f"A valid body and a stored {entity.words}, of which tests name only what they are about.",
        "testing",
        minutes=5,
        also=package("tests/factories", first),
    )


def _entity_tests(service: ServiceView, entity: EntityView) -> list[Piece]:
    subjects = {
        "model": ("table and values", "serializer"),
        "service": ("rules", "service"),
        "api": ("endpoints", "view"),
        "access": ("access", "view"),
    }
    layers = (*TESTS, "access") if service.account is not None else TESTS
    return [
        layer_test(
            entity,
            subjects[layer][0],
            path=entity_test_path(layer, entity),
            after=("tests/conftest.py", entity_path(subjects[layer][1], entity), entity_path("factory", entity)),
        )
        for layer in layers
    ]


def documents_chapter() -> Chapter:
    after = ("config/urls.py",)
    return Chapter(
        "Documents",
        "What users and developers of the service read, and example data.",
        "polish",
        [
            Piece(
                "api/management/commands/seed.py",
                "Write a command for example data",
                "manage.py seed fills an empty database with one record of each kind.",
                also=("api/management/__init__.py", "api/management/commands/__init__.py"),
                after=("config/urls.py",),
                proofs=(("Example data is made once", WHOLE),),
            ),
            *documents(after=after),
        ],
    )
