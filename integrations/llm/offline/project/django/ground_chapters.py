"""The first milestones: settings, shared parts, outside services, and logging in."""

from __future__ import annotations

from integrations.llm.offline.project.django.paths import WHOLE, entity_test_path
from integrations.llm.offline.project.pieces import Chapter, Piece
from integrations.llm.offline.project.service import ServiceView


def foundation() -> Chapter:
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


def shared(service: ServiceView) -> Chapter:
    after = ("api/apps.py",)
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
            _service_base(),
            *([_access(service)] if service.account is not None and service.roles else []),
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


def _service_base() -> Piece:
    return Piece(
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
    )


def _access(service: ServiceView) -> Piece:
    after = ("api/apps.py",)
    return Piece(
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


def outside(service: ServiceView) -> list[Chapter]:
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


def log_in(service: ServiceView) -> list[Chapter]:
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
