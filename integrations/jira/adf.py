"""Documents in Atlassian Document Format, in which Jira takes rich text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

Node = dict[str, Any]
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def document(blocks: Iterable[Node]) -> Node:
    """The whole of a field. A document without blocks is one that Jira takes, too."""
    return {"type": "doc", "version": 1, "content": list(blocks)}


def heading(text: str, *, level: int = 3) -> Node:
    return {"type": "heading", "attrs": {"level": level}, "content": _inline(text)}


def paragraphs(text: str) -> list[Node]:
    """A paragraph for each part between empty lines; other ends of lines stay as breaks."""
    parts = re.split(r"\n\s*\n", _clean(text))
    return [{"type": "paragraph", "content": _inline(part)} for part in parts if part.strip()]


def bullets(items: Iterable[str]) -> list[Node]:
    """A list, or nothing where every item is empty."""
    rows = [
        {"type": "listItem", "content": [{"type": "paragraph", "content": _inline(item)}]}
        for item in items
        if _clean(item).strip()
    ]
    return [{"type": "bulletList", "content": rows}] if rows else []


def text_of(node: Node) -> str:
    """The words of a document, without its form."""
    return str(node.get("text", "")) + "".join(map(text_of, node.get("content", [])))


def _inline(text: str) -> list[Node]:
    """Texts and breaks: a text node is never empty and holds no end of line."""
    nodes: list[Node] = []
    for line in _clean(text).strip().split("\n"):
        if nodes:
            nodes.append({"type": "hardBreak"})
        if line.strip():
            nodes.append({"type": "text", "text": line.strip()})
    return nodes


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
