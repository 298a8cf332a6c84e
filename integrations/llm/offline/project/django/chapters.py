"""The files of a project in the order they are worth reading, each with what its task is called and needs."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.llm.offline.project.django.paths import (
    TESTS,
    entity_path,
    entity_test_path,
    migration_path,
    router_groups,
)
from integrations.llm.offline.project.django.relations import tables_in_order
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.pieces import Chapter, Piece
from integrations.llm.offline.project.service import ServiceView
from integrations.llm.shapes import ProjectContext

TESTS_IN_A_MILESTONE = 3
WHOLE = "tests/test_health.py"


def chapters(project: ProjectContext) -> list[Chapter]:
    """Every milestone of the plan in order."""
    service = ServiceView(project)
    tables = tables_in_order(service.entities)
    return [
        _foundation(),
        _shared(service),
        *_outside(service),
        *(_entity_chapter(tables, number) for number in range(1, len(tables) + 1)),
        *_log_in(service),
        _application(service, tables),
        *_test_chapters(service),
        _documents(),
    ]


def _foundation() -> Chapter:
    return Chapter(
        "Foundation",
        "The commands, the settings and the errors.",
        "setup",
        [
            Piece(
                "config/settings.py",
                "Read the settings from the environment",
                "Everything that differs between a laptop, a test and production; production needs its own secret key.",
                "setup",
                "medium",
                12,
                2,
                also=("config/__init__.py",),
                steps=("Secrets and hosts", "Apps and middleware", "Database", "REST framework"),
                proofs=(("Production refuses to start without a secret key", "tests/test_settings.py"),),
                critical=True,
            ),
            Piece(
                "manage.py",
                "Offer Django's commands",
                "The entry point of every command, with the service's settings.",
                "setup",
                minutes=3,
                after=("config/settings.py",),
            ),
            Piece(
                "api/apps.py",
                "Create the app that holds the service",
                "One Django app with models, rules and endpoints.",
                "setup",
                minutes=3,
                also=("api/__init__.py",),
            ),
            Piece(
                "api/errors.py",
                "Define the errors and the answers they become",
                "Conflict (409) and broken rule (400) as exceptions that Django REST Framework answers.",
                "setup",
                minutes=5,
                after=("api/apps.py",),
            ),
        ],
    )


def _shared(service: ServiceView) -> Chapter:
    after = ("api/apps.py",)
    access = [
        Piece(
            "api/access.py",
            "Decide who may do what",
            "Operations by role, with all records or with one's own, and the permission that asks for them.",
            "setup",
            "high",
            15,
            3,
            after=after,
            steps=("Declare the access of an entity", "Find the owner of a record", "Ask from the endpoints"),
            proofs=tuple(
                (f"Roles may do with {entity.words_plural} what they should", entity_test_path("access", entity))
                for entity in service.entities[:2]
            ),
            critical=True,
        )
    ]
    return Chapter(
        "Shared parts",
        "What every table, service and endpoint stands on, and the health check.",
        "setup",
        [
            Piece(
                "api/models/base.py",
                "Define what every table shares",
                "An abstract model with the moments of creation and change.",
                "setup",
                minutes=5,
                after=after,
                critical=True,
            ),
            Piece(
                "api/services/base.py",
                "Define what every service shares",
                "Create, change and delete in one transaction: rules first, then the write, then what follows from it; "
                "what the database refuses becomes a conflict.",
                "setup",
                "high",
                15,
                3,
                also=("api/services/__init__.py",),
                steps=("Create and update", "Delete", "Translate the database's refusals"),
                critical=True,
            ),
            *(access if service.account is not None and service.roles else []),
            Piece(
                "api/pagination.py",
                "Cut lists into pages",
                "limit and offset, with a largest page.",
                "setup",
                minutes=3,
                after=after,
            ),
            Piece(
                "api/views/base.py",
                "Define what the endpoints of every entity share",
                "A view set that reads from a queryset and writes through a service.",
                "setup",
                "medium",
                10,
                2,
                also=("api/views/__init__.py",),
            ),
            Piece(
                "api/health.py",
                "Report the health of the service",
                "GET /health answers 200 while the database answers, else 503.",
                "setup",
                after=after,
                proofs=(("/health answers", WHOLE),),
            ),
        ],
    )


def _outside(service: ServiceView) -> list[Chapter]:
    """The outside services, each behind an adapter; nothing when there are none."""
    adapters = service.design.adapters
    if not adapters:
        return []
    base = Piece(
        "api/adapters/base.py",
        "Define what every adapter shares",
        "Messages, the HTTP adapter, the fake of the tests; sent once the transaction is committed.",
        "setup",
        "medium",
        12,
        2,
        also=("api/adapters/__init__.py",),
        after=("config/settings.py", "api/apps.py"),
        proofs=(("An adapter that fails stops nothing", "tests/test_adapters.py"),),
    )
    pieces = [
        Piece(
            f"api/adapters/{adapter.name}.py",
            f"Call {adapter.provider or adapter.name.replace('_', ' ')}",
            f"The adapter of kind {adapter.kind}; its address and key come from the settings.",
            minutes=8,
            after=("api/adapters/base.py",),
        )
        for adapter in adapters
    ]
    return [Chapter("Outside services", "Adapters of what the service calls.", "setup", [base, *pieces])]


def _log_in(service: ServiceView) -> list[Chapter]:
    """Logging in with a password for a token; nothing for a service that is open to everybody."""
    if service.account is None:
        return []
    proof = ("A token lets in, and ends", "tests/test_auth.py")
    pieces = [
        Piece(
            "api/authentication.py",
            "Take tokens that end",
            "A token of an account is taken for some time after it was made.",
            after=("config/settings.py", "api/apps.py"),
            proofs=(proof,),
        ),
        Piece(
            "api/serializers/auth.py",
            "Define what logging in takes and gives",
            "Name and password in, token out.",
            minutes=5,
            after=("api/apps.py",),
        ),
        Piece(
            "api/views/auth.py",
            "Log in and out",
            "A token for a name and a password, the account that is logged in, and new accounts.",
            complexity="high",
            minutes=15,
            points=3,
            steps=("Log in", "Log out", "Show the account", "Register"),
            proofs=(proof,),
        ),
        Piece("api/auth_urls.py", "Give logging in its addresses", "Under /api/auth/.", minutes=3),
    ]
    return [Chapter("Logging in", "Accounts, passwords and tokens.", "core", pieces)]


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
            also=_package("api/serializers", first),
            steps=("Declare the fields",),
            proofs=(("Malformed values are refused", entity_test_path("model", entity)),),
        ),
        Piece(
            entity_path("filter", entity),
            f"Narrow lists of {many}",
            f"Parameters that choose {many} by their values and relations.",
            minutes=5,
            also=_package("api/filters", first),
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


def _package(folder: str, first: bool) -> tuple[str, ...]:
    return (f"{folder}/__init__.py",) if first else ()


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
            also=_package("api/migrations", number == 1),
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


def _test_chapters(service: ServiceView) -> list[Chapter]:
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
        also=_package("tests/factories", first),
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
        Piece(
            entity_test_path(layer, entity),
            f"Test the {subjects[layer][0]} of {entity.words_plural}",
            f"Boundaries, unknown records, conflicts and changes in the {subjects[layer][0]} of {entity.words_plural}.",
            "testing",
            "medium",
            12,
            2,
            after=("tests/conftest.py", entity_path(subjects[layer][1], entity), entity_path("factory", entity)),
        )
        for layer in layers
    ]


def _documents() -> Chapter:
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
            Piece(
                "docs/api.md",
                "Document the endpoints",
                "Every endpoint with its parameters and an example body.",
                "documentation",
                after=after,
            ),
            Piece(
                "docs/architecture.md",
                "Document the architecture",
                "The layers, the entities and the tests.",
                "documentation",
                after=after,
            ),
            Piece(
                "docs/data_model.md",
                "Document the data model",
                "Every table with its columns and rules.",
                "documentation",
                after=after,
            ),
        ],
    )
