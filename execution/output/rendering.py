"""Jinja2 as DevMatrix uses it: sandboxed, and a name that is not given is an error and never an empty string."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from execution.output.escaping import FILTERS

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> ImmutableSandboxedEnvironment:
    """The one environment of the templates in this folder; text in values never becomes template code."""
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # no HTML is made here; each value passes the filter of its own format
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(FILTERS)
    return made


def render(template: str, **values: object) -> str:
    """The text of ``templates/<template>``; raises ``jinja2.UndefinedError`` for a value that is not given."""
    return environment().get_template(template).render(**values)
