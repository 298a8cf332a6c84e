"""From a rendered prompt back to what it was rendered from: its purpose, the inputs, the attempt.

Everything an engine needs stands in the prompt between the marks of its data, as it does for a model.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from integrations.llm.capabilities import EFFORTS
from integrations.llm.gateway import answer_schema
from integrations.llm.purposes import PURPOSES, Purpose
from integrations.llm.shapes import Shape

_DATA = re.compile(r'<data name="([^"]*)"(?: path="([^"]*)")? mark="([0-9a-f]+)">\n(.*?)\n</data mark="\3">', re.DOTALL)
_STACK = re.compile(r"^Stack: (\w+)$", re.MULTILINE)
_ATTEMPTS = re.compile(r"^Attempts so far: (\d+)$", re.MULTILINE)


class NotOurs(Exception):
    """A prompt that none of our templates makes."""


@dataclass(frozen=True)
class Asked:
    purpose: Purpose[Shape]
    inputs: Shape
    attempt: int


@dataclass(frozen=True)
class _Data:
    """The data of a prompt by name, in order: (path, text)."""

    blocks: dict[str, list[tuple[str, str]]]
    text: str

    def texts(self, name: str) -> list[str]:
        return [text for _, text in self.blocks.get(name, [])]

    def files(self, name: str) -> list[dict[str, str]]:
        return [{"path": path, "text": text} for path, text in self.blocks.get(name, [])]


def read_prompt(body: dict[str, Any]) -> Asked:
    """Raises `NotOurs`."""
    system = _text(body.get("system", ""))
    question = _text(body["messages"][0]["content"])
    schemas = _data_in(system).texts("answer_schema")
    purpose = _purpose_of(json.loads(schemas[-1])) if schemas else None
    if purpose is None:
        raise NotOurs("The system prompt names no answer that is known here.")
    effort = body.get("output_config", {}).get("effort")
    attempt = EFFORTS.index(effort) + 1 if effort in EFFORTS else 1
    return Asked(purpose, _inputs(purpose, _data_in(question)), attempt)


def _text(content: str | list[dict[str, Any]]) -> str:
    return content if isinstance(content, str) else "\n".join(block["text"] for block in content)


def _data_in(text: str) -> _Data:
    blocks: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, path, _, content in _DATA.findall(text):
        blocks[name].append((path, content))
    return _Data(blocks, text)


def _purpose_of(schema: dict[str, Any]) -> Purpose[Shape] | None:
    """The purpose whose answer has this schema; no two have the same."""
    return next((purpose for purpose in PURPOSES.values() if answer_schema(purpose.answer) == schema), None)


def _inputs(purpose: Purpose[Shape], data: _Data) -> Shape:
    fields = purpose.inputs.model_fields
    found = {name: value for name in fields if (value := _value(name, data)) is not None}
    return _restored(purpose.inputs, found)


def _value(name: str, data: _Data) -> Any:
    """What the prompt says of a field of the inputs; nothing where it does not."""
    if name in _SPECIAL:
        return _SPECIAL[name](data)
    texts = data.texts(name)
    return _parsed(texts[0]) if texts else None


def _atom(data: _Data) -> dict[str, Any] | None:
    if "atom_place" not in data.blocks:
        return None
    place = json.loads(data.texts("atom_place")[0])
    (file,) = data.files("atom")
    return {
        **file,
        "kind": place["kind"],
        "qualname": place["name"],
        "start_line": place["first_line"],
        "end_line": place["last_line"],
    }


def _history(data: _Data) -> Any:
    """Past attempts, or past turns of a conversation."""
    if texts := data.texts("history"):
        return json.loads(texts[0])
    pairs = zip(data.texts("past_attempt"), data.texts("past_errors"), strict=True)
    return [
        {"attempt": number, "text": text, "errors": json.loads(errors)}
        for number, (text, errors) in enumerate(pairs, start=1)
    ]


_PLAN_SIZE = re.compile(r"^Plans for similar requests had about (\d+) tasks\.$", re.MULTILINE)


def _first_number(pattern: re.Pattern[str], data: _Data) -> int:
    match = pattern.search(data.text)
    return int(match[1]) if match else 1


def _stack(data: _Data) -> str | None:
    match = _STACK.search(data.text)
    return match[1] if match else None


def _memory(data: _Data) -> dict[str, Any]:
    match = _PLAN_SIZE.search(data.text)
    return {
        "similar": data.texts("similar_plan"),
        "failed": data.texts("failed_plan"),
        "modifications": data.texts("modification"),
        "tasks": int(match[1]) if match else None,
    }


_SPECIAL: dict[str, Callable[[_Data], Any]] = {
    "atom": _atom,
    "history": _history,
    "file_text": lambda data: next(iter(data.texts("file")), None),
    "interfaces": lambda data: data.files("interface"),
    "examples": lambda data: data.texts("example"),
    "mistakes": lambda data: data.texts("mistake"),
    "successes": lambda data: data.texts("success"),
    "patterns": lambda data: data.texts("pattern"),
    "memory": _memory,
    "attempts": lambda data: _first_number(_ATTEMPTS, data),
    "stack": _stack,
}


def _parsed(text: str) -> Any:
    """Structured values stand there as JSON, texts as they are."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _restored(shape: type[Shape], found: dict[str, Any]) -> Shape:
    """The shape with its empty fields, which prompts leave out. Raises `NotOurs`."""
    empties: tuple[object, ...] = ("", [])
    for empty in empties:
        try:
            return shape.model_validate(found)
        except ValidationError as error:
            for problem in error.errors():
                if problem["type"] in {"missing", "list_type"}:
                    _put(found, problem["loc"], empty)
    try:
        return shape.model_validate(found)
    except ValidationError as error:
        raise NotOurs(f"{shape.__name__} cannot be read from the prompt: {error.errors()[0]['msg']}") from error


def _put(value: Any, place: tuple[int | str, ...], item: object) -> None:
    for key in place[:-1]:
        value = value[key]
    value[place[-1]] = list(item) if isinstance(item, list) else item
