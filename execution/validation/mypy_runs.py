"""Running mypy for one workspace: plainly until it is clean, then by its daemon; a cache is shared by environment."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from execution.validation.standards import GENERATED

_TOOLS = Path(sys.executable).parent
_TIMEOUT = 180
_IDLE = 600
"""Seconds after which a daemon that nobody asks ends by itself."""


class MypyCrashed(Exception):
    """mypy ended without a verdict; ``str()`` is what it said."""


@dataclass(frozen=True)
class Workspace:
    """``cache`` holds, by environment, a seed copied into every new workspace's own cache."""

    root: Path
    python: Path | None
    cache: Path
    settings: Path = GENERATED.types

    def check(self, files: Sequence[str]) -> str:
        """mypy's output for ``files`` relative to the root. Raises MypyCrashed."""
        with self._turn():
            if self._clean.exists():
                output = self._ask_daemon(files)
                if output is not None:
                    return output
            return self._run_plainly(files)

    def stop(self) -> None:
        with self._turn():
            self._stop_daemon()

    @property
    def knows_environment(self) -> bool:
        return self._seed.is_dir()

    def forget(self) -> None:
        """Drops what is kept of this workspace; what is known of its environment stays."""
        shutil.rmtree(self._home, ignore_errors=True)

    # -- where things are ----------------------------------------------------------------------------------------------

    @cached_property
    def _home(self) -> Path:
        name = hashlib.sha256(f"{self.root}\0{self._environment}".encode()).hexdigest()[:24]
        path = self.cache / "workspaces" / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    @cached_property
    def _environment(self) -> str:
        """A key of what the environment holds: another package in it, another key."""
        facts = [version("mypy"), str(self.python), self.settings.read_text(encoding="utf-8")]
        if self.python is not None:
            for directory in sorted((self.python.parent.parent / "lib").glob("python3*/site-packages")):
                facts += [str(directory), str(directory.stat().st_mtime_ns)]
        return hashlib.sha256("\0".join(facts).encode()).hexdigest()[:24]

    @property
    def _cache(self) -> Path:
        return self._home / "cache"

    @property
    def _clean(self) -> Path:
        """Stands while the cache on the disk is that of a run without errors.

        A daemon that starts from a cache does not tell the errors of files that have not changed since, so it may only
        start from a clean one; what changes afterwards it reads itself.
        """
        return self._home / "clean"

    @property
    def _seed(self) -> Path:
        return self.cache / "seeds" / self._environment

    @property
    def _status(self) -> str:
        return str(self._home / "daemon.json")

    def _options(self) -> list[str]:
        python = ["--python-executable", str(self.python)] if self.python else ["--no-site-packages"]
        return ["--config-file", str(self.settings), *python, "--cache-dir", str(self._cache), "--cache-fine-grained"]

    # -- running -------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        with (self._home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _run_plainly(self, files: Sequence[str]) -> str:
        if self._seed.is_dir() and not self._cache.is_dir():
            shutil.copytree(self._seed, self._cache)
        self._clean.unlink(missing_ok=True)
        self._stop_daemon()
        done = self._call([str(_TOOLS / "mypy"), *self._options(), "--", *files])
        if done.returncode not in (0, 1) and ": error: " not in done.stdout:
            shutil.rmtree(self._cache, ignore_errors=True)
            raise MypyCrashed(f"mypy failed: {(done.stderr or done.stdout).strip()[-300:]}")
        if done.returncode == 0:
            self._clean.touch()
        if not self._seed.is_dir():
            self._keep_as_seed()
        return done.stdout

    def _keep_as_seed(self) -> None:
        """What this run learned of the environment serves the next workspace; the first to finish wins."""
        self._seed.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=self._seed.parent, prefix=".making-"))
        shutil.copytree(self._cache, aside / "cache")
        with contextlib.suppress(OSError):
            (aside / "cache").rename(self._seed)
        shutil.rmtree(aside, ignore_errors=True)

    def _ask_daemon(self, files: Sequence[str]) -> str | None:
        """The daemon's output, or None when it does not work and mypy must be run plainly."""
        client = [str(_TOOLS / "dmypy"), "--status-file", self._status]
        try:
            if self._call([*client, "status"]).returncode != 0:
                options = [*self._options(), "--use-fine-grained-cache"]
                started = self._call([*client, "start", "--timeout", str(_IDLE), "--", *options])
                if started.returncode != 0:
                    return None
            done = self._call([*client, "check", "--", *files])
        except MypyCrashed:
            self._stop_daemon()
            return None
        if done.returncode in (0, 1) or ": error: " in done.stdout:
            return done.stdout
        self._stop_daemon()
        return None

    def _stop_daemon(self) -> None:
        if not Path(self._status).exists():
            return
        with contextlib.suppress(MypyCrashed):
            if self._call([str(_TOOLS / "dmypy"), "--status-file", self._status, "stop"]).returncode != 0:
                self._call([str(_TOOLS / "dmypy"), "--status-file", self._status, "kill"])
        Path(self._status).unlink(missing_ok=True)

    def _call(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Runs a tool in the root with a clean environment: no key of ours is for mypy to see."""
        environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(self._home)}
        if (self.root / "src").is_dir():
            environment["MYPYPATH"] = "src"
        try:
            return subprocess.run(
                command,
                cwd=self.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=_TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise MypyCrashed(f"mypy could not run: {error}") from error
