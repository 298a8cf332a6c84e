"""Drafts in TypeScript and JavaScript go the way of all drafts: atoms, graph, waves, rounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from execution.models import Atom, Round, Run
from execution.services.atomizing import atomize_plan
from execution.services.ordering import graph_of
from execution.states import Stage
from execution.waves.closing import close_round
from planning.models import Task
from tests.execution.building import make_build
from tests.execution.conftest import Checks

pytestmark = pytest.mark.django_db

PAGE = """import { total } from './sums';

export class Page {
  count = 0;

  show(): string {
    return String(total([this.count]));
  }
}
"""
SUMS = "export function total(values: number[]): number {\n  return values.length;\n}\n"
LEGACY = "const sums = require('./sums');\n\nmodule.exports = { sums };\n"


def test_drafts_are_cut_and_come_in_waves(tmp_path: Path) -> None:
    build = make_build({"app/a.py": {"f": "def f():\n    return 1\n"}}, workspace=tmp_path, stage=Stage.ATOMIZATION)
    Atom.objects.all().delete()
    draft = [{"path": path, "text": text} for path, text in (("p.ts", PAGE), ("sums.ts", SUMS), ("old.js", LEGACY))]
    Task.objects.filter(pk=build.task.pk).update(draft=draft)

    atomize_plan(Run.objects.get(pk=build.run.pk))

    rows = list(Atom.objects.select_related("current").order_by("number"))
    assert [(row.language, row.kind, row.qualname) for row in rows] == [
        ("typescript", "import", "import"),
        ("typescript", "class_header", "Page"),
        ("typescript", "method", "Page.show"),
        ("typescript", "function", "total"),
        ("javascript", "import", "import"),
        ("javascript", "statement", "statement"),
    ]
    assert "".join(row.current.text for row in rows if row.current and row.path == "p.ts") == PAGE
    graph = graph_of(rows, {"p.ts": ["sums.ts"]})
    keys = {row.qualname: row.key for row in rows if row.language == "typescript"}
    assert keys["Page"] in graph.needed_by(keys["Page.show"])
    assert [node.id for node in graph.nodes] == [
        row.key for row in sorted(rows, key=lambda row: (row.path, row.number))
    ]


def test_a_round_accepts_what_no_check_speaks_against(tmp_path: Path, checks: list[Checks]) -> None:
    build = make_build(
        {"app/sums.ts": {"total": SUMS}, "app/old.js": {"old": LEGACY}}, workspace=tmp_path / "workspace"
    )
    round_: Round = build.open_round("total", "old")
    for name in ("total", "old"):
        build.judged(round_, name)

    close_round(round_.pk)

    assert build.statuses() == {"total": "accepted", "old": "accepted"}
