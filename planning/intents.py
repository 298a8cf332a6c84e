"""What a message wants: a command, a build, or an answer. Rules, not a model; English and Spanish. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

LONG_MESSAGE_WORDS = 30


class Kind(StrEnum):
    HELP = "help"
    STATUS = "status"
    PLAN = "masterplan"
    BUILD = "orchestrate"
    GO_AHEAD = "go_ahead"
    UNKNOWN_COMMAND = "unknown_command"
    TALK = "talk"


@dataclass(frozen=True)
class Intent:
    """``text`` is what is left of the message when the command is taken off."""

    kind: Kind
    text: str


_COMMANDS = {"help": Kind.HELP, "status": Kind.STATUS, "masterplan": Kind.PLAN, "orchestrate": Kind.BUILD}
_COMMAND = re.compile(r"^/([A-Za-z_]+)\b\s*(.*)$", re.DOTALL)
_OPENING = (
    r"(?:(?:please|por favor|hi|hello|hola|ok|okay|hey)[\s,!.]+)*"
    r"(?:(?:i (?:want|need|would like) (?:you )?to|i'd like (?:you )?to|can you|could you|let'?s|"
    r"quiero(?: que)?|necesito(?: que)?|quisiera|puedes|podrías|podrias|vamos a)\s+)?"
    r"(?:(?:please|por favor)[\s,]+)?"
)
_VERB = (
    r"(?:create|implement|generate|build|develop|"
    r"cre(?:ar|a|e|es|ame|arme|en)|créame|gener(?:ar|a|e|es|ame|arme)|genérame|"
    r"implement(?:ar|a|e|es|ame|arme)|construy(?:e|a|as|eme)|constrúyeme|construir|desarroll(?:ar|a|e|es))"
)
_BUILD = re.compile(rf"^\s*{_OPENING}{_VERB}\b(?!\s*[?¿]?\s*$)", re.IGNORECASE)
_GO_AHEAD = re.compile(
    r"^\W*(?:yes to all|go(?: ahead)?|do it|s[ií] a todo|dale|vamos|adelante|hazlo)\W*$", re.IGNORECASE
)
_QUESTION = re.compile(
    r"^\W*(?:how|what|why|when|where|who|which|is|are|does|do|did|should|would|"
    r"c[oó]mo|qu[eé]|por\s?qu[eé]|cu[aá]ndo|d[oó]nde|qui[eé]n|cu[aá]l|es|son|deber[ií]a)\b",
    re.IGNORECASE,
)
_TECHNICAL = re.compile(
    r"\b(?:api|rest|crud|endpoints?|backend|database|fastapi|django|sqlalchemy|postgres(?:ql)?|jwt|oauth|models?|"
    r"entit(?:y|ies)|tables?|roles?|auth(?:entication)?|microservices?|schema|base de datos|entidad(?:es)?|"
    r"modelos?|tablas?|usuarios|autenticaci[oó]n|servicios?)\b",
    re.IGNORECASE,
)


def intent_of(text: str) -> Intent:
    """The intent of a message. A question starts no build, whatever words it has."""
    text = text.strip()
    command = _COMMAND.match(text)
    if command:
        kind = _COMMANDS.get(command.group(1).lower(), Kind.UNKNOWN_COMMAND)
        return Intent(kind, command.group(2).strip() if kind is not Kind.UNKNOWN_COMMAND else text)
    if _GO_AHEAD.match(text):
        return Intent(Kind.GO_AHEAD, text)
    if _BUILD.match(text):
        return Intent(Kind.BUILD, text)
    asks = bool(_QUESTION.match(text)) or text.endswith("?")
    if not asks and len(text.split()) > LONG_MESSAGE_WORDS and len(set(_TECHNICAL.findall(text.lower()))) >= 2:
        return Intent(Kind.BUILD, text)
    return Intent(Kind.TALK, text)
