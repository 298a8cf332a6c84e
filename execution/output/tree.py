"""Files of a workspace on the disk. No step follows a symbolic link, so nothing lands outside the root."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from execution.output.paths import UnsafePath

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass
class Staged:
    """New contents, complete on the disk but not yet in place."""

    tree: Tree
    folder: Path
    names: dict[str, str] = field(default_factory=dict)

    def move_into_place(self) -> None:
        for path, name in self.names.items():
            with self.tree.opened_folder(path, create=True) as (parent, last):
                os.replace(self.folder / name, last, dst_dir_fd=parent)


@dataclass(frozen=True)
class Tree:
    """The files below ``root``."""

    root: Path

    @contextmanager
    def staged(self, contents: Mapping[str, bytes], digests: Mapping[str, str]) -> Iterator[Staged]:
        """Writes what differs from the disk into a staging folder beside it; a full disk is noticed here.

        Not synced file by file: a loss by power failure shows in the digests and the next write repairs it.
        """
        for abandoned in (self.root / ".devmatrix").glob("staging-*"):  # its writer was killed: the lock is ours
            shutil.rmtree(abandoned, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix="staging-", dir=self.root / ".devmatrix"))
        try:
            staged = Staged(self, folder)
            for number, (path, content) in enumerate(sorted(contents.items())):
                if self.digest_on_disk(path) != digests[path]:
                    name = str(number)
                    (folder / name).write_bytes(content)
                    staged.names[path] = name
            yield staged
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def opened_folder(self, path: str, *, create: bool = False) -> Iterator[tuple[int, str]]:
        """The descriptor of the folder that holds ``path`` and the last name; raises ``UnsafePath`` on a link."""
        *folders, last = path.split("/")
        descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for folder in folders:
                if create:
                    self._make_folder(descriptor, folder)
                below = self._open_folder(descriptor, folder, path)
                os.close(descriptor)
                descriptor = below
            yield descriptor, last
        finally:
            os.close(descriptor)

    @staticmethod
    def _make_folder(parent: int, name: str) -> None:
        try:
            os.mkdir(name, 0o755, dir_fd=parent)
        except FileExistsError:
            return

    @staticmethod
    def _open_folder(parent: int, name: str, path: str) -> int:
        try:
            return os.open(name, _FOLDER, dir_fd=parent)
        except OSError as error:
            is_link = error.errno in (errno.ELOOP, errno.ENOTDIR) and _is_link(parent, name)
            if not is_link:
                raise
            raise UnsafePath(
                f"The path {path!r} goes through {name!r}, which is a link.",
                hint="Remove the link from the workspace: files of the project are never written through links.",
                path=path,
            ) from error

    def remove(self, path: str) -> None:
        """Takes a file away, and folders that it leaves empty. One that is gone already is fine."""
        folders = path.split("/")[:-1]
        try:
            with self.opened_folder(path) as (parent, last):
                os.unlink(last, dir_fd=parent)
        except (FileNotFoundError, NotADirectoryError):
            return
        while folders:
            try:
                (self.root / "/".join(folders)).rmdir()
            except OSError:
                return  # not empty: somebody's files are in it
            folders.pop()

    def digest_on_disk(self, path: str) -> str | None:
        """SHA-256 of a regular file; None when there is none, or something else stands there."""
        try:
            with self.opened_folder(path) as (parent, last):
                descriptor = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
                with os.fdopen(descriptor, "rb") as stream:
                    return hashlib.file_digest(stream, "sha256").hexdigest()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                return None
            raise


def _is_link(parent: int, name: str) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
