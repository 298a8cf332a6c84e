"""Words of a person on their way into a file format: each filter returns text that cannot leave its place there."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Final

_MARKDOWN: Final = re.compile(r"([\\`*_\[\]<>|~&$!{}])")
_AT_LINE_START: Final = re.compile(r"^([#+=>-]|\d+[.)])")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def plain(text: str) -> str:
    """One line without control, invisible or direction-changing characters."""
    visible = "".join(" " if unicodedata.category(character) in _INVISIBLE else character for character in text)
    return " ".join(visible.split())


def slug(text: str, *, default: str = "app", limit: int = 40) -> str:
    """Lower-case ASCII letters, digits and hyphens, beginning with a letter: safe as a name in every format."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    joined = re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")
    joined = re.sub(r"^[0-9-]+", "", joined)[:limit].strip("-")
    return joined or default


def yaml_text(text: str) -> str:
    """A double-quoted YAML scalar; ``$`` is dropped, since Compose and workflows would expand it."""
    return json.dumps(plain(text).replace("$", ""), ensure_ascii=False)


def toml_text(text: str) -> str:
    """A TOML basic string with its quotes."""
    return json.dumps(plain(text), ensure_ascii=False)


def docker_text(text: str) -> str:
    """A double-quoted Dockerfile value in which nothing is expanded."""
    escaped = re.sub(r'([\\"$`])', r"\\\1", plain(text))
    return f'"{escaped}"'


def markdown_text(text: str) -> str:
    """Markdown that shows exactly ``text``: no link, image, HTML, heading, list or table cell of its own."""
    escaped = _MARKDOWN.sub(r"\\\1", plain(text))
    escaped = re.sub(r"(?i)\b(https?|ftp|mailto|javascript|data):", r"\1\:", escaped)
    return _AT_LINE_START.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", escaped)


def markdown_quote(text: str) -> str:
    """A block quote that keeps the lines of ``text`` and shows exactly its words."""
    return "\n".join(f"> {markdown_text(line)}".rstrip() for line in text.strip().splitlines()) or "> (nothing)"


def duration(seconds: float) -> str:
    """``0.4 s``, ``42 s``, ``3 min 5 s``, ``1 h 2 min``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def dollars(amount: Decimal) -> str:
    """Dollars with cents, or with four decimals below ten cents, where model calls live."""
    return f"{amount:.4f}" if 0 < amount < Decimal("0.1") else f"{amount:.2f}"


def markdown_code(text: str) -> str:
    """A code span with ``text``, usable in a table cell too."""
    inner = plain(text).replace("|", "\\|")
    longest = max((len(run) for run in re.findall(r"`+", inner)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{inner}{pad}{fence}"


def env_name(text: str) -> str:
    """The name of an environment variable, with everything else taken out."""
    return re.sub(r"[^A-Za-z0-9_]", "", text)


def json_text(text: str) -> str:
    """A JSON string with its quotes, as in exec forms of a Dockerfile."""
    return json.dumps(plain(text))


FILTERS: Final[dict[str, Callable[..., str]]] = {
    "plain": plain,
    "yaml_text": yaml_text,
    "toml_text": toml_text,
    "docker_text": docker_text,
    "markdown_text": markdown_text,
    "markdown_code": markdown_code,
    "json_text": json_text,
    "markdown_quote": markdown_quote,
    "duration": duration,
    "dollars": dollars,
    "env_name": env_name,
}
