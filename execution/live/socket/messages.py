"""What clients may send, checked; and what is answered."""

from __future__ import annotations

import json
import uuid
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from common.errors import DevMatrixError, InvalidInput, TooLarge
from common.problems import problem

MAX_MESSAGE_BYTES = 64 * 1024
MessageId = str | int | None


class ClientMessage(BaseModel):
    """``{"action", "id", ...}``; which of the other fields count depends on the action."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    action: str = Field(max_length=60)
    id: str | int | None = None
    token: str = Field(default="", max_length=200)
    masterplan_id: uuid.UUID | None = None
    conversation_id: uuid.UUID | None = None
    discovery_id: uuid.UUID | None = None
    modification_id: uuid.UUID | None = None
    decision: str = Field(default="", max_length=10)
    snapshot_id: uuid.UUID | None = None
    content: str = Field(default="", max_length=60_000)
    answers: dict[str, str] = Field(default={}, max_length=100)
    since: int = Field(default=0, ge=0, lt=2**62)
    batch: bool = False
    """Whether events that come together may be sent as one message, ``{"events": [...]}``."""
    reason: str = Field(default="", max_length=2_000)
    mode: str = Field(default="", max_length=10)
    format: str = Field(default="", max_length=10)
    version: int | None = Field(default=None, ge=1, lt=2**31)

    @property
    def plan(self) -> uuid.UUID:
        """Raises ``InvalidInput`` when the message names no plan."""
        if self.masterplan_id is None:
            raise InvalidInput("The message names no plan.", hint="Send masterplan_id.")
        return self.masterplan_id

    @property
    def conversation(self) -> uuid.UUID:
        """Raises ``InvalidInput`` when the message names no conversation."""
        if self.conversation_id is None:
            raise InvalidInput("The message names no conversation.", hint="Send conversation_id.")
        return self.conversation_id

    @property
    def discovery(self) -> uuid.UUID:
        """Raises ``InvalidInput`` when the message names no discovery."""
        if self.discovery_id is None:
            raise InvalidInput("The message names no discovery.", hint="Send discovery_id.")
        return self.discovery_id

    @property
    def modification(self) -> uuid.UUID:
        """Raises ``InvalidInput`` when the message names no modification."""
        if self.modification_id is None:
            raise InvalidInput("The message names no modification.", hint="Send modification_id.")
        return self.modification_id


class BadMessage(InvalidInput):
    """A message that cannot be read; ``reply_to`` is what it said its id was, if it got that far."""

    code = "bad_message"
    title = "The message cannot be read"

    def __init__(self, detail: str, *, reply_to: MessageId = None, hint: str = "") -> None:
        super().__init__(detail, hint=hint)
        self.reply_to = reply_to


def parse(text: str | None) -> ClientMessage:
    """Raises ``BadMessage`` or ``TooLarge``."""
    if text is None:
        raise BadMessage("Only text messages are read here.", hint="Send JSON as text.")
    if len(text.encode()) > MAX_MESSAGE_BYTES:
        raise TooLarge(f"The message has more than {MAX_MESSAGE_BYTES} bytes.")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise BadMessage("The message is not JSON.") from None
    if not isinstance(content, dict):
        raise BadMessage("The message is not a JSON object.")
    try:
        return ClientMessage.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadMessage(f"{where}: {first['msg']}", reply_to=_id_of(content)) from None


def reply(to: MessageId, **content: Any) -> dict[str, Any]:
    return {"reply_to": to, "ok": True, **content}


def error_reply(to: MessageId, error: DevMatrixError) -> dict[str, Any]:
    return {"reply_to": to, "ok": False, "error": problem(error)}


def _id_of(content: dict[str, Any]) -> MessageId:
    given = content.get("id")
    return given if isinstance(given, (str, int)) else None
