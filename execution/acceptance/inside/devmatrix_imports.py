"""Imports a project's modules one after the other, and writes a JSON line whenever one is begun, ended, wrong, or done.

Whatever ends the run, or is ended for what it does, is known by that: the module that was begun last and never ended.
What modules print goes into a file, whose size is limited: one that prints too much fails at the line where it does.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, TextIO

_ROOT = Path.cwd()
_MESSAGE = 2000
Place = tuple[str, int]


class ImportTookTooLong(BaseException):
    """Raised inside a module that passed its time; no ``except Exception`` of it holds this up."""


class Importing:
    """``refused`` are modules that ended an earlier run: whoever imports them is told so at once."""

    def __init__(self, stream: TextIO, seconds: float, refused: Mapping[str, Place]) -> None:
        self.stream = stream
        self.seconds = seconds
        self.stuck: dict[str, Place] = {}
        for module, place in refused.items():
            self._refuse(module, place)

    def everything(self, modules: Mapping[str, Sequence[str]]) -> None:
        self._watch()
        if "DJANGO_SETTINGS_MODULE" in os.environ:
            self._prepare_django()
        for module, names in modules.items():
            self._one(module, names)
        self._write({"kind": "finished"})

    def _prepare_django(self) -> None:
        """What is wrong with it, each import says; only what never ends is noted."""
        try:
            with self._time():
                importlib.import_module("django").setup()
        except BaseException as error:  # noqa: BLE001 - whatever a project raises
            self._note_if_stuck(error)

    def _one(self, module: str, names: Sequence[str]) -> None:
        self._write({"kind": "begun", "module": module, "path": ""})
        forget_output()
        try:
            with self._time():
                loaded = importlib.import_module(module)
                missing = [name for name in names if not hasattr(loaded, name)]
        except BaseException as error:  # noqa: BLE001 - whatever a project raises
            self._note_if_stuck(error)
            path, line = self._place(error)
            for name in names or [""]:
                self._problem(module, name, self._words(error), path, line)
        else:
            for name in missing:
                self._problem(module, name, "the module has no such name", "", 1)
        self._write({"kind": "tried", "module": module})

    def _watch(self) -> None:
        """Modules that others import are begun and ended too."""
        load = SourceFileLoader.exec_module

        def exec_module(loader: SourceFileLoader, module: ModuleType) -> None:
            path = local(loader.path)
            if not path:
                return load(loader, module)
            self._write({"kind": "begun", "module": module.__name__, "path": path})
            try:
                return load(loader, module)
            finally:
                self._write({"kind": "ended", "module": module.__name__})

        SourceFileLoader.exec_module = exec_module  # type: ignore[method-assign, assignment]

    @contextmanager
    def _time(self) -> Iterator[None]:
        signal.signal(signal.SIGALRM, self._stop)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        raise ImportTookTooLong(f"It was not imported within {self.seconds:g} seconds.")

    def _note_if_stuck(self, error: BaseException) -> None:
        """The module in which an import did not end ends the imports of all others that need it at once."""
        if not isinstance(error, ImportTookTooLong):
            return
        bodies = [frame for frame, _ in walked(error) if frame.f_code.co_name == "<module>"]
        if bodies:
            self._refuse(str(bodies[-1].f_globals.get("__name__")), self._place(error))

    def _refuse(self, module: str, place: Place) -> None:
        self.stuck[module] = place
        sys.modules[module] = None  # type: ignore[assignment]  # "import of X halted"

    def _place(self, error: BaseException) -> Place:
        """Where it is wrong: the innermost line of the project."""
        if isinstance(error, ModuleNotFoundError) and error.name in self.stuck:
            return self.stuck[error.name]
        if isinstance(error, SyntaxError) and error.filename and local(error.filename):
            return local(error.filename), error.lineno or 1
        return next(((local(frame.f_code.co_filename), line) for frame, line in reversed(walked(error))), ("", 1))

    def _words(self, error: BaseException) -> str:
        if isinstance(error, ModuleNotFoundError) and error.name in self.stuck:
            return f"It needs {error.name}, which cannot be imported to its end."
        if isinstance(error, OSError) and error.errno == errno.EFBIG:
            return f"It prints or writes more than {resource.getrlimit(resource.RLIMIT_FSIZE)[0] >> 20} MiB."
        return str(error) if isinstance(error, ImportTookTooLong) else f"{type(error).__name__}: {error}"

    def _problem(self, module: str, name: str, message: str, path: str, line: int) -> None:
        said = {"module": module, "name": name, "message": message[:_MESSAGE], "path": path, "line": line}
        self._write({"kind": "problem", **said})

    def _write(self, record: dict[str, Any]) -> None:
        self.stream.write(json.dumps(record) + "\n")
        self.stream.flush()


def walked(error: BaseException) -> list[tuple[FrameType, int]]:
    """The frames of the project that an error went through, outermost first."""
    return [item for item in traceback.walk_tb(error.__traceback__) if local(item[0].f_code.co_filename)]


def local(path: str) -> str:
    """The path below the project, or an empty text for a file of the environment."""
    whole = _ROOT / path
    return whole.relative_to(_ROOT).as_posix() if whole.is_relative_to(_ROOT) else ""


def forget_output() -> None:
    os.ftruncate(1, 0)
    os.lseek(1, 0, os.SEEK_SET)


if __name__ == "__main__":
    with tempfile.TemporaryFile() as printed:
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
    order = json.loads(sys.argv[1])
    refused = {module: (path, line) for module, (path, line) in order["refused"].items()}
    with Path(order["results"]).open("w", encoding="utf-8") as target:
        Importing(target, order["seconds"], refused).everything(order["modules"])
        os._exit(0)  # nothing of the project holds up the end: no thread, no handler
