"""Read the files of a folder for cutting. What cannot be read is named, never raised."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from execution.atoms.atom import Atom
from execution.atoms.cutting import is_text
from execution.atoms.languages import language_of

Problem = Literal["", "binary", "not_utf8", "unreadable", "link_loop", "too_large", "not_a_file", "does_not_parse"]

MOST_BYTES = 20_000_000
IGNORED_FOLDERS = frozenset({".git", ".hg", ".svn", ".venv", "venv", "__pycache__", "node_modules", ".mypy_cache"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """``data`` is empty when ``problem`` says that the file could not be read."""

    path: Path
    data: bytes = b""
    problem: Problem = ""

    @property
    def was_read(self) -> bool:
        return self.problem in ("", "binary", "not_utf8")

    @property
    def failed(self) -> bool:
        """A file that is there and could not be read; a loop of links hides nothing."""
        return self.problem in ("unreadable", "too_large")


def problem_of(file: SourceFile, atoms: Sequence[Atom]) -> Problem:
    """What is wrong with a file, known by now that it was cut: code that stayed whole could not be parsed."""
    is_code = language_of(str(file.path)).name != "text"
    stayed_whole = [atom.kind for atom in atoms] == ["file"] and bool(file.data.strip())
    return "does_not_parse" if not file.problem and is_code and stayed_whole else file.problem


def read_files(path: Path, *, most_bytes: int = MOST_BYTES) -> Iterator[SourceFile]:
    """A file, or all files below a folder, sorted. Folders of tools and version control are left out.

    A folder is entered once, however many links lead to it, and where it is rather than by a link; a link back to a
    folder above is named.
    """
    if is_folder(path):
        yield from _Walk(path, most_bytes).read(path, frozenset())
    elif _status(path) is None:
        yield SourceFile(path, problem=_why_unreached(path))
    else:
        yield _read(path, most_bytes)


def is_missing(path: Path) -> bool:
    """Whether nothing is there; what may not be looked at counts as there, and is named when it is read."""
    try:
        path.lstat()
    except PermissionError:
        return False
    except OSError:
        return True
    return False


def is_folder(path: Path) -> bool:
    """Also by a link; False where it may not be looked at."""
    status = _status(path)
    return status is not None and stat.S_ISDIR(status.st_mode)


class _Walk:
    """One reading of a folder, with the folders entered so far."""

    def __init__(self, root: Path, most_bytes: int) -> None:
        self._root = root.resolve()
        self._most_bytes = most_bytes
        self._entered: set[tuple[int, int]] = set()

    def read(self, folder: Path, above: frozenset[tuple[int, int]]) -> Iterator[SourceFile]:
        try:
            status = folder.stat()
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            yield SourceFile(folder, problem="unreadable")
            return
        identity = (status.st_dev, status.st_ino)
        if identity in above:
            yield SourceFile(folder, problem="link_loop")
        elif identity not in self._entered:
            self._entered.add(identity)
            for entry in entries:
                yield from self._entry(folder / entry.name, entry, above | {identity})

    def _entry(self, path: Path, entry: os.DirEntry[str], above: frozenset[tuple[int, int]]) -> Iterator[SourceFile]:
        if entry.is_symlink() and _status(path) is None:
            yield SourceFile(path, problem=_why_unreached(path))
        elif not _is_folder(entry):
            yield _read(path, self._most_bytes)
        elif entry.name not in IGNORED_FOLDERS and not (entry.is_symlink() and self._is_read_elsewhere(path, above)):
            yield from self.read(path, above)

    def _is_read_elsewhere(self, link: Path, above: frozenset[tuple[int, int]]) -> bool:
        """A link to a folder of the same tree: its files are given where they are. Those above are loops."""
        status = link.stat()
        if (status.st_dev, status.st_ino) in above:
            return False
        target = link.resolve()
        return target.is_relative_to(self._root) and not IGNORED_FOLDERS.intersection(
            target.relative_to(self._root).parts
        )


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _why_unreached(path: Path) -> Problem:
    try:
        path.resolve(strict=True)
    except RuntimeError:
        return "link_loop"
    except OSError as error:
        return "link_loop" if "loop" in str(error).lower() or "symbolic links" in str(error).lower() else "unreadable"
    return "unreadable"


def _read(path: Path, most_bytes: int) -> SourceFile:
    try:
        if not path.is_file():
            return SourceFile(path, problem="not_a_file" if path.exists() else "unreadable")
        if path.stat().st_size > most_bytes:
            return SourceFile(path, problem="too_large")
        data = path.read_bytes()
    except OSError:
        return SourceFile(path, problem="unreadable")
    if b"\0" in data:
        return SourceFile(path, data, "binary")
    return SourceFile(path, data, "" if is_text(data) else "not_utf8")
