"""The vendor's prompt cache: entries by prefix, for long enough prompts, which exist once an answer has begun."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from integrations.llm.capabilities import capabilities

LIFETIME = 300.0
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class Tokens:
    """Of a prompt: neither read nor written, read from the cache, written to it."""

    input: int = 0
    read: int = 0
    written: int = 0


@dataclass
class PromptCache:
    """Safe for many threads. ``clock`` in seconds."""

    clock: Callable[[], float] = time.monotonic
    _expires: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look_up(self, body: dict[str, Any]) -> tuple[Tokens, list[str]]:
        """Tokens of this request as it arrives, and the entries that it makes when its answer begins."""
        marked, total = _marked_prefixes(body)
        least = capabilities(body["model"]).cached_from
        usable = [(name, tokens) for name, tokens in marked if 0 < least <= tokens]
        with self._lock:
            now = self.clock()
            found = [(name, tokens) for name, tokens in usable if self._expires.get(name, 0.0) > now]
            for name, _ in found:
                self._expires[name] = now + LIFETIME
        read = max((tokens for _, tokens in found), default=0)
        written = max((tokens for _, tokens in usable), default=read) - read
        return Tokens(input=total - read - written, read=read, written=written), [name for name, _ in usable]

    def answer_begins(self, entries: list[str]) -> None:
        with self._lock:
            for name in entries:
                self._expires[name] = self.clock() + LIFETIME


def _marked_prefixes(body: dict[str, Any]) -> tuple[list[tuple[str, int]], int]:
    """Name and length of the prompt up to each mark, and the length of all of it, in tokens."""
    digest = hashlib.sha256(json.dumps([body["model"], body.get("output_config", {}).get("format")]).encode())
    characters = 0
    marked = []
    for block in _blocks(body):
        digest.update(block["text"].encode())
        characters += len(block["text"])
        if block.get("cache_control"):
            marked.append((digest.copy().hexdigest(), characters // CHARACTERS_PER_TOKEN))
    return marked, characters // CHARACTERS_PER_TOKEN + 1


def _blocks(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Every block of text, in the order in which the cache sees them: system first."""
    system = body.get("system", [])
    blocks = [{"text": system}] if isinstance(system, str) else list(system)
    for message in body["messages"]:
        content = message["content"]
        blocks += [{"text": content}] if isinstance(content, str) else content
    return blocks
