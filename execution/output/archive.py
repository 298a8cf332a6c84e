"""A workspace as one zip file: the same files give the same bytes, and nothing from outside the workspace gets in."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from common.errors import NotFound, TooLarge
from execution.output.escaping import slug

EXCLUDED_FOLDERS: Final = frozenset(
    {
        ".git",
        ".devmatrix",
        ".venv",
        "venv",
        "node_modules",
        "__pycache__",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
    }
)
DEFAULT_MAX_BYTES: Final = 200 * 1024 * 1024
DEFAULT_MAX_FILES: Final = 20_000
_CHUNK: Final = 256 * 1024
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can store; real times would differ from run to run


class NoWorkspace(NotFound):
    code = "no_workspace"
    title = "There is no workspace yet"


class ArchiveTooLarge(TooLarge):
    code = "archive_too_large"
    title = "The workspace is too large for an archive"


@dataclass(frozen=True)
class Archived:
    """What went into an archive. ``skipped`` names links and other things that are no regular files."""

    files: int
    size: int
    skipped: tuple[str, ...]


def write_archive(
    root: Path,
    target: IO[bytes],
    *,
    name: str = "project",
    max_bytes: int = DEFAULT_MAX_BYTES,
    max_files: int = DEFAULT_MAX_FILES,
) -> Archived:
    """Streams the files below ``root`` into ``target`` as a zip with one folder, ``slug(name)``.

    ``target`` needs no seek. Raises ``NoWorkspace`` and, before the limit is passed, ``ArchiveTooLarge``.
    """
    if not root.is_dir():
        raise NoWorkspace(f"The workspace {root} does not exist.", hint="Build the plan first.")
    folder = slug(name, default="project")
    count = size = 0
    skipped: list[str] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in _files_below(root, skipped):
            count += 1
            if count > max_files:
                raise _too_large(f"more than {max_files} files")
            size += _add(archive, root / path, f"{folder}/{path}", max_bytes - size)
    return Archived(count, size, tuple(sorted(skipped)))


def _files_below(root: Path, skipped: list[str]) -> Iterator[str]:
    """Relative paths of regular files in a fixed order; links are neither followed nor taken."""
    found: list[str] = []
    for folder, folders, names in os.walk(root, followlinks=False):
        here = Path(folder)
        skipped += [(here / name).relative_to(root).as_posix() for name in folders if (here / name).is_symlink()]
        folders[:] = [name for name in folders if name not in EXCLUDED_FOLDERS and not (here / name).is_symlink()]
        for name in names:
            relative = (here / name).relative_to(root).as_posix()
            regular = stat.S_ISREG((here / name).lstat().st_mode)
            (found if regular else skipped).append(relative)
    yield from sorted(found)


def _add(archive: zipfile.ZipFile, source: Path, name: str, room: int) -> int:
    entry = zipfile.ZipInfo(name, date_time=_EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, on every system, so that the mode below counts
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    written = 0
    # A link put in place of the file since the walk is refused by O_NOFOLLOW.
    descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as stream, archive.open(entry, "w", force_zip64=room > 2**31) as sink:
        while chunk := stream.read(_CHUNK):
            written += len(chunk)
            if written > room:
                raise _too_large(f"more than the allowed bytes, at {name}")
            sink.write(chunk)
    return written


def _too_large(reason: str) -> ArchiveTooLarge:
    return ArchiveTooLarge(f"The workspace has {reason}.", hint="Take large files out of the workspace folder.")
