"""The offline embedding: hashed subtokens of words and identifiers, no model and no network.

Lexical on purpose: texts are near when they use the same words. English and Spanish, prose and code.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from math import log
from typing import Final, Protocol

import mmh3
import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

_WORD = re.compile(r"[A-Za-z]+|\d+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# English, then Spanish, then what every program has.
_SAYS_NOTHING: Final = """
    a an and are as at be but by can could each for from has have i if in into is it its may must need no not of on
    or our shall should so that the their them then there these they this to us want was we were when where which who
    will with would you your
    al algo como con cada cuando de del desde donde e el ella en entre era es esta este esto ha hay la las le les lo
    los mas me mi muy necesito ni nos o para pero por que quien quiero se ser si sin sobre son su sus tambien tener
    tiene un una uno unos y ya
    class cls def import none return self true false
"""
_STOP_WORDS: Final = frozenset(_SAYS_NOTHING.split())


class Embedding(Protocol):
    """``name`` is stored with what it embedded; another name means another, incomparable space."""

    name: str
    dimensions: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, shape (texts, dimensions); a text without a word gives zeros."""
        ...


class HashedSubtokens:
    """Each subtoken adds its damped count, with a sign, to the dimension that its hash names."""

    name = "hashed-subtokens-1"
    dimensions = 1_024

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for token, count in Counter(subtokens(text)).items():
                number = mmh3.hash(token, signed=False)
                sign = 1.0 if number & 0x8000_0000 else -1.0
                vectors[row, number % self.dimensions] += sign * (1.0 + log(count))
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        np.divide(vectors, lengths, out=vectors, where=lengths > 0)
        return vectors


def subtokens(text: str) -> list[str]:
    """Words and parts of identifiers, lower case, without accents, plurals and words that say nothing."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    parts = (part.lower() for word in _WORD.findall(plain) for part in (_CAMEL.findall(word) or [word]))
    return [_singular(part) for part in parts if part not in _STOP_WORDS and (len(part) > 1 or part.isdigit())]


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    # The plural of box and the singular of house end alike, and Spanish does the same: so the e goes.
    return word[:-1] if len(word) > 3 and word.endswith("e") else word
