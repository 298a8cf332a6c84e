"""What DevMatrix wrote into a workspace: owned files with their digests, and whether the last write was finished."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_PLACE: Final = Path(".devmatrix") / "manifest.json"
_VERSION: Final = 1


@dataclass(frozen=True)
class Manifest:
    """``files`` maps owned paths to the SHA-256 of their content; ``complete`` is False while a write is under way."""

    files: dict[str, str] = field(default_factory=dict)
    complete: bool = True
    tree_hash: str = ""

    @classmethod
    def load(cls, root: Path) -> Manifest:
        """The stored manifest; an empty one when there is none. A damaged one is incomplete until the next write."""
        try:
            stored = json.loads((root / _PLACE).read_text("utf-8"))
            return cls(
                files={str(path): str(value) for path, value in stored["files"].items()},
                complete=bool(stored["complete"]),
                tree_hash=str(stored["tree_hash"]),
            )
        except FileNotFoundError:
            return cls()
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls(complete=False)

    def store(self, root: Path) -> None:
        """Replaces the stored manifest in one step. Synced to the disk: it decides what is repaired after a crash."""
        place = root / _PLACE
        temporary = place.with_name("manifest.tmp")  # one writer at a time: callers hold the lock
        content = {"version": _VERSION, "complete": self.complete, "tree_hash": self.tree_hash, "files": self.files}
        try:
            with temporary.open("w", encoding="utf-8") as stream:
                json.dump(content, stream, indent=1, sort_keys=True)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(place)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
