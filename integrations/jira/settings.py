"""The settings ``JIRA_*``: read from texts, and checked as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from common.configuration import JiraField, JiraSettings, configuration
from integrations.jira.errors import JiraNotConfigured

PROJECT_KEY = re.compile(r"[A-Z][A-Z0-9_]{0,99}")
SOURCES = frozenset({"complexity", "type"})
NO_JIRA = "Set JIRA_ENABLED and what belongs to it (docs/operations.md); a CSV for Jira's importer needs no settings."


class WrongSetting(ValueError):
    """The message names the variable."""


def checked(settings: JiraSettings) -> JiraSettings:
    """The settings, where they can be used or are off. Raises ``WrongSetting``; never shows a secret."""
    if settings.enabled:
        wanted = {
            "JIRA_BASE_URL": settings.base_url,
            "JIRA_EMAIL": settings.email,
            "JIRA_API_TOKEN": settings.api_token,
            "JIRA_PROJECT_KEY": settings.project_key,
        }
        missing = [name for name, value in wanted.items() if not value]
        if missing:
            raise WrongSetting(f"{' and '.join(missing)} must be set when JIRA_ENABLED is true.")
    if settings.base_url and not _is_site(settings.base_url):
        raise WrongSetting(
            "JIRA_BASE_URL must be an address such as https://example.atlassian.net: https, no user, no query."
        )
    if settings.project_key and not PROJECT_KEY.fullmatch(settings.project_key):
        raise WrongSetting(f"JIRA_PROJECT_KEY is {settings.project_key!r}; it must be a key such as SHOP.")
    return settings


def jira_in_force() -> JiraSettings:
    """The settings, when there is a Jira to export to. Raises ``JiraNotConfigured``."""
    settings = configuration().jira
    if not settings.enabled:
        raise JiraNotConfigured("Export to Jira is switched off.", hint=NO_JIRA)
    try:
        return checked(settings)
    except WrongSetting as error:
        raise JiraNotConfigured(str(error), hint=NO_JIRA) from None


def target_of(settings: JiraSettings) -> str:
    """The project of the settings, by its address: what was exported to another is not there."""
    return f"{settings.base_url}/{settings.project_key}"


def names_by_name(variable: str, raw: str) -> dict[str, str]:
    """A JSON object of texts. Raises ``WrongSetting``."""
    found = _object(variable, raw)
    if not all(isinstance(value, str) and value for value in found.values()):
        raise WrongSetting(f'{variable} must be a JSON object of texts, such as {{"testing": "ann@example.com"}}.')
    return found


def custom_fields(variable: str, raw: str) -> dict[str, JiraField]:
    """A JSON object: ``{"complexity": "Size"}`` or ``{"complexity": {"field": "Size", "values": {"low": "S"}}}``."""
    found = _object(variable, raw)
    if unknown := sorted(found.keys() - SOURCES):
        raise WrongSetting(f"{variable} names {', '.join(unknown)}; it may name {' and '.join(sorted(SOURCES))}.")
    return {source: _custom_field(variable, source, given) for source, given in found.items()}


def _custom_field(variable: str, source: str, given: Any) -> JiraField:
    if isinstance(given, str) and given:
        return JiraField(given)
    if isinstance(given, Mapping) and isinstance(given.get("field"), str) and given["field"]:
        values = given.get("values", {})
        if isinstance(values, Mapping) and all(isinstance(value, str) for value in values.values()):
            return JiraField(given["field"], dict(values))
    raise WrongSetting(
        f'{variable}: {source} must be the name of a field, or {{"field": name, "values": {{ours: theirs}}}}.'
    )


def _object(variable: str, raw: str) -> dict[str, Any]:
    try:
        found = json.loads(raw or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise WrongSetting(f"{variable} must be a JSON object.")
    return found


def _is_site(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # which is read only now
    except ValueError:
        return False
    bare = not (parts.query or parts.fragment or "@" in parts.netloc)
    return parts.scheme == "https" and bool(parts.hostname) and bare
