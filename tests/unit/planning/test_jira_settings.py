"""The settings of Jira: read, checked, and without a secret in any message."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.configuration import JiraField, JiraSettings
from integrations.jira.settings import WrongSetting, checked, custom_fields, names_by_name

GOOD = JiraSettings(
    enabled=True,
    base_url="https://example.atlassian.net",
    email="me@example.com",
    api_token="a-secret-token-123",
    project_key="SHOP",
)


def test_good_settings_and_none_are_taken() -> None:
    assert checked(GOOD) is GOOD
    assert checked(JiraSettings()) == JiraSettings()
    assert checked(replace(GOOD, base_url="https://example.com:8443/jira")).project_key == "SHOP"


@pytest.mark.parametrize(
    ("wrong", "variable"),
    [
        ({"base_url": ""}, "JIRA_BASE_URL"),
        ({"api_token": ""}, "JIRA_API_TOKEN"),
        ({"email": ""}, "JIRA_EMAIL"),
        ({"project_key": ""}, "JIRA_PROJECT_KEY"),
        ({"project_key": 'SHOP" OR 1=1'}, "JIRA_PROJECT_KEY"),
        ({"base_url": "http://example.atlassian.net"}, "JIRA_BASE_URL"),
        ({"base_url": "https://me:a-secret-token-123@example.com"}, "JIRA_BASE_URL"),
        ({"base_url": "https://example.com/?a=b"}, "JIRA_BASE_URL"),
        ({"base_url": "https://example.com:port"}, "JIRA_BASE_URL"),
        ({"base_url": "https://[1"}, "JIRA_BASE_URL"),
    ],
)
def test_wrong_settings_are_named_and_no_secret_is_told(wrong: dict[str, str], variable: str) -> None:
    with pytest.raises(WrongSetting, match=variable) as refused:
        checked(replace(GOOD, **wrong))  # type: ignore[arg-type]  # texts, all of them
    assert "a-secret-token-123" not in str(refused.value)


def test_the_token_is_in_no_text_of_the_settings() -> None:
    assert "a-secret-token-123" not in repr(GOOD)


def test_maps_are_read_from_json() -> None:
    assert names_by_name("V", "") == {}
    assert names_by_name("V", '{"testing": "ann@example.com"}') == {"testing": "ann@example.com"}
    fields = custom_fields("V", '{"complexity": {"field": "Size", "values": {"low": "S"}}, "type": "Kind"}')
    assert fields == {"complexity": JiraField("Size", {"low": "S"}), "type": JiraField("Kind")}


@pytest.mark.parametrize("raw", ["[]", "{", '{"a": 1}', '{"a": ""}'])
def test_what_is_no_map_of_names_is_refused(raw: str) -> None:
    with pytest.raises(WrongSetting, match="JIRA_ASSIGNEES"):
        names_by_name("JIRA_ASSIGNEES", raw)


@pytest.mark.parametrize(
    "raw",
    ['{"colour": "Red"}', '{"type": 1}', '{"type": {"values": {}}}', '{"type": {"field": "K", "values": {"a": 1}}}'],
)
def test_what_is_no_map_of_fields_is_refused(raw: str) -> None:
    with pytest.raises(WrongSetting, match="JIRA_CUSTOM_FIELDS"):
        custom_fields("JIRA_CUSTOM_FIELDS", raw)
