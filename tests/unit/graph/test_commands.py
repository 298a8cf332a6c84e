"""``atomize`` and ``depgraph`` from the command line, without a database."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

ATOM_KEYS = [
    "id", "kind", "name", "qualname", "parent", "start_byte", "end_byte", "start_line", "end_line", "loc", "complexity",
    "defines", "uses", "atomicity", "failed_criteria",
]  # fmt: skip


def run(*arguments: object) -> str:
    output = StringIO()
    call_command(*map(str, arguments), stdout=output)
    return output.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text("def f():\n    pass\n")
    (tmp_path / "b.py").write_text("from a import f\n\n\ndef g():\n    f()\n")
    return tmp_path


def test_atomize_prints_a_json_line_for_each_file(folder: Path) -> None:
    first, second = map(json.loads, run("atomize", folder).splitlines())
    assert list(first) == ["path", "language", "atoms"]
    assert (first["path"], first["language"]) == (str(folder / "a.py"), "python")
    assert list(first["atoms"][0]) == ATOM_KEYS
    assert [atom["kind"] for atom in second["atoms"]] == ["import", "function"]
    assert second["atoms"][1]["uses"] == ["f"]


def test_atomize_names_bad_files_and_does_the_rest(folder: Path) -> None:
    (folder / "c.py").write_bytes(b"\0")
    (folder / "d.py").write_text("def (:\n")
    (folder / "empty.py").write_text("")
    (folder / "loop").symlink_to(".")
    named = [
        {"path": "c.py", "problem": "binary"},
        {"path": "d.py", "problem": "does_not_parse"},
        {"path": "loop", "problem": "link_loop"},
    ]
    assert json.loads(run("depgraph", folder))["problems"] == named
    lines: list[dict[str, Any]] = [json.loads(line) for line in run("atomize", folder).splitlines()]
    assert {Path(line["path"]).name: line.get("problem") for line in lines} == {
        "a.py": None,
        "b.py": None,
        "c.py": "binary",
        "d.py": "does_not_parse",
        "empty.py": None,
        "loop": "link_loop",
    }


def test_an_unreadable_file_fails_after_the_rest_is_done(folder: Path) -> None:
    (folder / "gone.py").symlink_to(folder / "nowhere")
    output = StringIO()
    with pytest.raises(CommandError, match="1 could not be read") as caught:
        call_command("atomize", str(folder), stdout=output)
    assert caught.value.returncode == 1
    assert [json.loads(line).get("problem") for line in output.getvalue().splitlines()] == [None, None, "unreadable"]


def test_atomize_tells_the_quality_of_the_cuts_by_language(folder: Path) -> None:
    (folder / "c.ts").write_text("export function f(): number {\n  return 1;\n}\n\nexport const x = f();\n")
    (folder / "d.ts").write_bytes(b"\0")
    python, typescript, problem = map(json.loads, run("atomize", folder, "--quality").splitlines())
    assert (python["language"], python["files"], python["lossless"]) == ("python", 2, 1.0)
    shares = ("lossless", "left_whole", "within_limit", "on_boundary", "atomic", "complete_context")
    assert {name: typescript[name] for name in shares} == dict.fromkeys(shares, 1.0) | {"left_whole": 0.5}
    assert (typescript["language"], typescript["atoms"], typescript["median_lines"]) == ("typescript", 2, 2)
    assert problem == {"path": str(folder / "d.ts"), "problem": "binary"}


@pytest.mark.parametrize("command", ["atomize", "depgraph"])
def test_a_missing_path_is_wrong_use(command: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError) as caught:
        run(command, tmp_path / "nowhere")
    assert caught.value.returncode == 2


def test_depgraph_prints_nodes_edges_and_waves(folder: Path) -> None:
    document = json.loads(run("depgraph", folder))
    assert list(document) == ["nodes", "edges", "waves"]
    names = {node["id"]: f"{node['path']}:{node['qualname']}" for node in document["nodes"]}
    edges = {(names[edge["from"]], names[edge["to"]], edge["type"], edge["broken"]) for edge in document["edges"]}
    assert edges == {
        ("a.py:f", "b.py:import", "import", False),
        ("a.py:f", "b.py:g", "control", False),
        ("b.py:import", "b.py:g", "import", False),
    }
    assert [[names[atom] for atom in wave] for wave in document["waves"]] == [["a.py:f"], ["b.py:import"], ["b.py:g"]]


def test_depgraph_draws(folder: Path) -> None:
    assert run("depgraph", folder, "--format", "svg").startswith("<svg ")
    assert run("depgraph", folder, "--format", "mermaid").startswith("flowchart LR\n")


def test_depgraph_refuses_a_limit_below_one(folder: Path) -> None:
    with pytest.raises(CommandError) as caught:
        run("depgraph", folder, "--limit", "0")
    assert caught.value.returncode == 2


def test_depgraph_says_the_line_of_an_edge_and_reads_tsconfig(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "tsconfig.json").write_text('{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}')
    (tmp_path / "src" / "a.ts").write_text('import { f } from "@/b";\n\nexport const x =\n  f();\n')
    (tmp_path / "src" / "b.ts").write_text("export function f() {}\n")
    document = json.loads(run("depgraph", tmp_path))
    assert {node["path"] for node in document["nodes"]} == {"src/a.ts", "src/b.ts"}
    assert (4, 1, "import") in {(edge["line"], edge["lines"], edge["timing"]) for edge in document["edges"]}
