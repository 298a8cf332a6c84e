"""Recording a provider's calls to files and playing them back exactly, with the ledger saying that nothing was paid."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from integrations.llm import gateway
from integrations.llm.errors import NotRecorded
from integrations.llm.gateway import About, ask
from integrations.llm.providers import current_provider
from integrations.llm.providers.replay import RecordingProvider, ReplayProvider
from integrations.llm.purposes import REPORT_SUMMARY
from integrations.llm.shapes import ReportInputs
from integrations.models import LLMCall
from tests.integrations.conftest import REPORT, SUMMARY, ScriptedProvider

pytestmark = pytest.mark.django_db


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A recording of one question whose first answer did not fit."""
    inner = ScriptedProvider(answers=["no", SUMMARY])
    monkeypatch.setattr(gateway, "current_provider", lambda: RecordingProvider(inner, tmp_path))
    ask(REPORT_SUMMARY, REPORT, about=About())
    monkeypatch.setattr(gateway, "current_provider", lambda: ReplayProvider(tmp_path))
    LLMCall.objects.all().delete()
    return tmp_path


def test_a_recording_is_played_back_exactly_and_costs_nothing(recorded: Path) -> None:
    reply = ask(REPORT_SUMMARY, REPORT, about=About())
    assert reply.answer.summary == "All 12 tests passed."
    assert (reply.provider, reply.model, reply.requests, reply.cost) == ("replay", "claude-haiku-5-5", 2, Decimal(0))
    assert reply.tokens.input == 2_000
    assert list(LLMCall.objects.order_by("ask").values_list("error_code", flat=True)) == ["answer_invalid", ""]


def test_a_call_that_was_not_recorded_is_told_with_its_name(recorded: Path) -> None:
    other = ReportInputs(project_name="Bar", request="a bar", facts=[])
    with pytest.raises(NotRecorded, match="no call of report_summary to claude-haiku-5-5"):
        ask(REPORT_SUMMARY, other, about=About())
    assert LLMCall.objects.get().error_code == "call_not_recorded"


def test_a_damaged_recording_is_told(recorded: Path) -> None:
    for path in recorded.iterdir():
        path.write_text("{}")
    with pytest.raises(NotRecorded, match="is not a recording"):
        ask(REPORT_SUMMARY, REPORT, about=About())


def test_a_recording_holds_answers_and_no_prompt(recorded: Path) -> None:
    kept = [json.loads(path.read_text()) for path in sorted(recorded.iterdir())]
    assert sorted(entry["text"] for entry in kept) == sorted(["no", SUMMARY])
    assert {name for entry in kept for name in entry} == {"purpose", "model", "text", "stop_reason", "usage"}


def test_the_settings_choose_the_recording(recorded: Path, configure: Callable[..., Any]) -> None:
    configure(llm_provider="replay", llm_recording_dir=recorded)
    assert isinstance(current_provider(), ReplayProvider)
