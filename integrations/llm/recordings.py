"""Recorded calls as files, one a call: what was asked and answered, without secrets, in a form with a version."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from integrations.llm.errors import RecordingDamaged
from integrations.llm.prices import Usage
from integrations.llm.secrets import without_secrets

FORMAT: Final = 2
"""1 kept answers only, by a digest that named the model."""
_NAME = re.compile(r"(?P<purpose>\w+)-(?P<key>[0-9a-f]{32})-(?P<number>\d{3,})\.json")


class RecordedBlock(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["system", "user", "assistant"]
    text: str


class Recording(BaseModel):
    """One call. ``number`` counts the times that the same was asked, from 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[2] = FORMAT
    purpose: str
    provider: str
    model: str
    number: int = 1
    prompt: tuple[RecordedBlock, ...]
    text: str
    stop_reason: str
    usage: Usage

    def without_secrets(self) -> Recording:
        prompt = tuple(RecordedBlock(role=block.role, text=without_secrets(block.text)) for block in self.prompt)
        return self.model_copy(update={"prompt": prompt, "text": without_secrets(self.text)})


def key_of(texts: list[str]) -> str:
    """Names a question. Not the model: a recording is played by whoever has other models in the settings."""
    return hashlib.sha256(json.dumps(texts, ensure_ascii=True).encode()).hexdigest()[:32]


def keep(folder: Path, key: str, recording: Recording) -> Path:
    """Write a call as the next one of its question; whole or not at all, whoever else writes the same."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 1 + sum(1 for _ in folder.glob(f"{recording.purpose}-{key}-*.json"))
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".writing-", encoding="utf-8") as unfinished:
        while True:
            path = folder / f"{recording.purpose}-{key}-{number:03}.json"
            unfinished.seek(0)
            unfinished.truncate()
            made = recording.without_secrets().model_copy(update={"number": number})
            unfinished.write(made.model_dump_json(indent=1))
            unfinished.flush()
            try:
                os.link(unfinished.name, path)
            except FileExistsError:
                number += 1
            else:
                return path


def times_recorded(folder: Path, purpose: str, key: str) -> list[Path]:
    """The files of one question, in the order in which it was asked."""
    return sorted(folder.rglob(f"{purpose}-{key}-*.json"), key=lambda path: (path.parent, path.name))


def files_of(folder: Path) -> Iterator[Path]:
    """Every recorded call below a folder."""
    return (path for path in sorted(folder.rglob("*.json")) if _NAME.fullmatch(path.name))


def purpose_of(path: Path) -> str:
    found = _NAME.fullmatch(path.name)
    return found["purpose"] if found else ""


def read(path: Path) -> Recording:
    """Raises `RecordingDamaged`, saying what is wrong with the file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(path, f"it cannot be read ({error})") from None
    except json.JSONDecodeError as error:
        raise _damaged(path, f"it is cut off or not JSON (line {error.lineno}: {error.msg})") from None
    found = content.get("format", 1) if isinstance(content, dict) else None
    if isinstance(content, dict) and found != FORMAT:
        raise _damaged(path, f"it has format {found!r}, and this version plays format {FORMAT}")
    try:
        return Recording.model_validate_json(json.dumps(content))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise _damaged(path, f"{where}: {first['msg']} ({error.error_count()} problems)") from None


def _damaged(path: Path, what: str) -> RecordingDamaged:
    return RecordingDamaged(
        f"The recorded call {path.name} cannot be played: {what}.", hint="Record the run again, or restore the file."
    )
