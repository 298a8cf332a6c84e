"""What plans hold beyond records: access, rules, and services outside."""

from __future__ import annotations

from integrations.llm.offline.project.fastapi.ground import Ground
from integrations.llm.offline.project.fastapi.paths import entity_path, entity_test_path
from integrations.llm.offline.project.pieces import Chapter, Piece
from integrations.llm.offline.project.service import ServiceView

TESTS_AFTER = ("tests/conftest.py",)


def outside_chapters(service: ServiceView) -> list[Chapter]:
    """The adapters, before the entities that use them."""
    adapters = service.design.adapters
    if not adapters:
        return []
    pieces = [
        Piece(
            "app/adapters/http.py",
            "Call services over HTTP",
            "Post a body with a key and a time limit; refusals and broken connections become one error.",
            also=("app/adapters/__init__.py",),
            proofs=(("A failure outside is an error of ours", "tests/test_adapters.py"),),
        ),
        *(
            Piece(
                f"app/adapters/{adapter.name}.py",
                f"Adapt {adapter.name}{f' ({adapter.provider})' if adapter.provider else ''}",
                f"A protocol for {adapter.kind}, the real thing over HTTP, and a fake for tests and for a start.",
                points=2,
                steps=("Declare the protocol", "Write the real adapter", "Write the fake"),
                proofs=((f"{adapter.name.capitalize()} is sent to its address", "tests/test_adapters.py"),),
            )
            for adapter in adapters
        ),
        Piece(
            "app/adapters/bundle.py",
            "Choose the adapters by the settings",
            "One adapter for each service outside: real where an address is set, else the fake.",
            after=("app/config.py",),
            proofs=(("The settings decide which services are real", "tests/test_adapters.py"),),
        ),
    ]
    return [Chapter("Services outside", "What the service calls outside itself.", "core", pieces)]


def access_chapters(service: ServiceView) -> list[Chapter]:
    """Logging in, after the account's own files."""
    if service.account is None:
        return []
    pieces = [*_tokens(), *_ways_in()]
    return [Chapter("Logging in", "Passwords, tokens and the endpoints for them.", "core", pieces)]


def _tokens() -> list[Piece]:
    return [
        Piece(
            "app/schemas/auth.py",
            "Define the bodies of logging in",
            "Credentials, registration and token.",
            after=("app/schemas/common.py",),
        ),
        Piece(
            "app/services/auth.py",
            "Log people in and out",
            "Check passwords, give tokens that expire, find whose a token is, take it back.",
            complexity="high",
            minutes=15,
            points=3,
            steps=("Check the password", "Give a token", "Find whose it is"),
            proofs=(("The right password gives a token", "tests/test_auth.py"),),
        ),
    ]


def _ways_in() -> list[Piece]:
    return [
        Piece(
            "app/throttle.py",
            "Let nobody guess passwords quickly",
            "So many attempts to log in a minute for each address; more are answered with 429.",
            proofs=(("Too many attempts to log in are refused", "tests/test_throttle.py"),),
        ),
        Piece(
            "app/authentication.py",
            "Find out who sends a request",
            "The account behind the bearer token; without one the answer is 401.",
            complexity="medium",
            points=2,
            proofs=(("A request without a token is refused", "tests/test_auth.py"),),
        ),
        Piece(
            "app/routes/auth.py",
            "Offer logging in over HTTP",
            "Endpoints to register, log in, log out, and see one's own account.",
            points=2,
            proofs=(("A token is worthless after logging out", "tests/test_auth.py"),),
        ),
        Piece(
            "scripts/create_account.py",
            "Write a script for the first account",
            "Make an account that may do everything; its password comes from the environment or is asked for.",
            proofs=(("An account that may do everything is made", "tests/test_auth.py"),),
        ),
    ]


