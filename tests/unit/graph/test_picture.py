"""The graph for the eye."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from execution.graph import Edge, Graph, Node
from execution.graph.picture import COLUMN, HEIGHT, MARGIN, WIDTH, picture, to_json, to_mermaid
from execution.graph.svg import to_svg

NODES = tuple(Node(name, "a.py", f'{name}<"&">', "function", name) for name in "abc")
EDGES = (Edge("a", "b", "control"), Edge("a", "b", "type"), Edge("b", "a", "data", broken=True, reason="cycle <2>"))
WAVES = (("a", "c"), ("b",))
DRAWN = picture(Graph(NODES, EDGES), WAVES, {"a": "accepted", "b": "failed"})


def test_waves_are_columns() -> None:
    columns = {box.id: box.x for box in DRAWN.boxes}
    assert columns["a"] == columns["c"] < columns["b"]
    assert {box.id: (box.wave, box.status) for box in DRAWN.boxes} == {
        "a": (1, "accepted"),
        "c": (1, "pending"),
        "b": (2, "failed"),
    }


def test_boxes_do_not_overlap_and_lie_inside() -> None:
    assert len({(box.x, box.y) for box in DRAWN.boxes}) == 3
    assert all(0 < box.x < DRAWN.width and 0 < box.y < DRAWN.height for box in DRAWN.boxes)


def test_edges_between_two_nodes_are_one_line_that_shows_the_strongest() -> None:
    assert [(line.source, line.target, line.type, line.broken) for line in DRAWN.lines] == [
        ("a", "b", "control", False),
        ("b", "a", "data", True),
    ]


def test_nodes_stand_near_what_they_need() -> None:
    nodes = tuple(Node(name, "a.py", name, "function", name) for name in "abcd")
    drawn = picture(Graph(nodes, (Edge("a", "d", "data"), Edge("b", "c", "data"))), (("a", "b"), ("c", "d")))
    assert [box.id for box in drawn.boxes] == ["a", "b", "d", "c"]


def test_the_svg_is_well_formed_with_broken_edges_dashed() -> None:
    root = ElementTree.fromstring(to_svg(DRAWN))  # noqa: S314  # our own text
    paths = root.findall("{http://www.w3.org/2000/svg}path")
    assert [path.get("stroke-dasharray") for path in paths] == [None, "5 4"]
    assert [group.get("class") for group in root.findall("{http://www.w3.org/2000/svg}g[@data-id]")] == [
        "atom accepted",
        "atom pending",
        "atom failed",
    ]


def test_the_mermaid_text_has_a_subgraph_for_each_wave_and_dotted_broken_edges() -> None:
    lines = to_mermaid(DRAWN).splitlines()
    assert lines[0] == "flowchart LR"
    assert [line for line in lines if "subgraph" in line] == ['  subgraph w1["Wave 1"]', '  subgraph w2["Wave 2"]']
    assert '    n0["a#lt;#quot;&#quot;#gt;"]:::accepted' in lines
    assert "  n0 -->|control| n2" in lines
    assert "  n2 -.->|data| n0" in lines


def test_the_json_form_is_plain() -> None:
    document = json.loads(json.dumps(to_json(DRAWN)))
    assert document["boxes"][0]["status"] == "accepted"
    assert document["lines"][1]["reason"] == "cycle <2>"


def test_an_atom_without_a_name_is_labelled_with_its_file() -> None:
    drawn = picture(Graph((Node("a", "pkg/models.py", "import", "import", "a"),), ()), (("a",),))
    assert drawn.boxes[0].label == "models: import"


def test_a_wave_that_is_too_high_takes_several_columns() -> None:
    nodes = tuple(Node(name, "a.py", name, "function", name) for name in "abcdef")
    drawn = picture(Graph(nodes, ()), (("a", "b", "c", "d", "e"), ("f",)), most_rows=2)
    columns = {box.id: (box.x - MARGIN) // COLUMN for box in drawn.boxes}
    assert columns == {"a": 0, "b": 0, "c": 1, "d": 1, "e": 2, "f": 3}
    assert drawn.height == picture(Graph(nodes[:2], ()), (("a", "b"),)).height
    assert all(box.x + WIDTH <= drawn.width and box.y + HEIGHT <= drawn.height for box in drawn.boxes)


def test_an_empty_graph_has_a_picture() -> None:
    ElementTree.fromstring(to_svg(picture(Graph((), ()), ())))  # noqa: S314  # our own text


def test_the_svg_follows_the_screen_and_explains_its_colours() -> None:
    text = to_svg(DRAWN)
    assert "@media(prefers-color-scheme:dark)" in text
    root = ElementTree.fromstring(text)  # noqa: S314  # our own text
    words = [part.text for part in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"accepted", "failed", "control", "type", "broken", "Wave 1 · 2"} <= set(words)
