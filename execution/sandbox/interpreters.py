"""Which directories of the host a Python interpreter needs: its environment and the installation it was made from."""

from __future__ import annotations

from pathlib import Path

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64")


def directories_of(python: Path) -> list[tuple[str, str]]:
    """(directory on the host, place inside) pairs to show so that ``python`` runs, links followed."""
    environment = python.parent.parent
    wanted = [environment]
    settings = environment / "pyvenv.cfg"
    if settings.is_file():
        wanted += [Path(home).parent for home in _homes(settings.read_text(encoding="utf-8"))]
    wanted.append(python.resolve().parent.parent)
    pairs = {str(path): str(path.resolve()) for path in wanted}
    pairs |= {real: real for real in pairs.values()}
    return [(real, place) for place, real in sorted(pairs.items()) if not _is_system(place)]


def _homes(settings: str) -> list[str]:
    pairs = (line.partition("=") for line in settings.splitlines())
    return [value.strip() for name, _, value in pairs if name.strip() == "home"]


def _is_system(path: str) -> bool:
    return path in _SYSTEM or path.startswith(tuple(f"{system}/" for system in _SYSTEM))
