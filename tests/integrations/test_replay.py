"""Recording a provider's calls to files and playing them back exactly, with the ledger saying that nothing was paid."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections

from common.actors import set_trace_id
from integrations.llm import gateway
from integrations.llm.errors import NotRecorded, RecordingDamaged
from integrations.llm.gateway import About, ask
from integrations.llm.providers import current_provider
from integrations.llm.providers.replay import RecordingProvider, ReplayProvider
from integrations.llm.purposes import ATOM_RETRY, REPORT_SUMMARY
from integrations.llm.shapes import AtomRetryInputs, ReportInputs
from integrations.models import LLMCall
from tests.integrations.conftest import REPORT, SUMMARY, ScriptedProvider
from tests.unit.llm.prompt_inputs import INPUTS

pytestmark = pytest.mark.django_db
Answers = list[Any]


@pytest.fixture(autouse=True)
def journey() -> Iterator[str]:
    """A trace of its own, as every build has; plays count their questions by it."""
    trace = uuid.uuid4().hex
    set_trace_id(trace)
    yield trace
    set_trace_id("")


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    return lambda provider: monkeypatch.setattr(gateway, "current_provider", lambda: provider)


@pytest.fixture
def record(use: Callable[[object], None], tmp_path: Path) -> Callable[..., Path]:
    """Record the same question with these answers in turn, then play what was recorded."""

    def recording(*answers: str, inputs: ReportInputs = REPORT, asks: int = 1) -> Path:
        use(RecordingProvider(ScriptedProvider(answers=list(answers)), tmp_path))
        for _ in range(asks):
            ask(REPORT_SUMMARY, inputs, about=About())
        use(ReplayProvider(tmp_path))
        set_trace_id(uuid.uuid4().hex)
        LLMCall.objects.all().delete()
        return tmp_path

    return recording


def saying(text: str) -> str:
    return json.dumps({"summary": text, "next_steps": []})


def told() -> str:
    return str(ask(REPORT_SUMMARY, REPORT, about=About()).answer.summary)


def test_a_recording_is_played_back_exactly_and_costs_nothing(record: Callable[..., Path]) -> None:
    record("no", SUMMARY)
    reply = ask(REPORT_SUMMARY, REPORT, about=About())
    assert reply.answer.summary == "All 12 tests passed."
    assert (reply.provider, reply.model, reply.requests, reply.cost) == ("replay", "recorded", 2, Decimal(0))
    assert reply.tokens.input == 2_000
    assert list(LLMCall.objects.order_by("ask").values_list("error_code", flat=True)) == ["answer_invalid", ""]


def test_a_question_asked_several_times_is_answered_in_the_order_of_the_recording(record: Callable[..., Path]) -> None:
    record(saying("one"), saying("two"), saying("three"), asks=3)
    assert [told() for _ in range(4)] == ["one", "two", "three", "three"]
    set_trace_id(uuid.uuid4().hex)
    assert told() == "one"


def test_every_worker_takes_the_next_answer(record: Callable[..., Path], use: Callable[[object], None]) -> None:
    folder = record(saying("one"), saying("two"), asks=2)
    assert told() == "one"
    use(ReplayProvider(folder))
    assert told() == "two"


def test_without_the_shared_counter_or_a_trace_a_worker_counts_by_itself(
    record: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    record(saying("one"), saying("two"), asks=2)
    monkeypatch.setattr(cache, "incr", lambda name: int("evicted"))
    assert [told(), told()] == ["one", "two"]
    set_trace_id("")
    assert [told(), told()] == ["one", "two"]


def test_what_is_recorded_together_has_a_number_each_and_is_played_together(tmp_path: Path, journey: str) -> None:
    inner = ScriptedProvider()
    recorder = RecordingProvider(inner, tmp_path)
    request = _request_of(inner)
    barrier = threading.Barrier(8)

    def work(provider: Any) -> str:
        set_trace_id(journey)
        barrier.wait(timeout=60)
        try:
            return str(provider.complete(request, None).text)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: work(recorder), range(8)))
        files = sorted((tmp_path / journey).iterdir())
        assert [json.loads(path.read_text())["number"] for path in files] == list(range(1, 9))
        for path in files:
            kept = json.loads(path.read_text())
            path.write_text(json.dumps({**kept, "text": f"answer {kept['number']}"}))
        played = list(threads.map(lambda _: work(ReplayProvider(tmp_path)), range(8)))
    assert sorted(played) == [f"answer {number}" for number in range(1, 9)]


def _request_of(provider: ScriptedProvider) -> Any:
    """What the gateway sends for the report."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gateway, "current_provider", lambda: provider)
        ask(REPORT_SUMMARY, REPORT, about=About())
    return provider.requests[-1]


