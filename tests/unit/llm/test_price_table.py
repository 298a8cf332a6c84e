"""A price table is taken whole or not at all, and says what is wrong with it."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from integrations.llm.price_table import OWN_FILE, PriceTableInvalid, price_table


def band(**changes: str) -> str:
    """A band that is right but for the changes; an empty one leaves the key out."""
    rates = {"input": "1", "output": "5", "cache_write_5m": "1.25", "cache_write_1h": "2", "cache_read": "0.1"}
    return "{ " + ", ".join(f"{key} = {value}" for key, value in {**rates, **changes}.items() if value) + " }"


OWN = price_table()


def written(folder: Path, models: str, head: str = "as_of = 2027-01-31") -> Path:
    path = folder / "prices.toml"
    path.write_text(f"{head}\n[models]\n{models}\n")
    return path


def test_a_file_changes_and_adds_models_and_leaves_the_others(tmp_path: Path) -> None:
    table = price_table(written(tmp_path, f'"claude-opus-5-5" = [{band()}]\nlocal = [{band()}]'))
    assert table.as_of.isoformat() == "2027-01-31"
    assert [rate.output for model in ("local", "claude-opus-5-5") for rate in table.models[model]] == [5, 5]
    assert table.models["claude-sonnet-5-5"] == OWN.models["claude-sonnet-5-5"]
    assert table.highest == OWN.highest


def test_a_model_of_ones_own_may_be_free_and_the_dearest_counts_for_the_unknown(tmp_path: Path) -> None:
    table = price_table(written(tmp_path, f"local = [{band(input='0')}]\ngolden = [{band(output='900.5')}]"))
    assert table.models["local"][0].input == 0
    assert (table.highest.output, table.highest.input) == (Decimal("900.5"), OWN.highest.input)


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        (f"[{band(output='')}]", "models.m.band 1.output: Field required"),
        (f"[{band(output='-5')}]", "models.m.band 1.output: Input should be greater than or equal to 0"),
        (f"[{band(output='nan')}]", "models.m.band 1.output: Input should be a finite number"),
        (f"[{band(output='50000')}]", "models.m.band 1.output: Input should be less than or equal to 10000"),
        (f"[{band(output='true')}]", "models.m.band 1.output: Decimal input should be"),
        (f"[{band(up_to='5')}]", "models.m.band 1.up_to: Extra inputs are not permitted"),
        (band(), "models.m: Input should be a valid tuple"),
        ("[]", "m: it has no band"),
        (f"[{band(up_to_prompt='9')}]", "m: prompts above 9 tokens have no price"),
        (f"[{band(up_to_prompt='0')}, {band()}]", "models.m.band 1.up_to_prompt: Input should be greater"),
        (f"[{band()}, {band()}]", "m: only the last band may be without up_to_prompt"),
        (
            f"[{band(up_to_prompt='9')}, {band(up_to_prompt='8')}, {band()}]",
            "m: bands must rise, but up_to_prompt 8 follows 9",
        ),
        (
            f"[{band(up_to_prompt='9')}, {band(up_to_prompt='9')}, {band()}]",
            "m: bands must rise, but up_to_prompt 9 follows 9",
        ),
        (f"[{band()}]\nm = [{band()}]", "it is not TOML (Cannot overwrite a value"),
        ("[", "it is not TOML ("),
    ],
)
def test_a_hole_in_the_table_is_named(tmp_path: Path, bands: str, said: str) -> None:
    path = written(tmp_path, f"m = {bands}")
    with pytest.raises(PriceTableInvalid) as raised:
        price_table(path)
    assert said in raised.value.detail
    assert str(path) in raised.value.detail
    assert "prices.toml" in raised.value.hint


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(PriceTableInvalid) as raised:
        price_table(written(tmp_path, "a = []\nb = []"))
    assert "a: it has no band; b: it has no band" in raised.value.detail


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("", "as_of: Field required"),
        ('as_of = "soon"', "as_of: Input should be a valid date"),
        ("as_of = 2027-01-31\nx = 1", "x: Extra inputs are not permitted"),
    ],
)
def test_a_table_without_a_date_or_with_unknown_keys_is_refused(tmp_path: Path, head: str, said: str) -> None:
    with pytest.raises(PriceTableInvalid) as raised:
        price_table(written(tmp_path, "", head))
    assert said in raised.value.detail


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PriceTableInvalid, match="cannot be read .No such file"):
        price_table(tmp_path / "none.toml")
    (tmp_path / "picture.toml").write_bytes(b"\x89PNG\xff")
    with pytest.raises(PriceTableInvalid, match="not TOML"):
        price_table(tmp_path / "picture.toml")


def test_a_bad_table_stops_the_start_with_the_name_of_the_variable(tmp_path: Path) -> None:
    path = written(tmp_path, "m = []")
    start = [sys.executable, "-c", "import devmatrix_project.environment as e; e.devmatrix()"]
    ended = subprocess.run(
        start, env={**os.environ, "LLM_PRICES_FILE": str(path)}, cwd=OWN_FILE.parents[2], capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert (
        f"ImproperlyConfigured: LLM_PRICES_FILE: The price table {path} is not valid: m: it has no band."
        in ended.stderr
    )
