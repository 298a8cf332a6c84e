"""Anthropic's models, and any server that speaks the Messages API, through the official SDK."""

from __future__ import annotations

import threading
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from integrations.llm.errors import ProviderRejected
from integrations.llm.prices import Usage
from integrations.llm.prompting import Block, Prompt
from integrations.llm.providers.anthropic_errors import expect_type, translate
from integrations.llm.providers.base import CallFailed, Completion, Progress, Request, Watcher
from integrations.llm.shapes import Shape

if TYPE_CHECKING:
    from anthropic import Anthropic
    from anthropic.types import Message

CONNECT_SECONDS = 10.0
PROGRESS_EVERY_TOKENS = 50
STREAM_TIMEOUTS = 2
"""A streamed answer may take so many times the timeout in all; within it, no silence may be longer than one."""


class AnthropicProvider:
    """One client for the life of the process, safe for many threads. The SDK is imported when a call is first made."""

    name = "anthropic"
    waits = True

    def __init__(self, *, api_key: str, base_url: str, timeout: float) -> None:
        if not api_key:
            raise ProviderRejected(
                "The anthropic provider has no key.",
                hint="Set ANTHROPIC_API_KEY, or LLM_PROVIDER=offline to work without a model.",
            )
        self._api_key = api_key
        self._base_url = base_url or None
        self._timeout = timeout
        self._made: Anthropic | None = None
        self._making = threading.Lock()

    def model(self, wanted: str) -> str:
        return wanted

    def complete(self, request: Request, watcher: Watcher | None) -> Completion:
        """One request; our retries come above. Raises `CallFailed` or `ProviderRejected`, never an SDK error."""
        with translate(request.model, self._base_url):
            if request.streamed:
                return self._streamed(request, watcher)
            return self._at_once(request)

    def _at_once(self, request: Request) -> Completion:
        response = self._client().messages.with_raw_response.create(**arguments(request))
        expect_type(response.headers, "application/json")
        return _completion(response.parse(), response.headers.get("request-id", ""))

    def _streamed(self, request: Request, watcher: Watcher | None) -> Completion:
        with self._client().messages.stream(**arguments(request)) as stream:
            expect_type(stream.response.headers, "text/event-stream")
            received = shown = 0
            deadline = time.monotonic() + STREAM_TIMEOUTS * self._timeout
            for event in stream:
                if time.monotonic() > deadline:
                    raise CallFailed("timeout", "the answer came too slowly", billed=True)
                received += len(event.text) if event.type == "text" else 0
                if watcher is not None and (received - shown) // 4 >= PROGRESS_EVERY_TOKENS:
                    shown = received
                    watcher(Progress(received // 4, request.max_output_tokens))
            completion = _completion(stream.get_final_message(), stream.request_id or "")
        if watcher is not None:
            watcher(Progress(completion.usage.output, completion.usage.output))
        return completion

    def _client(self) -> Anthropic:
        with self._making:
            if self._made is None:
                self._made = self._make_client()
            return self._made

    def _make_client(self) -> Anthropic:
        import anthropic
        import httpx2

        return anthropic.Anthropic(
            api_key=self._api_key,
            base_url=self._base_url,
            max_retries=0,
            timeout=httpx2.Timeout(self._timeout, connect=CONNECT_SECONDS),
        )


def arguments(request: Request) -> dict[str, Any]:
    """What is sent, in the SDK's terms. Steering and schema only where the model takes them."""
    output_config: dict[str, Any] = {}
    if request.decoding.effort is not None:
        output_config["effort"] = request.decoding.effort
    if request.schema_constrained:
        output_config["format"] = {"type": "json_schema", "schema": wire_schema(request.answer)}
    sent: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_output_tokens,
        "system": [_text_block(block) for block in request.prompt.system],
        "messages": _messages(request.prompt),
    }
    if output_config:
        sent["output_config"] = output_config
    if request.decoding.temperature is not None:
        # The SDK no longer names it; older models still take it.
        sent["extra_body"] = {"temperature": request.decoding.temperature}
    return sent


@cache
def wire_schema(shape: type[Shape]) -> dict[str, Any]:
    """The answer's schema with only what constrained decoding supports; the rest is checked by validation."""
    import anthropic

    return anthropic.transform_schema(shape)


def _messages(prompt: Prompt) -> list[dict[str, Any]]:
    return [{"role": turn.role, "content": [_text_block(block) for block in turn.blocks]} for turn in prompt.turns]


def _text_block(block: Block) -> dict[str, Any]:
    plain: dict[str, Any] = {"type": "text", "text": block.text}
    return {**plain, "cache_control": {"type": "ephemeral"}} if block.cached else plain


def _completion(message: Message, request_id: str) -> Completion:
    """Raises `CallFailed` for a stream that ended before its answer did."""
    if not message.stop_reason:
        raise CallFailed("stream_cut", "the answer ended before its stop reason", billed=True, request_id=request_id)
    text = "".join(block.text for block in message.content if block.type == "text")
    return Completion(text, _usage(message), message.stop_reason, request_id)


def _usage(message: Message) -> Usage:
    used = message.usage
    written = used.cache_creation_input_tokens or 0
    hour = used.cache_creation.ephemeral_1h_input_tokens if used.cache_creation else 0
    return Usage(
        input=used.input_tokens,
        output=used.output_tokens,
        cache_write_5m=max(written - hour, 0),
        cache_write_1h=hour,
        cache_read=used.cache_read_input_tokens or 0,
    )
