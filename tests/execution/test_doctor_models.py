"""What doctor says of prices and recordings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from common.machine import Outcome
from execution.management.commands.doctor import check_prices, check_recording, check_schema
from integrations.llm.price_table import price_table
from integrations.llm.prices import Usage
from integrations.llm.recordings import RecordedBlock, Recording, keep, key_of


@pytest.fixture
def use(settings: Any) -> Callable[..., None]:
    def change(**values: Any) -> None:
        settings.DEVMATRIX = replace(settings.DEVMATRIX, **values)

    return change


@time_machine.travel(datetime(2026, 12, 1, tzinfo=UTC), tick=False)
def test_prices_are_told_with_their_date(use: Callable[..., None]) -> None:
    use(llm_provider="anthropic")
    finding = check_prices()
    assert (finding.outcome, finding.detail) == (
        Outcome.PASSED,
        f"as of 2026-11-21, {len(price_table().models)} models",
    )


def test_a_model_without_a_price_is_noted_when_it_is_paid_for(use: Callable[..., None]) -> None:
    use(llm_provider="anthropic", model_fast="qwen-local")
    finding = check_prices()
    assert finding.outcome is Outcome.WARNING
    assert finding.mend.startswith("Give qwen-local a price in LLM_PRICES_FILE")
    use(llm_provider="offline")
    assert "qwen" not in check_prices().mend


@time_machine.travel(datetime(2027, 11, 21, tzinfo=UTC), tick=False)
def test_old_prices_are_noted(use: Callable[..., None]) -> None:
    use(llm_provider="anthropic")
    finding = check_prices()
    assert (finding.outcome, "365 days old" in finding.detail) == (Outcome.WARNING, True)


def test_a_recording_is_looked_at_only_when_it_is_to_be_played(use: Callable[..., None], tmp_path: Path) -> None:
    use(llm_provider="offline", llm_recording_dir=tmp_path)
    assert check_recording() == []
    use(llm_provider="replay")
    assert [(found.outcome, "no recorded call" in found.detail) for found in check_recording()] == [
        (Outcome.FAILED, True)
    ]


def test_every_file_of_a_recording_is_read(use: Callable[..., None], tmp_path: Path) -> None:
    use(llm_provider="replay", llm_recording_dir=tmp_path)
    recording = Recording(
        purpose="task_code",
        provider="offline",
        model="offline-1",
        prompt=(RecordedBlock(role="user", text="Write it."),),
        text="{}",
        stop_reason="end_turn",
        usage=Usage(input=1, output=1),
    )
    first, second = (keep(tmp_path / "trace", key_of(["Write it."]), recording) for _ in range(2))
    assert [path.name[-8:] for path in (first, second)] == ["001.json", "002.json"]
    assert [(found.outcome, found.detail) for found in check_recording()] == [
        (Outcome.PASSED, f"2 calls in {tmp_path}")
    ]
    second.write_text(second.read_text()[:50])
    (found,) = check_recording()
    assert found.outcome is Outcome.FAILED
    assert "002.json cannot be played: it is cut off or not JSON" in found.detail


@pytest.mark.django_db
def test_a_database_of_this_version_is_told_from_an_older_one() -> None:
    assert [finding.outcome for finding in check_schema()] == [Outcome.PASSED]
    ((_, last),) = MigrationLoader(connection).graph.leaf_nodes("review")
    MigrationRecorder(connection).record_unapplied("review", last)
    (finding,) = check_schema()
    assert finding.outcome is Outcome.FAILED
    assert f"the first is review.{last}" in finding.detail
    assert finding.mend == "Run `make up`, or manage.py migrate."
