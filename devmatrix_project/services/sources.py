"""Whether the code changed since a process was started from it."""

from __future__ import annotations

import hashlib
from pathlib import Path

PACKAGES = ("devmatrix_project", "review", "execution", "planning", "integrations", "common")
SUFFIXES = {".py", ".html", ".j2", ".sql"}


def newest_source(project: Path) -> str:
    """A short text that differs when a source file of the application was added, removed or changed."""
    seen = [project / ".env", *(path for name in PACKAGES for path in sorted((project / name).rglob("*")))]
    text = ""
    for path in seen:
        if path.suffix in SUFFIXES or path.name == ".env":
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            text += f"{path.relative_to(project)}\0{status.st_mtime_ns}\0{status.st_size}\n"
    return hashlib.sha256(text.encode()).hexdigest()
