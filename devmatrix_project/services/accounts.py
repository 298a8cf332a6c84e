"""The system account of the data services when we are root, which PostgreSQL refuses to run as."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from devmatrix_project.services.errors import ServiceFailed

ACCOUNT = "devmatrix-data"


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged account a service runs as."""

    name: str
    uid: int
    gid: int


def service_account() -> Account | None:
    """Nothing for ordinary users, who run services as themselves; for root the data account, made when missing."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        entry = _create_account()
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _create_account() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--no-create-home", "--user-group", "--shell", "/usr/sbin/nologin", ACCOUNT]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except OSError as error:
        raise ServiceFailed(f"The account {ACCOUNT} could not be made: {error}.", hint=_HINT) from error
    try:
        return pwd.getpwnam(ACCOUNT)  # also when another start was faster
    except KeyError:
        raise ServiceFailed(f"The account {ACCOUNT} could not be made: {done.stderr.strip()}", hint=_HINT) from None


_HINT = "PostgreSQL does not run as root: start as an ordinary user, or give DATABASE_URL and REDIS_URL."


def let_pass(account: Account, path: Path) -> list[Path]:
    """Let the account reach `path`: adds the right to pass (not to list) to folders in the way; gives those changed."""
    changed = []
    for folder in [*reversed(path.resolve().parents), path.resolve()]:
        status = folder.stat()
        wanted = stat.S_IXUSR >> _shift(account, status)
        if not status.st_mode & wanted:
            folder.chmod(stat.S_IMODE(status.st_mode) | wanted)
            changed.append(folder)
    return changed


def let_read(account: Account, folder: Path) -> None:
    """Let the account read and run the programs below a folder, which a strict umask may have kept from it."""
    for path in [folder, *folder.rglob("*")]:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            continue
        owners = stat.S_IRUSR | (stat.S_IXUSR & status.st_mode)
        wanted = owners >> _shift(account, status)
        if status.st_mode & wanted != wanted:
            path.chmod(stat.S_IMODE(status.st_mode) | wanted)


def _shift(account: Account, status: os.stat_result) -> int:
    """How far the bits that count for the account are from the owner's: exactly one class counts, the first to fit."""
    if status.st_uid == account.uid:
        return 0
    return 3 if status.st_gid == account.gid else 6
