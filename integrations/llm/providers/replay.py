"""Plays recorded calls back exactly, and records them. One file a call, named by what was asked of whom."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from integrations.llm.errors import NotRecorded
from integrations.llm.prices import Usage
from integrations.llm.providers.base import Completion, Progress, Provider, Request, Watcher


class Recording(BaseModel):
    """One recorded call. The prompt is not kept, only its digest; keys never were in it."""

    model_config = ConfigDict(extra="forbid")

    purpose: str
    model: str
    text: str
    stop_reason: str
    usage: Usage


def _path(folder: Path, request: Request) -> Path:
    return folder / f"{request.purpose}-{request.prompt.digest(request.purpose, request.model)[:32]}.json"


class ReplayProvider:
    """Answers only what is in the folder; a call that is not there is an error that says so."""

    name = "replay"
    waits = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def model(self, wanted: str) -> str:
        return wanted

    def complete(self, request: Request, watcher: Watcher | None) -> Completion:
        path = _path(self._folder, request)
        try:
            kept = Recording.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise NotRecorded(
                f"The recording has no call of {request.purpose} to {request.model} with this prompt.",
                hint=f"Expected {path.name} in the recordings folder; record the run again.",
            ) from None
        except ValidationError as error:
            raise NotRecorded(f"{path.name} is not a recording: {error.error_count()} problems.") from None
        if watcher is not None:
            watcher(Progress(kept.usage.output, kept.usage.output))
        return Completion(kept.text, kept.usage, kept.stop_reason)


class RecordingProvider:
    """Passes calls on to another provider and keeps what came back."""

    def __init__(self, inner: Provider, folder: Path) -> None:
        self._inner = inner
        self._folder = folder
        self.name = inner.name
        self.waits = inner.waits

    def model(self, wanted: str) -> str:
        return self._inner.model(wanted)

    def complete(self, request: Request, watcher: Watcher | None) -> Completion:
        completion = self._inner.complete(request, watcher)
        kept = Recording(
            purpose=request.purpose,
            model=request.model,
            text=completion.text,
            stop_reason=completion.stop_reason,
            usage=completion.usage,
        )
        self._folder.mkdir(parents=True, exist_ok=True)
        path = _path(self._folder, request)
        unfinished = path.with_suffix(".writing")
        unfinished.write_text(kept.model_dump_json(indent=1))
        unfinished.replace(path)
        return completion
