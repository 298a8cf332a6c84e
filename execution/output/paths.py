"""Which paths a generated project may have. Everything that is written or served goes through here first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from common.errors import InvalidInput

MAX_PATH_BYTES: Final = 1024
MAX_COMPONENT_BYTES: Final = 255
RESERVED_FOLDERS: Final = frozenset({".git", "git~1", ".devmatrix"})
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in "123456789¹²³"}
)
_FORBIDDEN: Final = re.compile(r'[<>:"|?*\\]')
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class UnsafePath(InvalidInput):
    """A path that would leave the workspace, hide in it, or not exist on every system."""

    code = "unsafe_path"
    title = "The path is not allowed"


def _refuse(path: str, reason: str) -> UnsafePath:
    shown = path if len(path) <= 120 else f"{path[:117]}..."
    return UnsafePath(
        f"The path {shown!r} {reason}.",
        hint="Use a relative path with forward slashes that stays inside the project, such as app/models/task.py.",
        path=shown,
    )


def safe_path(path: str) -> str:
    """The same place as a normalised relative POSIX path; raises ``UnsafePath`` for everything that is not one."""
    if not path.strip():
        raise _refuse(path, "is empty")
    if any(unicodedata.category(character) in _INVISIBLE for character in path):
        raise _refuse(path, "has control or invisible characters")
    if path.startswith(("/", "~")) or re.match(r"[A-Za-z]:", path):
        raise _refuse(path, "is not relative to the project")
    found = _FORBIDDEN.search(path)
    if found:
        raise _refuse(path, f"has the character {found.group()!r}, which not every system can store")
    if path.endswith("/"):
        raise _refuse(path, "names a folder, not a file")
    normalised = unicodedata.normalize("NFC", path)
    components = [part for part in normalised.split("/") if part not in ("", ".")]
    if not components:
        raise _refuse(path, "names no file")
    for component in components:
        _check_component(path, component)
    result = "/".join(components)
    if len(result.encode()) > MAX_PATH_BYTES:
        raise _refuse(path, f"is longer than {MAX_PATH_BYTES} bytes")
    return result


def _check_component(path: str, component: str) -> None:
    if component == "..":
        raise _refuse(path, "leads out of the project")
    if component != component.rstrip(". ") or component != component.lstrip(" "):
        raise _refuse(path, f"has a part that begins with a space or ends in a dot or space: {component!r}")
    if component.casefold() in RESERVED_FOLDERS:
        raise _refuse(path, f"goes into {component!r}, which belongs to the workspace itself")
    if component.split(".")[0].rstrip(" ").casefold() in _DEVICES:
        raise _refuse(path, f"has the reserved name {component!r}")
    if len(component.encode()) > MAX_COMPONENT_BYTES:
        raise _refuse(path, f"has a part longer than {MAX_COMPONENT_BYTES} bytes")


def safe_paths(paths: Iterable[str]) -> list[str]:
    """Normalised paths, sorted; raises ``UnsafePath`` when two of them cannot stand side by side on every system.

    That is the case when one is a folder of another, or when they differ only in case.
    """
    seen: dict[str, str] = {}
    for path in sorted({safe_path(path) for path in paths}):
        folded = path.casefold()
        if folded in seen:
            raise _refuse(path, f"differs only in case from {seen[folded]!r}")
        seen[folded] = path
    for folded, path in seen.items():
        parts = folded.split("/")
        for length in range(1, len(parts)):
            parent = seen.get("/".join(parts[:length]))
            if parent is not None:
                raise _refuse(path, f"needs a folder where {parent!r} is a file")
    return sorted(seen.values())
