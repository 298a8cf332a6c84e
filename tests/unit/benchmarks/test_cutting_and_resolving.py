"""What the benchmarks of cutting and resolving are made of, on little."""

from __future__ import annotations

from pathlib import Path

import pytest

from execution.benchmarks import cut_quality, resolving, splitters
from execution.benchmarks.resolving import Resolved, files_of, resolved


def package(root: Path) -> Path:
    folder = root / "shop"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "a.py").write_text("def price():\n    return 1\n")
    (folder / "b.py").write_text("from shop.a import price\n\n\ndef total():\n    return price()\n")
    return folder


def test_files_of_a_package_are_taken_in_order_until_the_lines_are_full(tmp_path: Path) -> None:
    assert list(files_of(package(tmp_path), 1)) == ["__init__.py", "a.py"]
    assert list(files_of(tmp_path / "shop", 3)) == ["__init__.py", "a.py", "b.py"]


def test_a_package_is_cut_resolved_and_ordered(tmp_path: Path) -> None:
    found = resolved(package(tmp_path), 100)
    assert (found.files, found.lines, found.atoms, found.edges, found.waves) == (3, 7, 4, 3, 3)
    assert found.seconds > 0
    assert found.mebibytes >= 0


def test_growth_is_told_by_line_and_by_edge(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sizes = {10_000: 1.0, 40_000: 4.0, 100_000: 20.0}
    monkeypatch.setattr(
        resolving,
        "_in_a_process_of_its_own",
        lambda root, lines: Resolved(1, lines, 10, lines // 10, 3, sizes[lines], lines / 1000),
    )
    told = {measure.name.strip(): (measure.value, measure.met) for measure in resolving._growth(tmp_path)}
    assert told["time an edge with 4 times the lines"] == (1.0, True)
    assert told["time an edge with 10 times the lines"] == (2.0, False)
    assert told["memory a line with 10 times the lines"] == (1.0, True)


def test_a_splitter_that_fetches_grammars_is_left_out_and_one_that_is_missing_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "chonkie" in splitters.LEFT_OUT
    assert "chonkie" not in splitters.SPLITTERS
    monkeypatch.setattr("importlib.import_module", _missing)
    assert splitters.installed("astchunk") is None


def _missing(name: str) -> None:
    raise ImportError(name)


def test_generated_projects_are_cut_as_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cut_quality, "PROJECTS", 1)
    measures = list(cut_quality._figures("generated", cut_quality._generated("fastapi"), is_generated=True))
    assert [measure.name.split(": ")[0] for measure in measures] == ["generated, python"] * 6
    assert [measure.name for measure in measures if measure.met is not True] == []
