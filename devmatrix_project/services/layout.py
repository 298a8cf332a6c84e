"""Where the services of one checkout keep their things: `.devmatrix/` with data, logs, records and secrets."""

from __future__ import annotations

import errno
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devmatrix_project.services.errors import CannotWrite

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below one state directory. Everything secret is readable by its owner only."""

    root: Path

    @classmethod
    def of_project(cls) -> Layout:
        """The layout of this checkout; `DEVMATRIX_STATE_DIR` moves it."""
        return cls(Path(os.environ.get("DEVMATRIX_STATE_DIR") or PROJECT / ".devmatrix").resolve())

    @property
    def lock(self) -> Path:
        return self.root / "services.lock"

    @property
    def environment_file(self) -> Path:
        """What `manage.py` reads when started by hand while the services are up."""
        return self.root / "env"

    @property
    def admin_login(self) -> Path:
        return self.root / "admin.json"

    def data(self, name: str) -> Path:
        return self.root / "data" / name

    def log(self, name: str) -> Path:
        return self.root / "logs" / f"{name}.log"

    def record(self, name: str) -> Path:
        return self.root / "run" / f"{name}.json"

    def create(self) -> None:
        """Make the folders; raises `CannotWrite` in plain words when that is not possible."""
        with plain_write_errors(self.root):
            # Others may pass through (the database server may run as another user) but not list.
            self.root.mkdir(mode=0o711, parents=True, exist_ok=True)
            for folder, mode in (("data", 0o711), ("logs", 0o700), ("run", 0o700)):
                (self.root / folder).mkdir(mode=mode, exist_ok=True)

    def secret(self, name: str) -> str:
        """A random secret made at its first use and kept in a file of mode 0600."""
        path = self.root / "run" / f"{name}.secret"
        if not path.exists():
            self.create()
            write_private(path, secrets.token_urlsafe(32))
        return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, readable by the owner only; raises `CannotWrite`."""
    with plain_write_errors(path):
        draft = path.with_name(f"{path.name}.{os.getpid()}.new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(text)
        draft.replace(path)


def read_json(path: Path) -> dict[str, object] | None:
    """The object in a file; nothing when the file is missing or was cut short by a crash."""
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return content if isinstance(content, dict) else None


@contextmanager
def plain_write_errors(path: Path) -> Iterator[None]:
    """Translate the ways in which writing fails into one error with a hint."""
    try:
        yield
    except OSError as error:
        place = error.filename or path
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise CannotWrite(f"No space is left for {place}.", hint="Free some space and start again.") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise CannotWrite(
                f"{place} cannot be written ({error.strerror}).",
                hint="Give yourself the permission, or choose another place with DEVMATRIX_STATE_DIR.",
            ) from error
        raise
