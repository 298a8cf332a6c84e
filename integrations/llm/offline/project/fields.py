"""One field of an entity, as the generated files speak of it."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.llm.offline.project.patterns import is_simple, numbered, text_matching
from integrations.llm.offline.words import pascal, snake, words_of
from integrations.llm.shapes import FieldSchema

PYTHON_TYPES = {
    "string": "str",
    "text": "str",
    "email": "str",
    "integer": "int",
    "decimal": "Decimal",
    "boolean": "bool",
    "date": "date",
    "datetime": "datetime",
}
DEFAULT_STRING_LENGTH = 200
AMBIGUOUS = {"o": "LETTER_O", "i": "LETTER_I"}
"""Names of enum members that would look like numbers."""
EMAIL_LENGTH = 254
TEXT_LENGTH = 5000


@dataclass(frozen=True)
class FieldView:
    """A field with its texts in model, schemas and tests. ``position`` is its place among the entity's fields."""

    schema: FieldSchema
    owner: str
    position: int
    room: int = 0
    """What numbers in samples are larger by."""

    @property
    def name(self) -> str:
        return self.schema.name

    @property
    def type(self) -> str:
        return self.schema.type

    @property
    def words(self) -> str:
        return words_of(self.name)

    @property
    def unique(self) -> bool:
        return self.schema.unique and self.type in {"string", "email", "integer"}

    @property
    def nullable(self) -> bool:
        """Whether the column may be empty: an optional field with a default is never empty."""
        return not self.schema.required and self.default is None

    @property
    def optional(self) -> bool:
        return self.nullable or self.default is not None

    @property
    def is_text(self) -> bool:
        return self.type in {"string", "text", "email"}

    @property
    def enum(self) -> str:
        return f"{self.owner}{pascal(self.name)}"

    @property
    def members(self) -> list[tuple[str, str]]:
        """(member, value) of the enum of a choice field."""
        values = [snake(choice) or f"value_{number}" for number, choice in enumerate(self.schema.choices, 1)]
        return [(AMBIGUOUS.get(value, value.upper()), value) for value in dict.fromkeys(values)]

    @property
    def python_type(self) -> str:
        return self.enum if self.type == "choice" else PYTHON_TYPES[self.type]

    @property
    def max_length(self) -> int:
        return {"email": EMAIL_LENGTH, "text": TEXT_LENGTH}.get(
            self.type, self.schema.max_length or DEFAULT_STRING_LENGTH
        )

    @property
    def default(self) -> str | None:
        """The default as Python source, or None when there is none (or it does not fit the type)."""
        text = self.schema.default
        if text is None:
            return None
        if self.type == "choice":
            values = {value: member for member, value in self.members}
            return f"{self.enum}.{values[snake(text)]}" if snake(text) in values else None
        if self.type == "boolean":
            return "True" if text.lower() in {"true", "1", "yes"} else "False"
        if self.type == "integer":
            return text if text.lstrip("-").isdigit() else None
        if self.type == "decimal":
            return f'Decimal("{text}")' if text.replace(".", "", 1).isdigit() else None
        return f'"{text}"' if self.is_text and '"' not in text else None

    @property
    def input_type(self) -> str:
        return {"email": "Email", "datetime": "AwareDatetime"}.get(self.type, self.python_type)

    @property
    def pattern(self) -> str | None:
        """What the whole text must match; only patterns for which samples can be made."""
        pattern = self.schema.pattern
        if not pattern or self.type != "string" or not is_simple(pattern):
            return None
        return None if self.unique and numbered(pattern) is None else pattern

    @property
    def smallest(self) -> int | None:
        """The smallest whole number allowed."""
        above = self.schema.more_than
        return self.schema.minimum if above is None else above + 1

    # -- values in tests, as Python source of what JSON carries --------------------------------------------------------

    @property
    def sample(self) -> str:
        """A valid value; a unique field's text holds ``{number}`` (as an f-string)."""
        if self.type == "email":
            return f'f"{self.name}{{number}}@example.com"'
        if self.unique and self.pattern:
            return f'f"{numbered(self.pattern)}"'
        if self.unique:
            return "number" if self.type == "integer" else f'f"{self._short("N")} {{number}}"'
        return _quote(self._value(0))

    @property
    def example(self) -> str:
        """A valid value with no number in it, for documents and example data."""
        return f'"{self.name}@example.com"' if self.type == "email" else _quote(self._value(0))

    @property
    def changed(self) -> str:
        """Another valid value, for tests of updates."""
        return _quote(self._value(1))

    @property
    def changed_python(self) -> str:
        """``changed`` as the model holds it."""
        value = self._value(1)
        if self.type == "decimal":
            return f'Decimal("{value}")'
        if self.type == "date":
            year, month, day = str(value).split("-")
            return f"date({year}, {int(month)}, {int(day)})"
        if self.type == "datetime":
            return f"datetime(2031, 3, {self._day(1)}, 10, 0, tzinfo=UTC)"
        if self.type == "choice":
            member = next(member for member, choice in self.members if choice == value)
            return f"{self.enum}.{member}"
        return _quote(value)

    def _value(self, variant: int) -> str | int | bool:
        if self.is_text:
            return self._text_value(variant)
        if self.type == "integer":
            return self._number((3, 7)[variant], variant)
        if self.type == "decimal":
            whole = self._number((19, 45)[variant], variant)
            return f"{whole}.00" if whole == self.schema.maximum else f"{whole}.50"
        if self.type == "boolean":
            return (self.default == "True") != bool(variant)
        if self.type == "choice":
            values = [value for _, value in self.members]
            return values[min(variant, len(values) - 1)]
        day = f"{(2030, 2031)[variant]}-03-{self._day(variant):02}"
        return day if self.type == "date" else f"{day}T10:00:00Z"

    def _number(self, distance: int, variant: int) -> int:
        """A number above the smallest one allowed; the two variants differ while there is room."""
        number = max(self.smallest or 0, 0) + distance + self.room
        return number if self.schema.maximum is None else min(number, self.schema.maximum - 1 + variant)

    def _text_value(self, variant: int) -> str:
        if self.type == "email":
            return "changed@example.com"
        if self.pattern:
            return text_matching(self.pattern, 123 + variant)
        return self._short(("Sample", "Changed")[variant])

    def _short(self, word: str) -> str:
        text = f"{word} {self.words}"[: self.max_length - 4 if self.unique else self.max_length].strip()
        return text.ljust(self.schema.min_length or 0, "x")

    def _day(self, variant: int) -> int:
        """Days grow with the position, so that an end never comes before its start."""
        return min(10 + self.position + variant, 27)


def _quote(value: str | int | bool) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
