"""The benchmark of defects, on a project small enough for a test."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from pathlib import Path

import pytest

from execution.benchmarks.defects.benching import Tally, rows_of, spoil
from execution.benchmarks.defects.catching import Subject
from execution.benchmarks.defects.injecting import defects_in
from execution.benchmarks.defects.kinds import KINDS
from execution.benchmarks.validating import timed_round
from execution.validation.standards import GENERATED

FILES = {
    "app/__init__.py": "",
    "app/prices.py": """from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Price:
    amount: int
    currency: str

    def shown(self) -> str:
        return f"{self.amount} {self.currency}"


def rounded(value: float, step: int) -> int:
    rest = math.fmod(value, step)
    if rest > 0 and step > 1:
        return int(value - rest)
    return int(value)


def total(prices: list[Price]) -> int:
    amounts = [price.amount for price in prices]
    return sum(amounts)
""",
    "app/shop.py": """from __future__ import annotations

from app.prices import Price, rounded, total


def receipt(prices: list[Price], step: int) -> str:
    whole = rounded(total(prices), step)
    if not prices:
        return "nothing"
    return f"{whole} of {len(prices)}"
""",
}


def test_every_kind_has_a_place_in_a_working_project_and_spoils_one_file() -> None:
    found = list(defects_in(FILES, each=2, seed=1))
    assert {defect.kind for defect in found} == set(KINDS)
    assert len(KINDS) == 12
    assert max(Counter(defect.kind for defect in found).values()) == 2
    assert all(defect.text != FILES[defect.path] for defect in found)
    for defect in found:
        assert (defect.kind == "syntax") is not parses(defect.text), defect


def parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def test_the_same_seed_draws_the_same_places() -> None:
    assert list(defects_in(FILES, each=1, seed=3)) == list(defects_in(FILES, each=1, seed=3))
    assert list(defects_in(FILES, each=1, seed=3)) != list(defects_in(FILES, each=1, seed=4))


def test_shares_are_of_all_and_nothing_counted_is_no_pass() -> None:
    tally = Tally(Counter({("syntax", 1): 3, ("wrong_logic", None): 1}), alarmed=2, atoms=50)
    assert (tally.missed_percent, tally.alarmed_percent, tally.of("syntax")) == (25.0, 4.0, (3, 3))
    assert (Tally().missed_percent, Tally().alarmed_percent) == (100.0, 100.0)
    rows = {row.name: row for row in rows_of({"generated": tally})}
    assert rows["syntax: 3 of 3 caught (level 1: 3)"].value == 0
    assert rows["missed before level 4"].met is False
    assert rows["alarmed without cause of 50 atoms"].met is True


@pytest.mark.slow
def test_all_but_wrong_logic_is_caught_without_tests_and_nothing_untouched_is_alarmed(tmp_path: Path) -> None:
    subject = Subject("shop", tmp_path / "shop", FILES, Path(sys.executable), tmp_path / "cache", GENERATED)
    tally = Tally()
    try:
        spoil(subject, tally, each=1)
        wall, processor = timed_round(subject, 1)
        assert wall > 0
        assert processor > 0
        assert "# edit 1 " in "".join((subject.root / path).read_text() for path in FILES)
    finally:
        subject.close()
    assert (tally.alarmed, tally.of("wrong_logic")) == (0, (0, 1))
    assert {kind: tally.of(kind) for kind in KINDS if kind != "wrong_logic"} == {
        kind: (1, 1) for kind in KINDS if kind != "wrong_logic"
    }
