"""Git as DevMatrix uses it: no hooks, no configuration of the machine or the person, one fixed author."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from execution.output.errors import GitFailed, NoSuchRevision, TagTaken, WorkspaceBusy, WorkspaceNotWritable
from execution.output.stale_locks import remove_stale_locks

AUTHOR_NAME: Final = "DevMatrix"
AUTHOR_EMAIL: Final = "devmatrix@localhost"
_TIMEOUT_SECONDS: Final = 120
_NOWHERE: Final = os.devnull
_SETTINGS: Final = (
    f"core.hooksPath={_NOWHERE}",
    f"core.attributesFile={_NOWHERE}",
    f"core.excludesFile={_NOWHERE}",
    "core.autocrlf=false",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "gc.auto=0",  # a collection in the background would hold the folder after the command has ended
    "maintenance.auto=false",
)
# The highest place for attributes: a project's own .gitattributes cannot change newlines or call a filter.
_ATTRIBUTES: Final = "* -text -ident !filter !working-tree-encoding\n"
_EXCLUDES: Final = "/.devmatrix/\n"


@dataclass(frozen=True)
class CommitEntry:
    """One commit. ``body`` is the message without its first line."""

    sha: str
    when: datetime
    subject: str
    body: str
    tags: tuple[str, ...] = ()


class Repository:
    """The repository in ``root``. Callers hold the workspace lock while they change anything."""

    def __init__(self, root: Path, *, stale_after: float = 10.0) -> None:
        self._root = root
        self._folder = root / ".git"
        self._stale_after = stale_after

    def ensure(self) -> None:
        """Makes the repository, or completes one whose making was cut short. Harmless when all is there."""
        if self._folder.is_symlink() or (self._folder.exists() and not self._folder.is_dir()):
            raise WorkspaceNotWritable(
                f"{self._folder} is not a folder.", hint="Move it away: a workspace is a repository of its own."
            )
        if not all((self._folder / name).exists() for name in ("HEAD", "config", "objects", "refs")):
            self._run("init", "--quiet", "--initial-branch=main", "--template=")
        information = self._folder / "info"
        information.mkdir(exist_ok=True)
        for name, content in (("attributes", _ATTRIBUTES), ("exclude", _EXCLUDES)):
            place = information / name
            if not place.is_file() or place.read_text("utf-8") != content:
                place.write_text(content, "utf-8")

    def commit(self, message: str, paths: Sequence[str]) -> str | None:
        """Records ``paths`` and everything tracked as it is on the disk; None when that equals the last commit."""
        self._wait_for_locks()
        tracked = self._run("ls-files", "-z").split("\0")
        listed = "".join(f"{path}\0" for path in sorted({*paths, *tracked} - {""}))
        self._run("update-index", "--add", "--remove", "--replace", "-z", "--stdin", given=listed)
        if not self._run("diff", "--cached", "--name-only", "--no-ext-diff", "-z"):
            return None
        self._run("commit", "--quiet", "--no-verify", "--cleanup=verbatim", "--file=-", given=message)
        return self.head()

    def head(self) -> str | None:
        return self._resolve("HEAD")

    def tag(self, name: str) -> None:
        """Marks HEAD; raises ``TagTaken`` when the name marks another commit, ``NoSuchRevision`` before the first."""
        here = self.head()
        if here is None:
            raise NoSuchRevision("There is no commit to tag yet.", hint="Commit the workspace first.")
        there = self._resolve(f"refs/tags/{name}")
        if there == here:
            return
        if there is not None:
            raise TagTaken(f"The tag {name} already marks commit {there[:12]}.", hint="Use another name.", tag=name)
        self._wait_for_locks()
        self._run("check-ref-format", f"refs/tags/{name}")
        self._run("tag", "--no-sign", "--", name, here)

    def log(self, *, limit: int) -> list[CommitEntry]:
        if self.head() is None:
            return []
        shape = "%H%x1f%cI%x1f%s%x1f%b%x1f%D"
        text = self._run("log", f"--max-count={limit}", "-z", "--decorate=full", f"--format={shape}")
        return [_entry(record) for record in text.split("\0") if record]

    def files_at(self, revision: str) -> dict[str, bytes]:
        """Path to content; one process for all files."""
        listed = self._run("ls-tree", "-r", "-z", "--full-tree", self._known(revision)).split("\0")
        entries = [entry.partition("\t") for entry in listed if entry]
        wanted = "".join(f"{entry.split()[2]}\n" for entry, _, _ in entries)
        packed = self._run_bytes("cat-file", "--batch", given=wanted)
        files: dict[str, bytes] = {}
        for _, _, path in entries:
            header, _, packed = packed.partition(b"\n")
            size = int(header.split()[2])
            files[path], packed = packed[:size], packed[size + 1 :]
        return files

    def diff(self, old: str, new: str) -> str:
        return self._run("diff", "--no-ext-diff", "--no-color", "--no-renames", self._known(old), self._known(new))

    def _known(self, revision: str) -> str:
        found = self._resolve(revision)
        if found is None:
            raise NoSuchRevision(f"There is no commit or tag {revision!r}.", hint="See the log for those there are.")
        return found

    def _resolve(self, revision: str) -> str | None:
        done = self._call(("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"), b"")
        return done.stdout.decode().strip() or None

    def _wait_for_locks(self) -> None:
        """Lets a running git end, and clears the locks of one that was killed."""
        deadline = time.monotonic() + self._stale_after + 2
        while remaining := remove_stale_locks(self._root, older_than=self._stale_after):
            if time.monotonic() > deadline:
                raise WorkspaceBusy(
                    f"Git holds {remaining[0].relative_to(self._root)}.", hint="Let the running git command end."
                )
            time.sleep(0.1)

    def _run(self, *arguments: str, given: str = "") -> str:
        return self._run_bytes(*arguments, given=given).decode("utf-8", "replace")

    def _run_bytes(self, *arguments: str, given: str = "") -> bytes:
        done = self._call(arguments, given.encode())
        if done.returncode == 0:
            return done.stdout
        said = done.stderr.decode("utf-8", "replace").strip()
        if "No space left on device" in said or "Disk quota exceeded" in said:
            raise WorkspaceNotWritable(
                "Git could not write its objects.", hint="The disk is full: free some space, then resume the plan."
            )
        raise GitFailed(
            f"git {arguments[0]} ended with status {done.returncode}: {said[-500:]}", hint="", workspace=str(self._root)
        )

    def _call(self, arguments: Sequence[str], given: bytes) -> subprocess.CompletedProcess[bytes]:
        options = [part for setting in (*_SETTINGS, f"safe.directory={self._root}") for part in ("-c", setting)]
        command = ["git", *options, f"--git-dir={self._folder}", f"--work-tree={self._root}", *arguments]
        try:
            return subprocess.run(
                command, cwd=self._root, env=_environment(), input=given, capture_output=True,
                timeout=_TIMEOUT_SECONDS, check=False,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise GitFailed("The git command was not found.", hint="Install git.") from error
        except subprocess.TimeoutExpired as error:
            raise WorkspaceBusy(
                f"git {arguments[0]} took longer than {_TIMEOUT_SECONDS} seconds.",
                hint="Look at the load and the disk.",
            ) from error


def _environment() -> Mapping[str, str]:
    """Only what git needs; nothing of the caller's git settings, home or keys passes."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "GIT_CONFIG_GLOBAL": _NOWHERE,
        "GIT_CONFIG_SYSTEM": _NOWHERE,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_AUTHOR_NAME": AUTHOR_NAME,
        "GIT_AUTHOR_EMAIL": AUTHOR_EMAIL,
        "GIT_COMMITTER_NAME": AUTHOR_NAME,
        "GIT_COMMITTER_EMAIL": AUTHOR_EMAIL,
    }


def _entry(record: str) -> CommitEntry:
    sha, when, subject, body, decorations = record.lstrip("\n").split("\x1f")
    marks = [mark.strip() for mark in decorations.split(",")]
    tags = tuple(mark.removeprefix("tag: refs/tags/") for mark in marks if mark.startswith("tag: "))
    return CommitEntry(sha, datetime.fromisoformat(when), subject, body.strip(), tags)
