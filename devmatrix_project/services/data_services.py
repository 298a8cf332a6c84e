"""PostgreSQL and Redis together: ours, or those given by `DATABASE_URL` and `REDIS_URL`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from devmatrix_project.services.accounts import service_account
from devmatrix_project.services.layout import Layout
from devmatrix_project.services.postgresql import PostgreSQL
from devmatrix_project.services.redis_server import RedisServer
from devmatrix_project.services.service import Service


@dataclass(frozen=True, slots=True)
class DataServices:
    """What keeps the truth. A service that is given from outside is neither started nor stopped by us."""

    postgresql: PostgreSQL | None
    redis: RedisServer | None

    @classmethod
    def of(cls, layout: Layout, *, throw_away: bool = False) -> DataServices:
        """Those of a layout, without the ones the environment gives."""
        account = service_account()
        database = None if os.environ.get("DATABASE_URL") else PostgreSQL
        broker = None if os.environ.get("REDIS_URL") else RedisServer
        return cls(
            postgresql=database(layout, account=account, throw_away=throw_away) if database else None,
            redis=broker(layout, account=account, throw_away=throw_away) if broker else None,
        )

    def __iter__(self) -> Iterator[Service]:
        return iter([service for service in (self.postgresql, self.redis) if service is not None])

    def environment(self) -> dict[str, str]:
        """`DATABASE_URL` and `REDIS_URL` for whoever uses them."""
        return {
            "DATABASE_URL": self.postgresql.url if self.postgresql else os.environ["DATABASE_URL"],
            "REDIS_URL": self.redis.url if self.redis else os.environ["REDIS_URL"],
        }
