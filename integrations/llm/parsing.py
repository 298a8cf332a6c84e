"""From the text of an answer to its shape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TypeVar

from pydantic import ValidationError

from integrations.llm.shapes import Shape

AnswerT = TypeVar("AnswerT", bound=Shape)
MOST_ERRORS = 20
MOST_CHARACTERS = 4_000_000
MOST_STARTS = 50
_ESCAPED_CONTROL = re.compile(r"\\u00(?:0[0-8bcef]|1[0-9a-f]|7f)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class DoesNotFit(Exception):
    """The text is not the wanted shape; ``errors`` says where and why, one line each, without the values."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


def parse(text: str, shape: type[AnswerT]) -> AnswerT:
    """The JSON object in ``text``, which may stand in a fence or among prose, as ``shape``. Raises `DoesNotFit`."""
    found = json_in(text)
    try:
        answer = shape.model_validate_json(found)
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in item['loc']) or 'answer'}: {item['msg']}"
            for item in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise DoesNotFit(lines[:MOST_ERRORS]) from None
    if _ESCAPED_CONTROL.search(found):
        _refuse_control_characters(answer)
    return answer


def _refuse_control_characters(answer: Shape) -> None:
    """A database cannot keep them, and no source file wants them; unescaped ones are no JSON to begin with."""
    lines = [
        f"{place}: holds the control character U+{ord(match.group()):04X}; leave it out, or escape it in code"
        for place, text in _texts(answer.model_dump(mode="json"), "")
        if (match := _CONTROL.search(text))
    ]
    if lines:
        raise DoesNotFit(lines[:MOST_ERRORS])


def _texts(value: object, place: str) -> Iterator[tuple[str, str]]:
    """Every text in a JSON value, with where it stands."""
    if isinstance(value, str):
        yield place or "answer", value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, f"{place}.{key}".strip("."))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _texts(item, f"{place}.{position}".strip("."))


def json_in(text: str) -> str:
    """The one JSON object in ``text``. Which of several is the answer, nobody can know: one may be quoted material."""
    if len(text) > MOST_CHARACTERS:
        raise DoesNotFit([f"answer: longer than {MOST_CHARACTERS} characters"])
    stripped = text.strip()
    if stripped.startswith("{") and stripped.endswith("}") and _is_whole(stripped):
        return stripped
    found: list[str] = []
    start = stripped.find("{")
    for _ in range(MOST_STARTS):
        if start == -1:
            break
        end = _end_of_object(stripped, start)
        if end is not None:
            found.append(stripped[start:end])
        start = stripped.find("{", start + 1 if end is None else end)
    different = {one for one in found if len(one) > len("{ }")} or set(found)
    if len(different) > 1:
        raise DoesNotFit([f"answer: {len(different)} JSON objects found in it; answer with one and nothing else"])
    if not different:
        raise DoesNotFit(["answer: no JSON object found in it"])
    return different.pop()


def _is_whole(text: str) -> bool:
    """Whether it is one object from end to end, or broken in a way that its shape's errors will tell."""
    end = _end_of_object(text, 0)
    return end is None or end == len(text)


def _end_of_object(text: str, start: int) -> int | None:
    try:
        return json.JSONDecoder().raw_decode(text, start)[1]
    except json.JSONDecodeError:
        return None
    except RecursionError:
        raise DoesNotFit(["answer: nested too deeply"]) from None