def test_what_memory_adds_does_not_make_it_another_question(tmp_path: Path, use: Callable[[object], None]) -> None:
    inputs = INPUTS["atom_retry"]
    assert isinstance(inputs, AtomRetryInputs)
    use(RecordingProvider(ScriptedProvider(answers=[json.dumps({"code": "x = 1"})]), tmp_path))
    ask(ATOM_RETRY, inputs, about=About(), attempt=2)
    use(ReplayProvider(tmp_path))
    for examples in ([], ["something else"], ["return the sum", "and more"]):
        other = inputs.model_copy(update={"examples": examples})
        assert ask(ATOM_RETRY, other, about=About(), attempt=2).answer.code == "x = 1"
    with pytest.raises(NotRecorded):
        ask(ATOM_RETRY, inputs.model_copy(update={"hint": "use int"}), about=About(), attempt=2)


# -- what is not there -------------------------------------------------------------------------------------------------


def test_a_call_that_was_not_recorded_is_told_with_the_nearest_and_the_first_difference(
    record: Callable[..., Path],
) -> None:
    folder = record(SUMMARY)
    (path,) = folder.rglob("*.json")
    other = ReportInputs(project_name="Shop", request="a bar", facts=["12 tests passed"])
    with pytest.raises(NotRecorded) as raised:
        ask(REPORT_SUMMARY, other, about=About())
    said = raised.value.detail
    assert said.startswith(f"The recording in {folder} has no call of report_summary with this prompt. ")
    assert f"The nearest one is {path.name}; the first difference is in line " in said
    assert 'recorded \'name="request" mark="' in said or "recorded 'mark=" in said
    assert "LLM_RECORDING_DIR" in raised.value.hint
    assert LLMCall.objects.get().error_code == "call_not_recorded"


def test_a_purpose_that_was_not_recorded_is_told_with_those_that_were(record: Callable[..., Path]) -> None:
    record(SUMMARY)
    with pytest.raises(NotRecorded, match=r"no call of atom_retry .* It has calls of report_summary \(1\)\."):
        ask(ATOM_RETRY, INPUTS["atom_retry"], about=About())


@pytest.mark.parametrize(("name", "said"), [("", "no recorded call in that folder"), ("none", "no such folder")])
def test_a_folder_without_a_recording_is_told(
    tmp_path: Path, use: Callable[[object], None], name: str, said: str
) -> None:
    use(ReplayProvider(tmp_path / name))
    with pytest.raises(NotRecorded, match=said):
        told()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[: len(text) // 2], "it is cut off or not JSON (line"),
        (lambda text: "", "it is cut off or not JSON (line 1"),
        (lambda text: text.replace('"format": 2', '"format": 7'), "it has format 7, and this version plays format 2"),
        (lambda text: text.replace('"format": 2,', ""), "it has format 1, and this version plays format 2"),
        (lambda text: text.replace('"stop_reason"', '"reason"'), "stop_reason: Field required (2 problems)"),
        (lambda text: "[]", "the whole: Input should be an object"),
        (lambda text: text.replace('"output": 100', '"output": "many"'), "usage.output: Input should be a valid int"),
    ],
)  # fmt: skip
def test_a_damaged_recording_is_told_with_what_is_wrong(
    record: Callable[..., Path], change: Callable[[str], str], said: str
) -> None:
    (path,) = record(SUMMARY).rglob("*.json")
    path.write_text(change(path.read_text()))
    with pytest.raises(RecordingDamaged) as raised:
        told()
    assert f"The recorded call {path.name} cannot be played: " in raised.value.detail
    assert said in raised.value.detail


