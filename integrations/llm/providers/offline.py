"""The offline engine as a provider: answers from the typed inputs, costs nothing, says that it is not a model."""

from __future__ import annotations

from integrations.llm.prices import Usage
from integrations.llm.providers.base import Completion, Progress, Request, Watcher

MODEL = "offline-1"


class OfflineProvider:
    """Tokens are an estimate of what a model would have read and written, marked as such in the ledger."""

    name = "offline"
    waits = False

    def model(self, wanted: str) -> str:
        return MODEL

    def complete(self, request: Request, watcher: Watcher | None) -> Completion:
        from integrations.llm.offline import engine

        options = request.options if request.options is not None else engine.EngineOptions()
        answer = engine.answer(request.purpose, request.inputs, attempt=request.attempt, options=options)
        text = answer.model_dump_json()
        tokens = len(text) // 4 + 1
        if watcher is not None:
            watcher(Progress(tokens, tokens, [text]))
        usage = Usage(input=request.prompt.token_estimate, output=tokens, estimated=True)
        return Completion(text, usage, "end_turn")
