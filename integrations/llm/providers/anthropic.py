"""Anthropic's models, and any server that speaks the Messages API, through the official SDK."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import structlog

from common.errors import DevMatrixError
from integrations.llm.capabilities import capabilities
from integrations.llm.errors import ProviderRejected
from integrations.llm.parsing import MOST_CHARACTERS
from integrations.llm.prices import Usage
from integrations.llm.prompting import Block, Prompt
from integrations.llm.providers.anthropic_errors import expect_type, said_by, speaks_of_schema, translate
from integrations.llm.providers.base import CallFailed, Completion, Progress, Request, Watcher
from integrations.llm.providers.bounded import TooMuch, bounding
from integrations.llm.shapes import Shape

if TYPE_CHECKING:
    from anthropic import Anthropic
    from anthropic.lib.streaming import MessageStream

log = structlog.get_logger(__name__)
ADDRESS = "https://api.anthropic.com"
"""Named outright: left out, the SDK would take an empty ``ANTHROPIC_BASE_URL`` for an address."""
CONNECT_SECONDS = 10.0
PROGRESS_EVERY_TOKENS = 50
ANSWER_TIMEOUTS = 2
"""An answer may take so many times the timeout in all; within it, no silence may be longer than one."""
COUNTED = frozenset({"model", "system", "messages", "output_config", "thinking"})

_refused_schemas: set[tuple[str, str, type[Shape]]] = set()
"""Address, model and answer whose schema was not taken: asked for in words by this process from then on."""


def forget_refused_schemas() -> None:
    """For tests: addresses come again."""
    _refused_schemas.clear()


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
        self._base_url = base_url or ADDRESS
        self._timeout = timeout
        self._made: Anthropic | None = None
        self._making = threading.Lock()

    def model(self, wanted: str) -> str:
        return wanted

    def complete(self, request: Request, watcher: Watcher | None) -> Completion:
        """One request; our retries come above. Raises `CallFailed` or `ProviderRejected`, never an SDK error."""
        request = self._as_taken(request)
        try:
            with translate(request.model, self._base_url):
                if request.streamed:
                    return self._streamed(request, watcher)
                return self._at_once(request)
        except ProviderRejected as error:
            if not (request.schema_constrained and speaks_of_schema(error)):
                raise
            _refused_schemas.add((self._base_url, request.model, request.answer))
            raise CallFailed("schema_refused", error.detail) from error

    def _as_taken(self, request: Request) -> Request:
        """Without the schema where this server would not hold this model to it: it stands in the prompt too."""
        if (self._base_url, request.model, request.answer) in _refused_schemas:
            return replace(request, schema_constrained=False)
        return request

    def count_tokens(self, request: Request) -> int | None:
        """By the vendor's own counter, which costs nothing; local servers may not have it."""
        asked = {name: value for name, value in arguments(self._as_taken(request)).items() if name in COUNTED}
        try:
            with translate(request.model, self._base_url):
                return self._client().messages.count_tokens(**asked, timeout=CONNECT_SECONDS).input_tokens
        except (CallFailed, DevMatrixError) as error:
            log.info("llm_tokens_not_counted", model=request.model, error=str(error))
            return None

    def find_model(self, model: str) -> str:
        """By the list of models, which local servers may not have: `ProviderRejected` with an empty ``kind`` then."""
        with translate(model, self._base_url):
            response = self._client().models.with_raw_response.retrieve(model, timeout=CONNECT_SECONDS)
            expect_type(response.headers, "application/json")
            return response.parse().display_name or model

    def _at_once(self, request: Request) -> Completion:
        response = self._client().messages.with_raw_response.create(**arguments(request))
        expect_type(response.headers, "application/json")
        return _completion(response.parse(), response.headers)

    def _streamed(self, request: Request, watcher: Watcher | None) -> Completion:
        with self._client().messages.stream(**arguments(request)) as stream:
            headers = stream.response.headers
            expect_type(headers, "text/event-stream")
            received = shown = 0
            parts: list[str] = []
            for event in _events(stream):
                if request.on_begun is not None and not received:
                    request.on_begun()
                if event.type == "text":
                    received += len(event.text)
                    parts.append(event.text)
                if received > MOST_CHARACTERS:
                    raise TooMuch
                if watcher is not None and (received - shown) // 4 >= PROGRESS_EVERY_TOKENS:
                    shown = received
                    watcher(Progress(received // 4, request.max_output_tokens, parts))
            completion = _completion(_final(stream), headers)
        if watcher is not None:
            watcher(Progress(completion.usage.output, completion.usage.output, [completion.text]))
        return completion

    def _client(self) -> Anthropic:
        with self._making:
            if self._made is None:
                self._made = self._make_client()
            return self._made

    def _make_client(self) -> Anthropic:
        import anthropic
        import httpx2

        timeout = httpx2.Timeout(self._timeout, connect=CONNECT_SECONDS)
        bound = bounding(seconds=ANSWER_TIMEOUTS * self._timeout)
        return anthropic.Anthropic(
            api_key=self._api_key,
            base_url=self._base_url,
            max_retries=0,
            timeout=timeout,
            http_client=anthropic.DefaultHttpxClient(timeout=timeout, event_hooks={"response": [bound]}),
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
    if capabilities(request.model).thinking:
        sent["thinking"] = {"type": "adaptive"}
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


def _events(stream: MessageStream[Any]) -> Iterator[Any]:
    """The SDK trusts what a server sends; where that is no stream of a message it fails in ways of its own."""
    try:
        yield from stream
    except (AttributeError, TypeError, LookupError, RuntimeError) as error:
        raise ValueError("this is no stream of a message") from error


def _final(stream: MessageStream[Any]) -> object:
    try:
        return stream.get_final_message()
    except AssertionError as error:
        raise ValueError("the stream held no message") from error


def _completion(message: object, headers: Mapping[str, str]) -> Completion:
    """The SDK builds a message from any JSON. Raises `ValueError`, or `CallFailed` for one that was not finished."""
    stop_reason, content = getattr(message, "stop_reason", None), getattr(message, "content", None)
    if getattr(message, "type", "") != "message" or not isinstance(content, list):
        raise ValueError("this is no message")
    request_id = headers.get("request-id", "")[:100]
    if not stop_reason:
        raise CallFailed("stream_cut", "the answer ended before its stop reason", billed=True, request_id=request_id)
    text = "".join(str(block.text) for block in content if getattr(block, "type", "") == "text")
    return Completion(
        text=text.encode("utf-8", "replace").decode(),  # halves of characters cannot be kept
        usage=_usage(getattr(message, "usage", None)),
        stop_reason=str(stop_reason)[:40],
        request_id=request_id,
        said=said_by(headers),
    )


def _usage(used: object) -> Usage:
    """What the server reports; what is no figure is -1, whatever the SDK's types promise."""
    written = _figure(used, "cache_creation_input_tokens", missing=0)
    hour = _figure(getattr(used, "cache_creation", None), "ephemeral_1h_input_tokens", missing=0)
    return Usage(
        input=_figure(used, "input_tokens", missing=-1),
        output=_figure(used, "output_tokens", missing=-1),
        cache_write_5m=written - hour,
        cache_write_1h=hour,
        cache_read=_figure(used, "cache_read_input_tokens", missing=0),
    )


def _figure(used: object, name: str, *, missing: int) -> int:
    reported = getattr(used, name, None)
    return missing if reported is None else reported if isinstance(reported, int) else -1
