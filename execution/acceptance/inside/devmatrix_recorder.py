"""A pytest plugin that writes one JSON line per result, and the lines each test covered.

It measures coverage itself: contexts are switched around the whole of a test for all threads at once, so what a test
client's server thread executes counts for the test that asked. The file is written as tests finish, so that a run that
is cut off still tells what it did.
"""

from __future__ import annotations

import json
import os
import signal
import traceback
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

import coverage
import pytest

_MESSAGE = 4000
_FRAMES = 50
_ROOT = Path.cwd()


class TestTookTooLong(Exception):
    """Raised inside a test that passed its time."""

    __test__ = False


class Recorder:
    """Writes to the file named in ``DEVMATRIX_RESULTS``; ``DEVMATRIX_TEST_SECONDS`` bounds each test."""

    def __init__(self, stream: TextIO, measuring: coverage.Coverage, seconds: float) -> None:
        self.stream = stream
        self.measuring = measuring
        self.seconds = seconds
        self.stopped_in: list[tuple[str, int]] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._write({"kind": "started", "node_id": item.nodeid})
        self.measuring.switch_context(item.nodeid)
        try:
            with self._time():
                return (yield)
        finally:
            self.measuring.switch_context("")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Collecting a file imports it, and what it imports may hang as well as a test may."""
        if not isinstance(collector, pytest.File):
            return (yield)
        self._write({"kind": "started", "node_id": collector.nodeid})
        with self._time():
            return (yield)

    @contextmanager
    def _time(self) -> Iterator[None]:
        self.stopped_in = []
        signal.signal(signal.SIGALRM, self._stop)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _stop(self, _number: int, frame: FrameType | None) -> None:
        """pytest forgets where an import was stopped, so it is noted here."""
        self.stopped_in = [(local(entry.f_code.co_filename), line) for entry, line in traceback.walk_stack(frame)][::-1]
        raise TestTookTooLong(f"The test took more than {self.seconds:g} seconds.")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if call.when == "call" or not report.passed:
            outcome: str = report.outcome if call.when == "call" or report.skipped else "error"
            if hasattr(report, "wasxfail"):
                outcome = "xpassed" if report.passed else "xfailed"
            self._write_result(item.nodeid, outcome, report, call.excinfo)
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._write_result(report.nodeid, "error", report, None)
        elif report.nodeid:
            self._write({"kind": "collected", "node_id": report.nodeid})

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        self.measuring.stop()
        self._write({"kind": "coverage", **covered(self.measuring.get_data()), "files": statements(self.measuring)})
        self._write({"kind": "finished", "collected": session.testscollected, "exit": int(exitstatus)})

    def _write_result(
        self,
        node_id: str,
        outcome: str,
        report: pytest.TestReport | pytest.CollectReport,
        error: pytest.ExceptionInfo[BaseException] | None,
    ) -> None:
        frames = [(local(entry.path), entry.lineno + 1) for entry in error.traceback] if error else self.stopped_in
        message = error.exconly() if error and not report.skipped else report.longreprtext
        self._write(
            {
                "kind": "test",
                "node_id": node_id,
                "outcome": outcome,
                "seconds": getattr(report, "duration", 0.0),
                "message": message[-_MESSAGE:],
                "frames": [frame for frame in frames if frame[0]][-_FRAMES:],
            }
        )

    def _write(self, record: dict[str, Any]) -> None:
        self.stream.write(json.dumps(record) + "\n")
        self.stream.flush()


def local(path: Path | str) -> str:
    """The path below the project, or an empty text for a file of the environment."""
    path = Path(path)
    return path.relative_to(_ROOT).as_posix() if path.is_relative_to(_ROOT) else ""


def covered(data: coverage.CoverageData) -> dict[str, Any]:
    """Executed lines by test and path."""
    tests: dict[str, dict[str, list[int]]] = {}
    for measured in data.measured_files():
        for line, contexts in data.contexts_by_lineno(measured).items():
            for context in contexts:
                if context:
                    tests.setdefault(context, {}).setdefault(local(measured), []).append(line)
    return {"tests": tests}


def statements(measuring: coverage.Coverage) -> dict[str, list[int]]:
    """(statements, executed) by path of the project's own files."""
    counts = {}
    for measured in measuring.get_data().measured_files():
        try:
            _, lines, _, missing, _ = measuring.analysis2(measured)
        except coverage.exceptions.CoverageException:
            continue  # the file is gone or does not parse
        counts[local(measured)] = [len(lines), len(lines) - len(missing)]
    return counts


def _measure() -> coverage.Coverage:
    measuring = coverage.Coverage(
        data_file=None, config_file=False, source=[str(_ROOT)], omit=["*/.venv/*"], messages=False
    )
    measuring.start()
    return measuring


_MEASURING = _measure()  # before pytest imports the project


def pytest_configure(config: pytest.Config) -> None:
    stream = Path(os.environ["DEVMATRIX_RESULTS"]).open("w", encoding="utf-8")  # noqa: SIM115 - open to the end
    seconds = float(os.environ["DEVMATRIX_TEST_SECONDS"])
    config.pluginmanager.register(Recorder(stream, _MEASURING, seconds))
