"""What a model would answer, by the offline engine, from the prompt alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from common.errors import DevMatrixError
from integrations.llm.offline import engine
from integrations.llm.offline.options import EngineOptions
from integrations.llm.rehearsal.caching import CHARACTERS_PER_TOKEN, PromptCache
from integrations.llm.rehearsal.reading import NotOurs, read_prompt
from integrations.llm.rehearsal.wire import Answer, Failure


@dataclass(frozen=True)
class Understudy:
    """Answers requests as a model would. ``begins_after``: seconds it takes to begin."""

    options: EngineOptions = field(default_factory=EngineOptions)
    begins_after: float = 0.0
    cache: PromptCache = field(default_factory=PromptCache)

    def answer(self, body: dict[str, Any]) -> tuple[Answer | Failure, list[str]]:
        """What to answer, and the cache entries that exist once it begins."""
        tokens, entries = self.cache.look_up(body)
        try:
            asked = read_prompt(body)
            found = engine.answer(asked.purpose.name, asked.inputs, attempt=asked.attempt, options=self.options)
        except NotOurs as error:
            return Failure(400, "invalid_request_error", str(error)), []
        except DevMatrixError:  # it does not understand the request, and says so as a model does
            return Answer("", tokens, output_tokens=1, stop_reason="refusal", begins_after=self.begins_after), entries
        text = found.model_dump_json()
        output = len(text) // CHARACTERS_PER_TOKEN + 1
        if output > body["max_tokens"]:
            text, output, reason = text[: body["max_tokens"] * CHARACTERS_PER_TOKEN], body["max_tokens"], "max_tokens"
        else:
            reason = "end_turn"
        return Answer(text, tokens, output, reason, self.begins_after), entries
