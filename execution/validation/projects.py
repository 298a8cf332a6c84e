"""A project on disk: which of its files are looked at."""

from __future__ import annotations

import os
from pathlib import Path

from execution.validation.ecmascript.parsing import SUFFIXES

_LEFT_OUT = {".git", ".hg", ".venv", "venv", "node_modules", "__pycache__", "build", "dist", "site-packages"}
_LOOKED_AT = (".py", ".pyi", ".json", ".toml", *SUFFIXES)
_MOST = 20_000


def files_of(root: Path) -> list[str]:
    """Paths of the sources below ``root``, relative, sorted; links and hidden folders are left out."""
    found: list[str] = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in _LEFT_OUT and not name.startswith(".")]
        for name in names:
            path = Path(folder, name)
            if name.endswith(_LOOKED_AT) and path.is_file() and not path.is_symlink():
                found.append(path.relative_to(root).as_posix())
        if len(found) > _MOST:
            break
    return sorted(found)[:_MOST]
