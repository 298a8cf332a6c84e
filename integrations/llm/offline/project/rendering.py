"""The Jinja2 environment of the project templates: strict, no HTML, only our own files."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from integrations.llm.offline.project.layout import fold_long_lines
from integrations.llm.offline.words import with_article


class HasMembers(Protocol):
    """A rule about a status field."""

    def member(self, value: str) -> str: ...


TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


@cache
def environment() -> Environment:
    """The one environment; an undefined name in a template is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  Python and Markdown are written, not HTML
    )
    made.globals["with_article"] = with_article
    made.filters["member_of"] = member_of
    return made


def member_of(value: str, rule: HasMembers) -> str:
    """A value of a rule's status field as its enum's member."""
    return rule.member(value)


def render(template: str, values: dict[str, object]) -> str:
    """The text of a template. Python is broken into lines of at most 100; blank lines at the end are one newline."""
    text = environment().get_template(template).render(values)
    return _python(text) if ".py." in template else _document(text)


def _python(text: str) -> str:
    return re.sub(r"\n{4,}", "\n\n\n", fold_long_lines(text)).rstrip("\n") + "\n"


def _document(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).rstrip("\n") + "\n"
