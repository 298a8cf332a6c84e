"""Key, address and models are checked before anybody waits for a build: what the doctor says of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from execution.management.commands.doctor import check_models
from integrations.llm.access import check_access
from tests.integrations.conftest import Serve
from tests.integrations.messages_server import Failure, Page, Raw


def findings() -> list[tuple[str, str, str]]:
    return [(str(finding.outcome), finding.detail, finding.mend) for finding in check_models()]


def test_models_that_are_there_are_named(serve: Serve) -> None:
    serve()
    assert findings() == [
        ("passed", "claude-sonnet-5-5 is there: claude-sonnet-5-5", ""),
        ("passed", "claude-haiku-5-5 is there: claude-haiku-5-5", ""),
    ]


def test_only_the_model_that_does_not_exist_is_wrong(serve: Serve) -> None:
    serve(model_fast="claude-typo")
    assert [outcome for outcome, _, _ in findings()] == ["passed", "failed"]
    assert "claude-typo" in findings()[1][1]
    assert "LLM_MODEL_FAST" in findings()[1][2]


@pytest.mark.parametrize(
    ("answer", "outcome", "detail", "mend"),
    [
        (Failure(401, "authentication_error", "invalid x-api-key"), "failed", "invalid x-api-key", "ANTHROPIC_API_KEY"),
        (Failure(403, "permission_error", "not yours"), "failed", "not yours", "permissions"),
        (Page(), "failed", "text/html", "ANTHROPIC_BASE_URL"),
        (Page(404), "failed", "a web page", "ANTHROPIC_BASE_URL"),
        (Raw("{"), "failed", "did not answer as the Messages API", "ANTHROPIC_BASE_URL"),
        (Raw('{"detail": "Not Found"}', status=404), "warning", "does not say", "the first call finds out"),
        (Failure(529, "overloaded_error", "Overloaded"), "failed", "Overloaded", "status page"),
    ],
)
def test_each_mistake_is_told_with_what_to_do(
    serve: Serve, answer: Failure | Raw, outcome: str, detail: str, mend: str
) -> None:
    serve(models=answer, model_fast="claude-sonnet-5-5")
    (found,) = findings()
    assert found[0] == outcome
    assert detail in found[1]
    assert mend in found[2]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "not an address"])
def test_an_address_that_leads_nowhere_is_told(configure: Callable[..., Any], address: str) -> None:
    configure(llm_provider="anthropic", anthropic_api_key="k", anthropic_base_url=address)
    assert {(outcome, "ANTHROPIC_BASE_URL" in mend) for outcome, _, mend in findings()} == {("failed", True)}


def test_a_missing_key_is_told_and_offline_nobody_is_asked(configure: Callable[..., Any]) -> None:
    configure(llm_provider="anthropic", anthropic_api_key="")
    (found,) = findings()
    assert (found[0], "ANTHROPIC_API_KEY" in found[2]) == ("failed", True)
    configure(llm_provider="offline")
    assert check_access() == []