def test_a_damaged_neighbour_does_not_hide_what_is_nearest(record: Callable[..., Path]) -> None:
    folder = record(SUMMARY)
    (path,) = folder.rglob("*.json")
    (folder / f"report_summary-{'0' * 32}-001.json").write_text("{")
    with pytest.raises(NotRecorded, match=f"The nearest one is {path.name}"):
        ask(REPORT_SUMMARY, ReportInputs(project_name="Bar", request="a bar", facts=[]), about=About())


# -- secrets -----------------------------------------------------------------------------------------------------------

KEY = "sk-ant-api03-" + "Zx9" * 12
SECRETS = {
    "anthropic": KEY,
    "github": "ghp_" + "a1B2" * 9,
    "aws": "AKIAIOSFODNN7EXAMPLE",
    "google": "AIza" + "Sy0" * 12,
    "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcDEF123_-x",
    "address": "postgresql://ana:hunter2hunter2@db/shop",
    "bearer": "Authorization: Bearer abcdefghijklmnopqrstuvwxyz",
    "pem": "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bq\n-----END RSA PRIVATE KEY-----",
    "environment": "correct horse battery",
}
HIDDEN = ["Zx9Zx9", "a1B2a1B2", "IOSFODNN7", "Sy0Sy0", "abcDEF123", "hunter2", "abcdefghijkl", "MIIEow", "horse"]


def test_no_secret_is_in_any_file_whether_asked_or_answered(
    configure: Callable[..., Any], record: Callable[..., Path]
) -> None:
    configure(anthropic_api_key=KEY, known_secrets=("correct horse battery",))
    inputs = ReportInputs(project_name="Shop", request="My key is " + " and ".join(SECRETS.values()), facts=["kept"])
    folder = record(saying("You said: " + " ".join(SECRETS.values())), inputs=inputs)
    written = "".join(path.name + path.read_text() for path in folder.rglob("*.json"))
    assert [secret for secret in HIDDEN if secret in written] == []
    assert written.count("[secret removed]") >= 2 * len(SECRETS) - 2
    assert "kept" in written
    # The same question, with the same secrets in it, is still found.
    assert "[secret removed]" in ask(REPORT_SUMMARY, inputs, about=About()).answer.summary


def test_a_question_that_is_not_there_is_told_without_its_secrets(record: Callable[..., Path]) -> None:
    record(SUMMARY)
    with pytest.raises(NotRecorded) as raised:
        ask(REPORT_SUMMARY, ReportInputs(project_name="Shop", request=KEY, facts=[]), about=About())
    assert "Zx9" not in str(raised.value)


def test_nothing_is_written_outside_the_folder_whatever_the_trace_is_called(tmp_path: Path) -> None:
    set_trace_id("../../etc/cron.d")
    inner = ScriptedProvider()
    RecordingProvider(inner, tmp_path / "recordings").complete(_request_of(inner), None)
    assert [path.name for path in tmp_path.iterdir()] == ["recordings"]
    assert [path.name for path in (tmp_path / "recordings").iterdir()] == ["______etc_cron_d"]


# -- settings ----------------------------------------------------------------------------------------------------------


def test_the_settings_choose_to_record_and_to_replay(configure: Callable[..., Any], tmp_path: Path) -> None:
    configure(llm_provider="offline", llm_record=True, llm_recording_dir=tmp_path)
    assert isinstance(current_provider(), RecordingProvider)
    configure(llm_provider="replay")
    assert isinstance(current_provider(), ReplayProvider)
    assert current_provider() is current_provider()
