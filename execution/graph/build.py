"""From atoms of a project to its dependency graph."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from execution.atoms import Atom, join
from execution.graph.cycles import TIMINGS, break_cycles
from execution.graph.groups import groups
from execution.graph.javascript.modules import is_configuration
from execution.graph.javascript.syntax import is_script
from execution.graph.memory import collecting_later
from execution.graph.model import Edge, EdgeType, Graph, Node, Timing
from execution.graph.reference import Reference
from execution.graph.references import references
from execution.graph.unparsed import needs_of_unparsed


def build(
    files: Mapping[str, tuple[Atom, ...]],
    *,
    needs: Mapping[str, Collection[str]] | None = None,
    root_package: str = "",
    configurations: Mapping[str, bytes] | None = None,
) -> Graph:
    """The graph of a project's atoms, by path relative to its root; cycles are broken. Pure and deterministic.

    ``needs`` says which files a file needs by plan: where no edge between their atoms is found, one is made between
    what they export. ``root_package`` is the name by which the root itself is imported, when it is a package.
    ``configurations`` are files such as ``tsconfig.json`` that have no atoms of their own.
    """
    return Builder(root_package).build(files, needs=needs, configurations=configurations)


class _Group(NamedTuple):
    """What the edges of a group were made from, and the edges."""

    files: dict[str, tuple[Atom, ...]]
    configurations: dict[str, bytes]
    edges: tuple[Edge, ...]


class Builder:
    """Builds the graph of a project again and again: only groups with a changed file are resolved anew.

    What it gives is what :func:`build` gives, whatever was built before.
    """

    def __init__(self, root_package: str = "") -> None:
        self._root_package = root_package
        self._groups: dict[tuple[str, ...], _Group] = {}
        self.resolved: tuple[str, ...] = ()
        """The files that the last build looked into."""

    @collecting_later()
    def build(
        self,
        files: Mapping[str, tuple[Atom, ...]],
        *,
        needs: Mapping[str, Collection[str]] | None = None,
        configurations: Mapping[str, bytes] | None = None,
    ) -> Graph:
        nodes = tuple(Node.of(atom) for path in sorted(files) for atom in files[path])
        held = {path: join(atoms) for path, atoms in files.items() if is_configuration(path)}
        found = [*self._edges(files, {**held, **(configurations or {})}), *needs_of_unparsed(files)]
        edges = tuple(sorted([*found, *_planned(files, found, needs or {})], key=_edge_order))
        return Graph(nodes=nodes, edges=break_cycles(nodes, edges))

    def _edges(self, files: Mapping[str, tuple[Atom, ...]], configurations: dict[str, bytes]) -> list[Edge]:
        sources = {path: join(files[path]) for path in sorted(files) if is_script(path) or not _is_opaque(files[path])}
        before, self._groups = self._groups, {}
        resolved: list[str] = []
        for paths in groups(sources, root_package=self._root_package, configurations=configurations):
            own = {path: files[path] for path in paths}
            known = before.get(paths)
            if known is None or known.files != own or known.configurations != configurations:
                found = references({path: sources[path] for path in paths}, self._root_package, configurations)
                known = _Group(own, configurations, collect_edges(own, found))
                resolved.extend(paths)
            self._groups[paths] = known
        self.resolved = tuple(sorted(resolved))
        return [edge for group in self._groups.values() for edge in group.edges]


def _is_opaque(atoms: Sequence[Atom]) -> bool:
    """One ``file`` atom: nothing in it was understood, or there is nothing in it."""
    return len(atoms) == 1 and atoms[0].kind == "file" and bool(atoms[0].source.strip())


def collect_edges(files: Mapping[str, tuple[Atom, ...]], references: Iterable[Reference]) -> tuple[Edge, ...]:
    """References between lines as edges between atoms, with those that the structure itself demands."""
    places = {path: Places(atoms) for path, atoms in files.items()}
    lines: dict[tuple[str, str, EdgeType], dict[int, Timing]] = {}

    def note(source: Atom, target: Atom, type_: EdgeType, line: int, timing: Timing) -> None:
        if source.id == target.id:
            return
        known = lines.setdefault((source.id, target.id, type_), {})
        before = known.get(line)
        if before is None or TIMINGS.index(timing) < TIMINGS.index(before):
            known[line] = timing

    for reference in references:
        if reference.path in places and reference.target_path in places:
            needing = places[reference.path].at(reference.line, reference.offset)
            needed = places[reference.target_path].at(reference.target_line, reference.target_offset)
            note(needed, needing, reference.type, reference.line, reference.timing)
    for atoms in files.values():
        for source, target, type_ in _structure(atoms):
            note(source, target, type_, target.start_line, "definition")
    edges = [
        Edge(
            source=source,
            target=target,
            type=type_,
            weight=len(found),
            line=min(found),
            timing=min(found.values(), key=TIMINGS.index),
        )
        for (source, target, type_), found in lines.items()
    ]
    return tuple(sorted(edges, key=_edge_order))


def _edge_order(edge: Edge) -> tuple[str, str, str]:
    return (edge.source, edge.target, edge.type)


def _planned(
    files: Mapping[str, tuple[Atom, ...]], edges: Sequence[Edge], needs: Mapping[str, Collection[str]]
) -> Iterator[Edge]:
    path_of = {atom.id: path for path, atoms in files.items() for atom in atoms}
    found = {(path_of[edge.source], path_of[edge.target]) for edge in edges}
    for needing, needed_paths in sorted(needs.items()):
        for needed in sorted(needed_paths):
            if needed == needing or (needed, needing) in found or needed not in files or needing not in files:
                continue
            for source in _exported(files[needed]):
                for target in _exported(files[needing]):
                    yield Edge(source.id, target.id, "data", line=target.start_line, timing="call")


def _exported(atoms: Sequence[Atom]) -> list[Atom]:
    """Top level definitions and constants; every atom of a file that has none."""
    own = [atom for atom in atoms if atom.parent is None and atom.kind in ("function", "class_header", "constant")]
    return own or list(atoms)


def _structure(atoms: Sequence[Atom]) -> Iterable[tuple[Atom, Atom, EdgeType]]:
    """A member needs its class header; each piece of a unit needs the one before."""
    by_id = {atom.id: atom for atom in atoms}
    last_of_unit: dict[str, Atom] = {}
    for atom in atoms:
        before = last_of_unit.get(atom.unit)
        if before is not None:
            yield before, atom, "data"
        last_of_unit[atom.unit] = atom
        parent = by_id.get(atom.parent) if atom.parent is not None else None
        if parent is not None and parent.unit != atom.unit:
            yield parent, atom, "type"


class Places:
    """Finds the atom of a line, or of a byte where several atoms share a line."""

    def __init__(self, atoms: Sequence[Atom]) -> None:
        self._atoms = atoms
        self._lines = [atom.start_line for atom in atoms]
        self._bytes = [atom.start_byte for atom in atoms]

    def at(self, line: int, offset: int = -1) -> Atom:
        found = bisect_right(self._lines, line) if offset < 0 else bisect_right(self._bytes, offset)
        return self._atoms[max(0, found - 1)]
