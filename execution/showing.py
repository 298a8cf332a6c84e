"""How admin pages show code and states. For the admin of any app."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from unfold.decorators import display

from execution.highlighting import highlighted_lines

Shown = TypeVar("Shown", bound=Callable[..., Any])

CODE_CSS = "execution/highlighting.css"


def code_view(text: str, language: str) -> SafeString:
    """Numbered, highlighted code; needs the style sheet ``CODE_CSS``."""
    rows = format_html_join(
        "\n",
        "<tr><th>{}</th><td><pre>{}</pre></td></tr>",
        # Escaped already, with classes only.
        ((number, mark_safe(line)) for number, line in enumerate(highlighted_lines(text, language), 1)),  # noqa: S308
    )
    return format_html('<div class="code-view"><table><tbody>{}</tbody></table></div>', rows)


def labelled(description: str, colours: Mapping[str, str], *, ordering: str | None = None) -> Callable[[Shown], Shown]:
    """unfold's coloured label for a column, with types. The method answers a key of ``colours``, or key and text."""
    return cast("Callable[[Shown], Shown]", display(description=description, label=dict(colours), ordering=ordering))
