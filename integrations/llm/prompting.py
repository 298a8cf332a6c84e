"""Prompts: reviewed Jinja2 files made into blocks, the stable ones first, with all foreign text delimited as data."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_json, to_jsonable_python

from integrations.llm.errors import PromptUnsafe
from integrations.llm.purposes import Purpose
from integrations.llm.secrets import without_known_secrets
from integrations.llm.shapes import Shape

PROMPTS_DIR: Final = Path(__file__).parent / "prompts"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_UNSEEN = re.compile(
    "[\u0080-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Characters that a person does not see and a model reads: letters hidden as tags, and those that turn text around."""
MOST_SENT_BACK: Final = 60_000
"""Characters of an answer that did not fit which are sent back with what was wrong."""
_UNSAFE_IN_PATH = re.compile(r"[^\w.\-/]")
_WORD = re.compile(r"[\w.\-/]{1,200}")


@dataclass(frozen=True)
class Block:
    """A piece of a prompt. ``cached``: the prompt up to here is marked for the provider's cache.

    ``shared``: many calls begin with the prompt up to here, so that one of them should warm the cache for the others.
    """

    text: str
    cached: bool = False
    shared: bool = False


@dataclass(frozen=True)
class Turn:
    role: Literal["user", "assistant"]
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Prompt:
    """``system`` says what to do; ``turns`` carries context, then the question, then earlier answers sent back."""

    system: tuple[Block, ...]
    turns: tuple[Turn, ...]

    def blocks(self) -> list[Block]:
        return [*self.system, *(block for turn in self.turns for block in turn.blocks)]

    def texts(self) -> list[str]:
        return [block.text for block in self.blocks()]

    def shared_prefix(self) -> list[str]:
        """The texts that this prompt has in common with others."""
        blocks = self.blocks()
        last = max((place for place, block in enumerate(blocks, start=1) if block.shared), default=0)
        return [block.text for block in blocks[:last]]

    @property
    def token_bound(self) -> int:
        """More tokens than this the prompt cannot have: a token is at least one byte, plus the frame around it."""
        return sum(len(text.encode()) for text in self.texts()) + 200

    @property
    def token_estimate(self) -> int:
        """About how many tokens it has: four characters each."""
        return estimated_tokens(self.texts())

    def digest(self, purpose: str, model: str) -> str:
        """Names this very question to this very model."""
        return digest([purpose, model, self.texts()])

    def answered_badly(self, answer: str, errors: str) -> Prompt:
        """The same question again, with the answer that did not fit and what was wrong with it."""
        again = (
            "Your answer does not have the wanted shape. What is wrong with it:\n"
            f"{data('validation_errors', errors)}\n"
            "Answer again, whole, as one JSON object of the wanted shape and nothing else."
        )
        said = Turn("assistant", (Block(sendable(answer[:MOST_SENT_BACK]) or "(no text)"),))
        return Prompt(self.system, (*self.turns, said, Turn("user", (Block(again),))))