def behaviour_pieces(ground: Ground) -> list[Piece]:
    """What an entity's service needs besides its repository."""
    entity = ground.e
    pieces = shared_pieces(ground)
    if ground.a is not None:
        pieces.append(
            Piece(
                entity_path("policy", entity),
                f"Say who may do what with {entity.words_plural}",
                f"What each role may do with {entity.words_plural}, and which of them are somebody's own.",
                complexity="medium",
                points=2,
                proofs=((f"Roles reach the {entity.words_plural} they may", entity_test_path("access", entity)),),
            )
        )
    if ground.rules:
        pieces.append(
            Piece(
                entity_path("rules", entity),
                f"Write the business rules of {entity.words_plural}",
                " ".join(rule.statement for rule in ground.rules)[:1000],
                complexity="high",
                minutes=15,
                points=3,
                also=("app/rules/__init__.py",) if _is_first(ground, "rules") else (),
                proofs=(("The business rules hold", entity_test_path("rules", entity)),),
            )
        )
    if ground.uses:
        pieces.append(
            Piece(
                entity_path("events", entity),
                f"Tell the world outside about {entity.words_plural}",
                "Payments before the commit, notices after it.",
                complexity="medium",
                points=2,
                also=("app/events/__init__.py",) if _is_first(ground, "uses") else (),
                proofs=(("What happened is told", entity_test_path("events", entity)),),
            )
        )
    return pieces


def _is_first(ground: Ground, what: str) -> bool:
    """Whether no entity before this one has rules, or uses of services outside."""
    grounds = [Ground(ground.service, entity) for entity in ground.service.entities]
    return next(one for one in grounds if getattr(one, what)).e is ground.e


def behaviour_tests(ground: Ground) -> list[Piece]:
    """The tests of access, rules and events of an entity."""
    subjects = {
        "access": ("access to", ground.a is not None, "routes"),
        "rules": ("business rules of", bool(ground.rules), "service"),
        "events": ("what is told about", bool(ground.uses), "service"),
    }
    return [
        Piece(
            entity_test_path(layer, ground.e),
            f"Test {words} {ground.e.words_plural}",
            f"Proofs about {words} {ground.e.words_plural}, what is refused included.",
            "testing",
            "medium",
            12,
            2,
            after=(*TESTS_AFTER, entity_path(after, ground.e), entity_path("factory", ground.e)),
        )
        for layer, (words, wanted, after) in subjects.items()
        if wanted
    ]


def outside_test_chapters(service: ServiceView) -> list[Chapter]:
    """Tests of what the entities share: logging in and adapters."""
    pieces = []
    if service.account is not None:
        pieces += [
            Piece("tests/test_security.py", "Test passwords and tokens", "Digests and what they hide.", "testing"),
            Piece("tests/test_throttle.py", "Test the throttle of logging in", "Attempts and minutes.", "testing"),
            Piece(
                "tests/factories/access_token.py",
                "Log accounts in for tests",
                "The headers of requests of a saved account.",
                "testing",
            ),
            Piece(
                "tests/test_auth.py",
                "Test logging in",
                "Passwords, tokens, registration and the first account.",
                "testing",
                "medium",
                12,
                2,
                after=TESTS_AFTER,
            ),
        ]
    if service.design.adapters:
        pieces.append(
            Piece("tests/test_adapters.py", "Test the adapters", "What is sent, and what failures become.", "testing")
        )
    return (
        [Chapter("Tests of access and services outside", "Proofs of what every part shares.", "polish", pieces)]
        if pieces
        else []
    )


def shared_pieces(ground: Ground) -> list[Piece]:
    """Files of access that the account's chapter needs before everything else."""
    if not ground.is_account:
        return []
    account = ground.e
    pieces = [
        Piece(
            "app/security.py",
            "Hash passwords and make tokens",
            "Salted scrypt digests of passwords, tokens nobody can guess, and their digests.",
            complexity="medium",
            points=2,
            steps=("Hash and verify passwords", "Make tokens"),
            proofs=(("The right password is recognised", "tests/test_security.py"),),
        ),
        Piece(
            "app/policies/base.py",
            "Define what policies share",
            "Operations, with which records they may be done, and the check that refuses.",
            complexity="medium",
            points=2,
            also=("app/policies/__init__.py",),
            after=(entity_path("model", account),),
            proofs=(("Nobody is let in without a token", entity_test_path("access", account)),),
        ),
        Piece(
            "app/models/access_token.py",
            "Define the table of tokens",
            "Digest, account and end of every token.",
            after=(entity_path("model", account),),
            table="AccessToken",
        ),
    ]
    if ground.service.design.permissions and any(one.own_only for one in ground.service.design.permissions):
        pieces.append(
            Piece(
                "app/repositories/scope.py",
                "Name what narrows queries",
                "The conditions of the records that an account may reach.",
                minutes=3,
            )
        )
    return pieces
