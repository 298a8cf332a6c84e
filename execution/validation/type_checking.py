"""Types: mypy strict over the whole tree, quick because what is known of an environment and of a workspace is kept."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from execution.validation.installed import importable_from
from execution.validation.mypy_runs import MypyCrashed, Workspace
from execution.validation.results import NotRun
from execution.validation.standards import GENERATED
from integrations.llm.shapes import Diagnostic

_WELL_KNOWN = (
    "fastapi",
    "fastapi.testclient",
    "pydantic",
    "pydantic_settings",
    "sqlalchemy",
    "sqlalchemy.orm",
    "sqlalchemy.pool",
    "sqlalchemy.ext.asyncio",
    "httpx",
    "pytest",
    "uvicorn",
    "alembic",
    "django",
    "django.conf",
    "django.contrib.admin",
    "django.contrib.auth.base_user",
    "django.core.mail",
    "django.core.management",
    "django.db.migrations",
    "django.db.models",
    "django.urls",
    "rest_framework",
    "rest_framework.authentication",
    "rest_framework.authtoken.models",
    "rest_framework.pagination",
    "rest_framework.permissions",
    "rest_framework.routers",
    "rest_framework.serializers",
    "rest_framework.test",
    "rest_framework.viewsets",
    "django_filters.rest_framework",
    "drf_spectacular.views",
    "environ",
)
_LINE = re.compile(
    r"^(?P<path>[^:\n]+):(?:(?P<line>\d+):(?:(?P<column>\d+):)?)? (?P<severity>error|note|warning): (?P<message>.*?)"
    r"(?:  \[(?P<code>[a-z0-9-]+)\])?$"
)


def check_types(
    root: Path, files: Sequence[str], *, python: Path | None, cache: Path, settings: Path = GENERATED.types
) -> list[Diagnostic]:
    """mypy's findings for the named Python files below ``root``. Raises NotRun when mypy itself breaks.

    The first check of a workspace runs mypy over the cache of its environment; later ones ask a daemon, which ends by
    itself when idle. Several processes may check the same workspace: they take turns.
    """
    if not files:
        return []
    workspace = Workspace(root=root.resolve(), python=python, cache=cache, settings=settings)
    try:
        output = workspace.check(files)
    except MypyCrashed as crash:
        raise NotRun(str(crash)) from crash
    found = [item for item in diagnostics_in(output) if item.path in set(files)]
    if not found and ": error: " in output:
        raise NotRun(f"mypy failed: {output.strip()[:300]}")  # it stopped before it checked anything
    return found


def only_sure(found: Sequence[Diagnostic], texts: Mapping[str, str]) -> list[Diagnostic]:
    """Without missing attributes of untyped code whose name stands elsewhere too: they may be set from far away."""
    words = Counter(word for text in texts.values() for word in re.findall(r"\w+", text))
    return [item for item in found if item.code != "attr-defined" or words[_attribute_in(item.message)] <= 1]


def _attribute_in(message: str) -> str:
    match = re.search(r'has no attribute "(\w+)"', message)
    return match[1] if match else ""


def close(root: Path, *, python: Path | None, cache: Path, settings: Path = GENERATED.types) -> None:
    """Stops the daemon of a workspace; nothing happens when there is none."""
    Workspace(root=root.resolve(), python=python, cache=cache, settings=settings).stop()


def prime(*, python: Path, cache: Path) -> None:
    """Teaches the cache what an environment holds, so that the first check of a project there is quick (5 s here).

    Nothing happens when it is known already; harmless beside checks. Raises NotRun when mypy breaks.
    """
    installed = importable_from(python)
    lines = [f"import {name}" for name in _WELL_KNOWN if name.partition(".")[0] in installed]
    with tempfile.TemporaryDirectory(prefix="devmatrix-prime-") as folder:
        root = Path(folder).resolve()
        (root / "everything.py").write_text("\n".join([*lines, ""]), encoding="utf-8")
        workspace = Workspace(root=root, python=python, cache=cache)
        try:
            if not workspace.knows_environment:
                workspace.check(["everything.py"])
        except MypyCrashed as crash:
            raise NotRun(str(crash)) from crash
        finally:
            workspace.forget()


def diagnostics_in(output: str) -> list[Diagnostic]:
    """Parses mypy's text; a note becomes the hint of the error it follows."""
    found: list[Diagnostic] = []
    for line in output.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        if match["severity"] == "note":
            if found and found[-1].path == match["path"] and not match["message"].startswith("See https://"):
                hint = f"{found[-1].hint} {match['message']}".strip()[:500]
                found[-1] = found[-1].model_copy(update={"hint": hint})
            continue
        found.append(
            Diagnostic(
                path=match["path"],
                line=int(match["line"] or 1),
                column=int(match["column"] or 0),
                layer="types",
                code=match["code"] or "mypy",
                message=match["message"],
            )
        )
    return found
