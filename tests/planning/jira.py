"""A Jira for tests, and the settings that name it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from common.configuration import JiraSettings
from integrations.jira import client
from tests.integrations.jira_server import EMAIL, TOKEN, JiraServer, jira_server


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waits: list[float] = []
    monkeypatch.setattr(client, "sleep", waits.append)
    return waits


@pytest.fixture
def jira(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, slept: list[float]
) -> Iterator[JiraServer]:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with jira_server(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        configure(settings, base_url=server.url)
        yield server


def configure(settings: Settings, **changed: Any) -> None:
    usual = JiraSettings(enabled=True, email=EMAIL, api_token=TOKEN, project_key="SHOP", search_delay=120)
    before = settings.DEVMATRIX.jira if settings.DEVMATRIX.jira.enabled else usual
    settings.DEVMATRIX = replace(settings.DEVMATRIX, jira=replace(before, **changed))
