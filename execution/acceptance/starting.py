"""The system check of a service: it imports, starts and answers for its health, all in one run of the sandbox."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from execution.acceptance.serving import PORT, serving_of
from execution.acceptance.testing import INSIDE
from execution.sandbox.limits import Limits, Outcome
from execution.sandbox.runs import run
from execution.validation.environments import Environment
from execution.validation.installed import importable_from

_RESULTS = ".devmatrix-start.json"
_FRAME = re.compile(r'File "(?P<path>[^"\n]+)", line (?P<line>\d+)')
_EXCEPTION = re.compile(r"\n(\S.*)")
"""The first line below a frame that is not indented."""
_START_LIMITS = Limits(wall=60.0, cpu=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartReport:
    """``http_status`` and ``body`` are the answer's, 0 and empty when there was none; ``seconds`` until it came."""

    status: Literal["passed", "failed", "not_run"]
    reason: str = ""
    http_status: int = 0
    body: str = ""
    seconds: float = 0.0
    output: str = ""


def start_project(
    workspace: Path,
    environment: Environment,
    *,
    application: str = "app.main:app",
    health: str = "/health",
    seconds: float = 30.0,
    limits: Limits = _START_LIMITS,
    settings: Mapping[str, str] | None = None,
) -> StartReport:
    """Starts the project in a copy of ``workspace``; GET ``health`` must give 200 in ``seconds``.

    A Django project is migrated and served by gunicorn, another by uvicorn as ``application``. Needs that server in the
    environment, else ``not_run``; and a network of its own, so it is not to be used with process
    limits only, where the port is shared with the host. Raises SandboxFailed and NotIsolated.
    """
    serving = serving_of(workspace, application)
    if serving.needs not in importable_from(environment.python):
        return StartReport(status="not_run", reason=f"The environment has no {serving.needs}.")
    order = {"before": serving.before, "serve": serving.serve, "port": PORT, "path": health}
    script = str(INSIDE / "devmatrix_start.py")
    outcome = run(
        [str(environment.python), script, json.dumps({**order, "seconds": seconds, "results": _RESULTS})],
        workspace=workspace,
        limits=limits,
        environment={**serving.settings, **(settings or {}), "PYTHONPATH": ".:src"},
        python=environment.python,
        readable=[INSIDE],
        collect=[_RESULTS],
    )
    return _report(outcome)


def place_in(output: str, paths: Collection[str]) -> tuple[str, int, str] | None:
    """(path, line, words) of the last traceback in an output: the innermost line of the project, and the exception."""
    found = None
    for match in _FRAME.finditer(output):
        path = next((path for path in paths if match["path"].endswith(f"/{path}")), None)
        if path is not None:
            words = _EXCEPTION.search(output, match.end())
            found = path, int(match["line"]), words[1] if words else ""
    return found


def _report(outcome: Outcome) -> StartReport:
    output = (outcome.stdout + outcome.stderr)[-20_000:]
    content = outcome.files.get(_RESULTS)
    if content is None:
        reason = f"Stopped: {outcome.killed_by}." if outcome.killed_by else f"Ended with {outcome.exit_code}."
        return StartReport(status="failed", reason=reason, output=output, seconds=outcome.duration)
    answer = json.loads(content)
    good = answer["status"] == 200
    return StartReport(
        status="passed" if good else "failed",
        reason=answer["problem"] or ("" if good else f"The answer was {answer['status']}."),
        http_status=answer["status"],
        body=answer["body"],
        seconds=answer["seconds"],
        output=output,
    )
