"""How a project is served, read from its files: as a Django project with ``manage.py``, else as an ASGI application."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

PORT = 8000
"""Nobody else is in the network of a run."""
_SETTINGS = re.compile(r"""DJANGO_SETTINGS_MODULE["']\s*,\s*["']([A-Za-z_][\w.]*)["']""")


@dataclass(frozen=True)
class Serving:
    """``before`` are run to their end, then ``serve`` stays; all are arguments of the project's Python."""

    needs: str
    serve: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    settings: dict[str, str] = field(default_factory=dict)


def serving_of(workspace: Path, application: str) -> Serving:
    """Gunicorn after the migrations for a Django project, else uvicorn with ``application``."""
    module = django_settings_of(workspace)
    if module is None:
        options = ("--host", "127.0.0.1", "--port", str(PORT))
        return Serving("uvicorn", ("-m", "uvicorn", application, *options))
    project = module.partition(".")[0]
    return Serving(
        "gunicorn",
        ("-m", "gunicorn", f"{project}.wsgi:application", "--bind", f"127.0.0.1:{PORT}"),
        before=(("manage.py", "migrate", "--noinput"),),
        settings=django_environment(workspace),
    )


def django_settings_of(workspace: Path) -> str | None:
    """The settings module that ``manage.py`` names; None for what is no Django project."""
    try:
        text = (workspace / "manage.py").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = _SETTINGS.search(text)
    return found[1] if found else None


def django_environment(workspace: Path) -> dict[str, str]:
    """What a Django project may demand of its environment before it starts; empty for other projects."""
    module = django_settings_of(workspace)
    if module is None:
        return {}
    return {"DJANGO_SETTINGS_MODULE": module, "SECRET_KEY": secrets.token_urlsafe(48), "ALLOWED_HOSTS": "127.0.0.1"}
