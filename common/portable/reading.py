"""JSON read value by value: a document of any size and any layout takes no more memory than its longest row."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import IO, Any, NoReturn

from common.portable.errors import BadDocument, refusal

WINDOW = 1 << 20
LONGEST_VALUE = 64 << 20
_SPACE = " \t\r\n"


def _no_such_number(name: str) -> NoReturn:
    raise refusal(f"{name} is no number of JSON.")


class JsonReader:
    """Call ``members`` or ``items`` where an object or array begins; take each value before the next is asked for.

    Raises ``BadDocument`` for what is no JSON, is cut off, or is larger than ``most_bytes``.
    """

    def __init__(self, source: IO[bytes], *, most_bytes: int) -> None:
        self._source = io.TextIOWrapper(io.BufferedReader(_Bounded(source, most_bytes), WINDOW), "utf-8", newline="")
        self._decoder = json.JSONDecoder(parse_constant=_no_such_number)
        self._text = ""
        self._at = 0

    def members(self) -> Iterator[str]:
        """Keys of the object that begins here."""
        for _ in self._parts("{", "}"):
            key = self.value()[1]
            if not isinstance(key, str):
                raise refusal("A key of an object is no text.")
            self._expect(":")
            yield key

    def items(self) -> Iterator[tuple[str, Any]]:
        """Text and value of each item of the array that begins here."""
        for _ in self._parts("[", "]"):
            yield self.value()

    def value(self) -> tuple[str, Any]:
        """The whole value that begins here, as text and as read."""
        self._next()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except RecursionError:
                raise refusal("The document is nested too deeply.") from None
            except ValueError as error:
                if not self._more():
                    raise refusal(f"The document is cut off, or no JSON: {error}.") from None
                continue
            if end == len(self._text) and isinstance(value, int | float) and self._more():
                continue  # the number may go on
            text, self._at = self._text[self._at : end], end
            return text, value

    def end(self) -> None:
        """Nothing may follow."""
        if self._next():
            raise refusal("Something follows the end of the document.")

    def _parts(self, opening: str, closing: str) -> Iterator[None]:
        self._expect(opening)
        if self._next() == closing:
            self._at += 1
            return
        while True:
            yield
            if self._next() == closing:
                self._at += 1
                return
            self._expect(",")

    def _expect(self, wanted: str) -> None:
        found = self._next()
        if found != wanted:
            raise refusal(f"The document is cut off, or no JSON: {wanted!r} is expected where {found!r} stands.")
        self._at += 1

    def _next(self) -> str:
        """The next character that says something; empty at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Read on, ever larger pieces while one value goes on; whether there was anything."""
        left = self._text[self._at :]
        if len(left) > LONGEST_VALUE:
            raise refusal(f"One value is longer than {LONGEST_VALUE:,} characters.")
        try:
            found = self._source.read(max(WINDOW, len(left)))
        except UnicodeDecodeError:
            raise refusal("The document is no text in UTF-8.") from None
        self._text, self._at = left + found, 0
        return bool(found)


class _Bounded(io.RawIOBase):
    """Reads no more than was allowed."""

    def __init__(self, source: IO[bytes], most_bytes: int) -> None:
        self._source, self._most, self._left = source, most_bytes, most_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._source.read(len(buffer))
        self._left -= len(found)
        if self._left < 0:
            raise too_large(self._most)
        buffer[: len(found)] = found
        return len(found)


def too_large(most_bytes: int) -> BadDocument:
    return refusal(
        f"The document is larger than {most_bytes:,} bytes.", hint="Raise PLAN_IMPORT_MAX_MEGABYTES for larger ones."
    )
