"""Each prompt says its version, which the ledger keeps with the call."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from integrations.llm import prompt_versions
from integrations.llm.prompt_versions import prompt_version
from integrations.llm.purposes import PURPOSES
from tests.unit.llm.golden_prompts import is_renamed


@pytest.mark.parametrize("name", PURPOSES)
def test_every_prompt_has_a_version_that_fits_the_ledger(name: str) -> None:
    assert re.fullmatch(r"\d+-[0-9a-f]{8}", prompt_version(PURPOSES[name].template))


def test_a_change_of_the_file_or_of_what_it_includes_is_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompt_versions, "PROMPTS_DIR", tmp_path)
    seen = set()
    for number, own, shared in [(1, "a", "x"), (1, "b", "x"), (1, "b", "y"), (2, "b", "y")]:
        prompt_version.cache_clear()
        (tmp_path / "rules.j2").write_text(shared)
        (tmp_path / "one.j2").write_text(f'{{# version {number}: why #}}\n{own}{{% include "rules.j2" %}}')
        seen.add(prompt_version("one.j2"))
    assert len(seen) == 4
    assert sorted(version.split("-")[0] for version in seen) == ["1", "1", "1", "2"]
    prompt_version.cache_clear()


@pytest.mark.parametrize("head", ["", "{# version: 1 #}\n", "{# version one: x #}\n", "text {# version 1: x #}\n"])
def test_a_prompt_without_a_version_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: str) -> None:
    monkeypatch.setattr(prompt_versions, "PROMPTS_DIR", tmp_path)
    (tmp_path / "headless.j2").write_text(f"{head}text")
    with pytest.raises(ValueError, match="headless.j2 does not begin with"):
        prompt_version("headless.j2")


def test_a_changed_prompt_needs_a_new_number_before_it_is_taken_as_reviewed() -> None:
    assert is_renamed("version 1-aa\n", "version 1-aa\n")
    assert is_renamed("version 1-aa\n", "version 2-bb\n")
    assert not is_renamed("version 1-aa\n", "version 1-bb\n")
