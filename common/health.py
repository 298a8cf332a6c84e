"""Named checks and facts about the running system. Upper apps register theirs in ``AppConfig.ready``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.core.cache import cache
from django.db import DatabaseError, connection
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Health:
    """The outcome of one check; ``detail`` says how to mend it, or what was found."""

    ok: bool
    detail: str = ""


_checks: dict[str, Callable[[], Health]] = {}
_facts: dict[str, Callable[[], str]] = {}


def register_check(name: str, check: Callable[[], Health]) -> None:
    """Make readiness depend on ``check``, which answers within a second or so and does not raise."""
    _checks[name] = check


def register_fact(name: str, fact: Callable[[], str]) -> None:
    """Show ``fact`` in the health answer (``isolation``, ``execution_mode``)."""
    _facts[name] = fact


def facts() -> dict[str, str]:
    """Every registered fact, by name."""
    return {name: fact() for name, fact in sorted(_facts.items())}


def run_checks() -> dict[str, Health]:
    """The outcome of every registered check, by name."""
    return {name: check() for name, check in sorted(_checks.items())}


def database() -> Health:
    """Whether PostgreSQL answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.warning("The database does not answer: %s", error)
        return Health(ok=False, detail="PostgreSQL does not answer; see DATABASE_URL.")
    return Health(ok=True)


def redis() -> Health:
    """Whether Redis (queue, results, watchers) answers."""
    try:
        cache.get("health")
    except (RedisError, OSError) as error:
        logger.warning("Redis does not answer: %s", error)
        return Health(ok=False, detail="Redis does not answer; see REDIS_URL.")
    return Health(ok=True)


register_check("database", database)
register_check("redis", redis)
