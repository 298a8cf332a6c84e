"""Atoms of a project in, dependency graph and waves out. Pure: no database, no network, no Django."""

from execution.graph.build import Builder, build
from execution.graph.cycles import break_cycles
from execution.graph.model import Edge, EdgeType, Graph, Node, Timing
from execution.graph.picture import Picture, picture, to_json, to_mermaid
from execution.graph.refine import refine
from execution.graph.svg import to_svg
from execution.graph.waves import WAVE_LIMIT, CyclicGraph, waves

__all__ = [
    "WAVE_LIMIT",
    "Builder",
    "CyclicGraph",
    "Edge",
    "EdgeType",
    "Graph",
    "Node",
    "Picture",
    "Timing",
    "break_cycles",
    "build",
    "picture",
    "refine",
    "to_json",
    "to_mermaid",
    "to_svg",
    "waves",
]
