"""The workspace of a plan: a folder and git repository that mirrors what is accepted. The database stays the truth."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from execution.output.errors import WorkspaceInconsistent, translate_os_errors
from execution.output.git import CommitEntry, Repository
from execution.output.locking import FolderLock
from execution.output.manifest import Manifest
from execution.output.paths import safe_paths
from execution.output.tree import Tree

Content = bytes | str


def as_bytes(content: Content) -> bytes:
    """Text as UTF-8, newlines kept as they are."""
    return content.encode("utf-8") if isinstance(content, str) else content


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def tree_hash(files: Mapping[str, Content]) -> str:
    """One SHA-256 over paths and contents; equal sets have equal hashes, whatever their order."""
    return _hash_of_digests({path: digest(as_bytes(content)) for path, content in files.items()})


def _hash_of_digests(digests: Mapping[str, str]) -> str:
    whole = hashlib.sha256()
    for path in sorted(digests):
        whole.update(f"{len(path.encode())}:{path}:{digests[path]}\n".encode())
    return whole.hexdigest()


class Workspace:
    """One plan's folder. Every method may be called from any thread or process; writers wait for each other."""

    def __init__(
        self, root: str | os.PathLike[str], *, lock_timeout: float = 30.0, stale_lock_seconds: float = 10.0
    ) -> None:
        self.root = Path(root).absolute()
        self._tree = Tree(self.root)
        self._repository = Repository(self.root, stale_after=stale_lock_seconds)
        self._lock = FolderLock(self.root / ".devmatrix" / "lock", timeout=lock_timeout)

    def open_or_create(self) -> Workspace:
        """Makes the folder and the repository when they are not there, and mends a half-made one."""
        with translate_os_errors(self.root):
            (self.root / ".devmatrix").mkdir(parents=True, exist_ok=True)
            with self._lock.held():
                self._repository.ensure()
        return self

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the single-writer lock, so that a write and its commit are one step for everybody else."""
        with translate_os_errors(self.root), self._lock.held():
            yield

    def write(self, files: Mapping[str, Content], *, remove: Iterable[str] = (), partial: bool = False) -> str:
        """Makes the owned files equal to ``files`` and returns their tree hash.

        Owned files that are not in the set are removed (kept when ``partial``); ``remove`` takes away more of them.
        Files that DevMatrix never wrote are left alone. Nothing visible changes before every byte is on the disk.
        Raises ``UnsafePath``, ``WorkspaceNotWritable``, ``WorkspaceBusy``.
        """
        wanted = {path: as_bytes(content) for path, content in _normalised(files).items()}
        with self.locked():
            before = Manifest.load(self.root)
            leaving = set(safe_paths(remove)) & before.files.keys()
            if not partial:
                leaving |= before.files.keys()
            leaving -= wanted.keys()
            digests = {path: digest(content) for path, content in wanted.items()}
            kept = {path: value for path, value in before.files.items() if path not in leaving}
            after = kept | digests
            safe_paths(after)
            with self._tree.staged(wanted, digests) as staged:
                # Until the last file is moved the manifest owns old and new ones and no commit is possible.
                Manifest(files=before.files | after, complete=False).store(self.root)
                for path in sorted(leaving):
                    self._tree.remove(path)
                staged.move_into_place()
            result = _hash_of_digests(after)
            Manifest(files=after, complete=True, tree_hash=result).store(self.root)
        return result

    def is_current(self, wanted: str) -> bool:
        """True when the manifest and every owned file on the disk, read again, stand for the tree hash ``wanted``."""
        return Manifest.load(self.root).tree_hash == wanted and self.is_sound()

    def is_sound(self) -> bool:
        """True when the last write was finished and every owned file is on the disk as it was written."""
        with translate_os_errors(self.root):
            manifest = Manifest.load(self.root)
            return manifest.complete and all(
                self._tree.digest_on_disk(path) == value for path, value in manifest.files.items()
            )

    def owned_files(self) -> list[str]:
        """Paths that DevMatrix wrote, sorted."""
        return sorted(Manifest.load(self.root).files)

    def commit(self, message: str) -> str | None:
        """Commits the owned and tracked files; the full hash, or None when nothing changed since the last commit.

        Raises ``WorkspaceInconsistent`` when a write was cut short: write again first.
        """
        with self.locked():
            manifest = Manifest.load(self.root)
            if not manifest.complete:
                raise WorkspaceInconsistent(
                    "The last write of the workspace was cut short.",
                    hint="Write the whole set of files again, then commit.",
                    workspace=str(self.root),
                )
            return self._repository.commit(message, sorted(manifest.files))

    def tag(self, name: str) -> None:
        """Marks the last commit. Doing it again is harmless; a name that stands elsewhere raises ``TagTaken``."""
        with self.locked():
            self._repository.tag(name)

    def log(self, *, limit: int = 1000) -> list[CommitEntry]:
        """Commits, newest first."""
        return self._repository.log(limit=limit)

    def head(self) -> str | None:
        """The full hash of the last commit, or None before the first."""
        return self._repository.head()

    def files_at(self, revision: str) -> dict[str, bytes]:
        """Every file of a commit or tag; raises ``NoSuchRevision``."""
        return self._repository.files_at(revision)

    def diff(self, old: str, new: str) -> str:
        """What changed between two commits or tags, as a unified diff."""
        return self._repository.diff(old, new)


def _normalised(files: Mapping[str, Content]) -> dict[str, Content]:
    by_path: dict[str, Content] = {}
    for given, content in files.items():
        (path,) = safe_paths([given])
        by_path[path] = content
    safe_paths(by_path)
    return by_path
