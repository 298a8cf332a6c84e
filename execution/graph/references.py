"""The references of a project, from the resolvers of its languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from execution.graph.javascript.program import Program
from execution.graph.javascript.syntax import is_script
from execution.graph.python.analysis import analyse
from execution.graph.reference import Reference


def references(
    sources: Mapping[str, bytes], root_package: str, configurations: Mapping[str, bytes]
) -> Iterator[Reference]:
    """All references of a project, whatever its files are written in."""
    yield from analyse(sources, root_package=root_package).references
    if any(is_script(path) for path in sources):
        yield from Program(sources, configurations).references
