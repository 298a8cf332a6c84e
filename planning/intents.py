"""What a message wants: a command, a build, a go-ahead, or an answer. Rules, not a model; English and Spanish. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

LONG_MESSAGE_WORDS = 30
LONG_MESSAGE_TERMS = 2
READ_CHARS = 20_000
"""What a message wants shows in its first part; a pasted document need not be read to its end."""


class Kind(StrEnum):
    HELP = "help"
    STATUS = "status"
    PLAN = "masterplan"
    BUILD = "orchestrate"
    GO_AHEAD = "go_ahead"
    CHANGE = "change"
    UNKNOWN_COMMAND = "unknown_command"
    TALK = "talk"


@dataclass(frozen=True)
class Intent:
    """``text`` is what is left of the message when the command is taken off."""

    kind: Kind
    text: str


_COMMANDS = {"help": Kind.HELP, "status": Kind.STATUS, "masterplan": Kind.PLAN, "orchestrate": Kind.BUILD}
_COMMAND = re.compile(r"^/([A-Za-z_]+)\b\s*(.*)$", re.DOTALL)


def _any(words: str) -> str:
    """One of the phrases that stand between bars in ``words``; blanks in them stand for any white space."""
    return "(?:" + "|".join(r"\s+".join(phrase.split()) for phrase in words.split("|")) + ")"


# All patterns meet lower-case text without accents.
_COURTESY = _any(
    "please|hi there|hi|hello|hey|ok|okay|yes|sure|fine|great|perfect|sounds good|looks good|thanks|thank you|now|so|"
    "good morning|good afternoon|good evening|then|approved|"
    "por favor|hola|oye|vale|venga|si|claro|genial|perfecto|muy bien|bien|gracias|buenos dias|buenas tardes|"
    "buenas noches|buenas|ahora|entonces|pues|nomas"
)
_ENGLISH_VERB = "create|implement|generate|build|develop|make|write|set up|scaffold|design"
_SPANISH_ORDER = (
    "crea|cree|crear|creame|crearme|implementa|implemente|implementar|implementame|genera|genere|generar|generame|"
    "generarme|construye|construya|construir|construyeme|desarrolla|desarrolle|desarrollar|haz|hazme|haga|hacer|hacerme|"
    "hagamos|construyamos|desarrollemos|monta|montar|montame|disena|disenar|escribe|escribir|prepara|preparar|preparame"
)
_SPANISH_WISHED = (
    "crees|cree|creen|implementes|implemente|generes|genere|construyas|construya|desarrolles|desarrolle|hagas|haga|"
    "montes|monte|disenes|disene|escribas|prepares"
)
_VERB = _any(f"{_ENGLISH_VERB}|{_SPANISH_ORDER}")
_ARTICLE = _any(
    "a|an|the|me|us|my|our|this|that|some|one|two|three|four|five|un|una|unos|unas|el|la|los|las|mi|mis|me|nos|"
    "nuestro|nuestra|este|esta|dos|tres|cuatro|cinco"
)
_SOFTWARE = _any(
    "apis?|rest|crud|apps?|applications?|backends?|services?|microservices?|systems?|tools?|websites?|projects?|crm|erp|"
    "shop|store|marketplace|blog|forum|inventory|database|platform|"
    "aplicacion|aplicaciones|servicios?|sistemas?|herramientas?|web|proyectos?|tienda|mercado|foro|inventario|"
    "plataforma|gestor|base de datos"
)
_THING = rf"(?:{_ARTICLE}\s+(?:\w+[\s-]+){{0,4}}?{_SOFTWARE}\b)"
_SAID_OF_IT = _any(
    "is|was|are|were|has|failed|fails|does|did|takes|looks|es|esta|estan|fue|son|era|ha|han|fallo|falla|parece"
)
_OBJECT = (
    rf"(?::|{_ARTICLE}\b|(?:\w+[\s-]+){{0,2}}?{_SOFTWARE}\b(?!\s+{_SAID_OF_IT}\b)"
    rf"|(?!it\b|sure\b|{_SAID_OF_IT}\b)[a-z]+(?:(?:,\s*[a-z]+){{0,9}}\s+(?:and|y|e)|(?:\s+[a-z]+){{0,2}}\s+(?:with|con))\b)"
)
_AND_ANOTHER = rf"(?:\s+(?:and|y|e)\s+{_VERB})?"
_ORDER = rf"{_VERB}\b{_AND_ANOTHER}(?:\s+(?:please|por\s+favor)\b)?\s*{_OBJECT}"
_ASKED_KINDLY = _any(
    "can you|could you|would you|will you|can you please|could you please|would you please|help me|help us|help me to|"
    "puedes|podrias|me puedes|me podrias|puede|podria|ayudame a|ayudanos a"
)
_WISH = _any(
    "i want|i need|i would like|i'd like|we want|we need|we would like|we'd like|let's|lets|let us|"
    "quiero|queremos|quisiera|quisieramos|necesito|necesitamos|me gustaria|nos gustaria|vamos a"
)
_WISHED_ACTION = rf"(?:(?:you\s+)?to\s+)?{_VERB}\b|que\s+(?:me\s+|nos\s+)?{_any(_SPANISH_WISHED)}\b"
_SOUGHT = _any(
    "i am looking for|i'm looking for|we are looking for|we're looking for|"
    "busco|buscamos|me hace falta|nos hace falta|se necesita"
)
_WISHED_THING = rf"(?:{_WISH}|{_SOUGHT})"

_BUILD = re.compile(
    rf"{_ORDER}"
    rf"|{_ASKED_KINDLY}\s+{_VERB}{_AND_ANOTHER}\s+{_ARTICLE}\b"  # without an article it asks what we are able to do
    rf"|me\s+{_any('creas|haces|generas|construyes|montas')}\s+{_ARTICLE}\b"
    rf"|{_WISH}\s+(?:{_WISHED_ACTION})"
    rf"|{_WISHED_THING}\s+{_THING}"
)
_CHANGE_VERB = _any(
    "add|remove|delete|drop|rename|change|replace|extend|get rid of|take out|include|allow|require|"
    "anade|anada|anadir|anademe|agrega|agregar|agregame|incluye|incluya|incluir|quita|quitar|quitame|elimina|eliminar|"
    "borra|borrar|renombra|renombrar|cambia|cambiar|cambiame|sustituye|sustituya|sustituir|reemplaza|reemplazar|amplia|"
    "ampliar|permite|permita|permitir|exige"
)
"""Without accents *borre* may be an order or what somebody did; such forms are left out."""
_CHANGE_WISHED = _any(
    "anadas|agregues|incluyas|quites|elimines|borres|renombres|cambies|sustituyas|reemplaces|permitas|"
    "anada|agregue|incluya|quite|elimine|borre|renombre|cambie|sustituya|reemplace"
)
_VAGUE = _any("it|this|that|them|everything|anything|nothing|something|more|lo|eso|esto|todo|nada|algo|mas")
_CHANGED = (
    rf"(?!(?:of|up|log|de|del|my|mi|mis)\b)(?!{_VAGUE}\W*(?:{_COURTESY}\W*)*$)"
    rf"(?!(?:\w+\s+)?{_SAID_OF_IT}\b)\W{{0,2}}[a-z0-9]"
)
"""What is changed is named: *it* may be anything; *delete fails* and *a change of plan* ask for nothing."""
_ONE_THING = rf"(?:{_ARTICLE}|{_any('each|every|all|another|cada|todos|todas|otro|otra|al|del')})"
_SOME_DAY = _any("later|afterwards|some day|one day|despues|mas tarde|luego|algun dia|mas adelante")
_QUALITY = _any(
    "optional|required|mandatory|unique|longer|shorter|editable|sortable|searchable|public|private|"
    "opcional|opcionales|obligatorio|obligatoria|obligatorios|obligatorias|unico|unica|unicos|unicas"
)
_CHANGE = re.compile(
    rf"{_CHANGE_VERB}\s+{_CHANGED}(?!.*\?\W*$)"
    # Without one thing, or for some day, it asks what we are able to do.
    rf"|{_ASKED_KINDLY}\s+{_CHANGE_VERB}\s+{_ONE_THING}\s+(?!.*\b{_SOME_DAY}\b)(?!\W*$)"
    rf"|{_any('can you please|could you please|would you please')}\s+{_CHANGE_VERB}\s+{_CHANGED}"
    rf"|{_WISH}\s+(?:(?:you\s+)?to\s+)?{_CHANGE_VERB}\s+{_CHANGED}(?!.*\?\W*$)"
    rf"|{_WISH}\s+que\s+(?:me\s+|nos\s+)?{_CHANGE_WISHED}\s+{_CHANGED}(?!.*\?\W*$)"
    rf"|{_any('make|haz')}\s+{_any('the|every|each|all|que el|que la|que los|que las|que cada|el|la|los|las')}\s+"
    rf"(?:[\w-]+\s+){{1,8}}?{_QUALITY}\b(?!.*\?\W*$)"
    rf"|haz\s+que\s+{_any('el|la|los|las|cada|todos|todas')}\s+{_CHANGED}(?!.*\?\W*$)"
    rf"|{_any('use|usa|usar|utiliza')}\s+\w+(?:\s+\w+)?\s+{_any('instead|en lugar|en vez')}\b(?!.*\?\W*$)",
    re.DOTALL,
)
_OPENING = re.compile(rf"(?:[^\w]*{_COURTESY}\b)*[^\w]*")
_GO_AHEAD = re.compile(
    _any(
        "to all|go|go ahead|go for it|do it|let's go|lets go|let's do it|proceed|"
        "start|start it|start building|start now|build it|"
        "a todo|si a todo|dale|vamos|adelante|hazlo|procede|empieza|empieza ya|comienza"
    )
    + rf"(?:\W+{_COURTESY}\b)*\W*"
)
_QUESTION = re.compile(
    r"\W*"
    + _any(
        "how|what|why|when|where|who|which|is|are|does|do|did|should|would|tell me|explain|show me|"
        "como|que|por que|cuando|donde|quien|cual|es|son|deberia|dime|explicame|muestrame"
    )
    + r"\b"
)
_TECHNICAL = re.compile(
    r"\b(?:api|rest|crud|endpoints?|backend|database|fastapi|django|sqlalchemy|postgres(?:ql)?|jwt|oauth|models?|"
    r"entit(?:y|ies)|tables?|roles?|auth(?:entication)?|microservices?|schema|base de datos|entidad(?:es)?|"
    r"modelos?|tablas?|usuarios|autenticacion|servicios?)\b"
)


def intent_of(text: str, *, changeable: bool = False) -> Intent:
    """The intent of a message. A question about building starts no build, whatever words it has.

    ``changeable``: there is a plan that the message may want changed.
    """
    text = text.strip()
    command = _COMMAND.match(text)
    if command:
        kind = _COMMANDS.get(command.group(1).lower(), Kind.UNKNOWN_COMMAND)
        return Intent(kind, command.group(2).strip() if kind is not Kind.UNKNOWN_COMMAND else text)
    plain = _plain(text[:READ_CHARS])
    opening = _OPENING.match(plain)
    wish = plain[opening.end() :] if opening else plain
    if _GO_AHEAD.fullmatch(wish):
        return Intent(Kind.GO_AHEAD, text)
    if changeable and _CHANGE.match(wish):
        return Intent(Kind.CHANGE, text)
    if _BUILD.match(wish) or _describes_a_system(plain):
        return Intent(Kind.BUILD, text)
    return Intent(Kind.TALK, text)


def _plain(text: str) -> str:
    """Lower case, without accents, with one kind of apostrophe."""
    letters = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).strip()


def _describes_a_system(plain: str) -> bool:
    """Long and technical, and no question."""
    if _QUESTION.match(plain) or plain.endswith("?") or len(plain.split()) <= LONG_MESSAGE_WORDS:
        return False
    return len(set(_TECHNICAL.findall(plain))) >= LONG_MESSAGE_TERMS
