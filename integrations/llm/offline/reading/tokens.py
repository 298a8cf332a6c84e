"""Words of a request, cut in one linear pass. Text that looks like paths, markup or code is set aside, not read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from integrations.llm.shapes import Language

TOKEN = re.compile(r"[a-z0-9][a-z0-9'_-]{0,40}|[,:().;!?\n&+]")
SUSPICIOUS = re.compile(r"\.\.|__|[<>\\`${}|=*\[\]#~^]|/.*/|^/|;.|^--|--$")
MANY_TO_MANY = re.compile(r"many[ -]to[ -]many|muchos[ -]a[ -]muchos")
SENTENCE_ENDS = {".", ";", "!", "?", "\n"}
LONGEST_REQUEST = 20_000

SPANISH = frozenset(
    "el la los las un una unos unas de del y con para que en por como crear crea crea quiero necesito "
    "sistema aplicacion "
    "gestion gestionar cada tiene tienen sus su pertenece pertenecen donde usuarios api-rest tareas "
    "entre muchos muchas "
    "desarrolla desarrollar generar genera hacer llevar registrar implementa implementar una nombre".split()
)
ENGLISH = frozenset(
    "the a an of and with for that in on by as create build make want need system application management manage each "
    "has have their its belongs belong where users tasks between many develop generate implement to is are name".split()
)


@dataclass(frozen=True)
class Sentence:
    """A sentence as folded tokens, and as it was written."""

    tokens: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class RequestText:
    """A request cut into sentences. ``set_aside`` are words that were not read because they look like code or paths."""

    sentences: tuple[Sentence, ...]
    language: Language
    set_aside: tuple[str, ...] = field(default=())
    cut: bool = False

    @property
    def tokens(self) -> list[str]:
        return [token for sentence in self.sentences for token in sentence.tokens]


def read_text(request: str) -> RequestText:
    """Cut a request. Only the first 20,000 characters are read; ``cut`` says when there were more."""
    text = request[:LONGEST_REQUEST]
    set_aside: list[str] = []
    kept_lines = []
    for line in text.split("\n"):
        kept = []
        for word in line.split():
            if SUSPICIOUS.search(word.strip("()'\",.*")):
                set_aside.append(word[:40])
            else:
                kept.append(word)
        kept_lines.append(" ".join(kept).lstrip("-*• "))
    sentences = tuple(_sentences("\n".join(kept_lines)))
    words = [token for sentence in sentences for token in sentence.tokens]
    spanish, english = (sum(word in known for word in words) for known in (SPANISH, ENGLISH))
    accented = sum(letter in "áéíóúñ¿¡" for letter in text.lower())
    language: Language = "es" if spanish + min(accented, 3) > english else "en"
    return RequestText(sentences, language, tuple(dict.fromkeys(set_aside)), len(request) > LONGEST_REQUEST)


def _sentences(text: str) -> list[Sentence]:
    sentences: list[Sentence] = []
    folded = MANY_TO_MANY.sub(lambda found: "manytomany".ljust(len(found[0])), _fold(text))
    begin = 0
    tokens: list[str] = []
    for match in TOKEN.finditer(folded):
        token = match.group().strip("'_-")
        if token in SENTENCE_ENDS or match.group() == "\n":
            _close(sentences, tokens, text[begin : match.start()])
            begin, tokens = match.end(), []
        elif token:
            tokens.append(token.removesuffix("'s"))
    _close(sentences, tokens, text[begin:])
    return sentences


def _close(sentences: list[Sentence], tokens: list[str], text: str) -> None:
    if tokens:
        sentences.append(Sentence(tuple(tokens), " ".join(text.split())))


def _fold(text: str) -> str:
    """Lower-case ASCII, letter by letter, so that places in the text stay the same."""
    return "".join(_fold_letter(letter) for letter in text)


def _fold_letter(letter: str) -> str:
    if letter.isascii():
        return letter.lower()
    base = unicodedata.normalize("NFKD", letter)[:1].lower()
    return base if base.isascii() and base.isalnum() else " "
