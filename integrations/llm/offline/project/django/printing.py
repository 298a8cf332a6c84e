"""Python expressions laid out as ruff's formatter keeps them: on one line, else one part a line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from integrations.llm.offline.project.imports import LINE_LENGTH


@dataclass(frozen=True)
class Group:
    """A bracket pair with what stands before it: ``Group("models.Q(", ('("price__gte", 0)',), ")")``."""

    head: str
    items: tuple[str | Group, ...]
    close: str

    def __str__(self) -> str:
        return f"{self.head}{', '.join(str(item) for item in self.items)}{self.close}"


def called(name: str, *items: str | Group) -> Group:
    """A call."""
    return Group(f"{name}(", items, ")")


def listed(*items: str | Group, head: str = "") -> Group:
    """A list, after ``head`` (as in ``fields=``)."""
    return Group(f"{head}[", items, "]")


def tupled(*items: str) -> Group:
    """A tuple; the comma of a single item included."""
    return Group("(", items, ",)" if len(items) == 1 else ")")


def quoted(names: Iterable[str]) -> list[str]:
    """Names as the source of strings."""
    return [f'"{name}"' for name in names]


def lay_out(node: str | Group, *, indent: int, before: str = "", after: str = "") -> str:
    """``before`` + ``node`` + ``after`` at ``indent``, broken where it is too long for a line.

    >>> lay_out(called("f", "1"), indent=4, before="x = ")
    '    x = f(1)'
    """
    pad = " " * indent
    line = f"{pad}{before}{node}{after}"
    if isinstance(node, str) or (len(line) <= LINE_LENGTH and "\n" not in line) or not node.items:
        return line
    parts = [lay_out(item, indent=indent + 4, after=",") for item in node.items]
    return "\n".join([f"{pad}{before}{node.head}", *parts, f"{pad}{node.close}{after}"])
