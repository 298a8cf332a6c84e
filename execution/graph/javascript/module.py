"""One module of a project: its scope, and what it gives to others."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from execution.graph.javascript.values import Cell, Link, Object, Scope


@dataclass(slots=True, eq=False)
class Module:
    """``namespace`` holds what ECMAScript exports, ``required`` what CommonJS gives."""

    path: str
    root: Node
    scope: Scope
    namespace: Object = field(default_factory=lambda: Object("module"))
    required: Cell = field(default_factory=Cell)
    passed_on: dict[str, Link] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    is_module: bool = False
    """Whether its names are its own; a script's are everybody's."""
