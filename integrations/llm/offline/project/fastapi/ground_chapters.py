"""What every service stands on: package, settings, errors, database, health."""

from __future__ import annotations

from integrations.llm.offline.project.pieces import Chapter, Piece


def foundation() -> Chapter:
    after = ("app/__init__.py",)
    return Chapter(
        "Foundation",
        "The package, its settings and its errors.",
        "setup",
        [
            Piece(
                "app/__init__.py",
                "Create the application package",
                "Make app a package with a docstring.",
                "setup",
                minutes=2,
            ),
            Piece(
                "app/config.py",
                "Read the settings from the environment",
                (
                    "Title, database address and debug switch as a frozen dataclass, read once; "
                    "PostgreSQL addresses get a driver."
                ),
                "setup",
                after=after,
                steps=("Declare Settings", "Read the environment", "Name the driver"),
                proofs=(("The settings come from the environment", "tests/test_config.py"),),
            ),
            Piece(
                "app/errors.py",
                "Define the errors and the answers they become",
                "Not found, conflict and broken rule as exceptions, and the handler that answers 404, 409 and 422.",
                "setup",
                after=after,
                steps=("Declare the errors", "Add the handler"),
                proofs=(("Errors become answers with their status", "tests/test_health.py"),),
            ),
        ],
    )


def _database() -> Piece:
    return Piece(
        "app/database.py",
        "Connect to the database",
        "Engine and session factory, foreign keys on with SQLite, a session for each request, and a commit "
        "that "
        "turns violated constraints into conflicts.",
        "setup",
        "medium",
        15,
        2,
        steps=("Create the engine", "Give sessions", "Translate integrity errors"),
        critical=True,
        proofs=(("The database can be reached", "tests/test_health.py"),),
    )


def data_access() -> Chapter:
    return Chapter(
        "Data access",
        "The database, the base of tables and of request bodies, and the health check.",
        "setup",
        [
            Piece(
                "app/models/base.py",
                "Define the base of tables and the column types",
                "Declarative base, moments in UTC and the other column types, creation and change times.",
                "setup",
                "medium",
                12,
                2,
                ("app/models/__init__.py",),
                ("app/__init__.py",),
                ("Declare Base", "Write the column types", "Add the time stamps"),
                critical=True,
            ),
            _database(),
            Piece(
                "app/schemas/common.py",
                "Define what request bodies and lists share",
                "Strict bodies, partial updates that cannot empty required fields, and pages with limit and offset.",
                "setup",
                "medium",
                12,
                2,
                ("app/schemas/__init__.py",),
                ("app/__init__.py",),
                ("Declare the bodies", "Declare pages"),
            ),
            Piece(
                "app/health.py",
                "Report the health of the service",
                "GET /health answers 200 while the database answers, else 503.",
                "setup",
                proofs=(("/health answers", "tests/test_health.py"),),
            ),
        ],
    )