def digest(parts: Sequence[object]) -> str:
    """A name for these parts, the same in every process."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def estimated_tokens(texts: Iterable[str]) -> int:
    """About how many tokens these texts have: four characters each."""
    return sum(len(text) for text in texts) // 4 + 1


def sendable(text: str) -> str:
    """``text`` without what no request can carry (control characters, halves of characters), the unseen made seen."""
    return _UNSEEN.sub(_seen, _SURROGATE.sub("\ufffd", _CONTROL.sub("", text)))


def _seen(match: re.Match[str]) -> str:
    """``\\u202e`` in place of the character: nothing is lost, and in code it means the same."""
    return match.group().encode("unicode_escape").decode()


class Delimited(str):
    """Text that may stand in a prompt: wrapped as data, or a single harmless word."""

    __slots__ = ()


def data(name: str, value: object, *, path: str = "") -> Delimited:
    """``value`` between marks that it cannot contain, because the mark is a digest of the value itself.

    The mark is the same for the same value, so that a repeated prompt stays cacheable and replayable. ``path`` says
    which file it is the text of.
    """
    text = without_known_secrets(sendable(value) if isinstance(value, str) else _sendable_json(value))
    salt = 0
    while (mark := hashlib.blake2b(f"{salt}:{text}".encode(), digest_size=8).hexdigest()) in text:
        salt += 1
    where = f' path="{_UNSAFE_IN_PATH.sub("_", path)[:200]}"' if path else ""
    return Delimited(f'<data name="{word(name)}"{where} mark="{mark}">\n{text}\n</data mark="{mark}">')


def word(value: object) -> Delimited:
    """A single harmless word such as a short id, a path or a choice. Raises :class:`PromptUnsafe` for anything else."""
    text = str(value)
    if not _WORD.fullmatch(text):
        raise PromptUnsafe(f"{text[:80]!r} is not a single word.", hint="Delimit it with data(...) in the template.")
    return Delimited(text)


def _sendable_json(value: object) -> str:
    """As JSON that can still be read back: what must be shown otherwise is, before it is quoted."""
    text = _json(value)
    if _UNSEEN.search(text) or _SURROGATE.search(text):
        text = json.dumps(_sendable_texts(_plain(value)), ensure_ascii=False, indent=1)
    return text


def _sendable_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {sendable(str(key)): _sendable_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_sendable_texts(item) for item in value]
    return sendable(value) if isinstance(value, str) else value


def _json(value: object) -> str:
    plain = _plain(value)
    try:
        return to_json(plain, indent=1).decode()
    except (PydanticSerializationError, UnicodeError):  # half a character, which is replaced later
        return json.dumps(plain, ensure_ascii=False, indent=1)


_PLAIN: Final = frozenset({str, int, float, bool, type(None)})
_NEVER_EMPTY: Final = frozenset({int, float, bool})


def _plain(value: object) -> Any:
    """As JSON; fields of shapes that are empty are left out, they would only cost tokens.

    What needs no change is told before the call: a prompt has hundreds of such values.
    """
    if type(value) in _PLAIN:
        return value
    if isinstance(value, BaseModel):
        fields = [(name, one if type(one) in _PLAIN else _plain(one)) for name, one in vars(value).items()]
        return {name: item for name, item in fields if item or type(item) in _NEVER_EMPTY}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [item if type(item) in _PLAIN else _plain(item) for item in value]
    return to_jsonable_python(value)


def _only_delimited(value: object) -> object:
    if isinstance(value, Delimited | int):
        return value
    raise PromptUnsafe(
        f"A template puts {type(value).__name__} into a prompt that is not delimited.",
        hint="Wrap it in data(...) or word(...).",
    )


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Strict: an undefined name is an error, and so is any value that is neither data nor a word."""
    made = Environment(
        loader=FileSystemLoader(PROMPTS_DIR),
        undefined=StrictUndefined,
        finalize=_only_delimited,
        autoescape=False,  # noqa: S701 - prompts are not HTML; what guards them is `finalize`
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals.update(data=data, word=word)
    return made


def render(purpose: Purpose[Shape], inputs: Shape, *, attempt: int, schema: Mapping[str, Any]) -> Prompt:
    """The prompt of a purpose, the most stable part first.

    Blocks: ``system`` (every call of the purpose has it), ``context`` (every call of a plan), ``examples`` (of one task
    or atom, from memory), ``question``. ``context`` and ``examples`` may be missing.
    """
    template = environment().get_template(purpose.template)
    context = template.new_context({"inputs": inputs, "attempt": attempt})
    texts = {name: "".join(block(context)).strip() for name, block in template.blocks.items() if name != "system"}
    blocks = [Block(texts["context"], cached=True, shared=True)] if texts.get("context") else []
    blocks += [Block(texts["examples"], cached=True)] if texts.get("examples") else []
    blocks.append(Block(texts["question"]))
    system = _system_text(purpose.template, to_json(schema))
    return Prompt((Block(system, cached=True, shared=True),), (Turn("user", tuple(blocks)),))


@lru_cache(maxsize=64)
def _system_text(name: str, schema: bytes) -> str:
    """The block that all calls of a purpose share: made from the schema of its answer alone."""
    template = environment().get_template(name)
    return "".join(template.blocks["system"](template.new_context({"schema": json.loads(schema)}))).strip()
