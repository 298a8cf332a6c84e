"""What Jira's answers mean, where they are no success; in words fit for a log, an event and a person."""

from __future__ import annotations

import json
from typing import Any

from integrations.jira.errors import JiraRejected
from integrations.llm.secrets import without_secrets

MOST_WORDS = 500
HINTS = {
    401: "Check JIRA_EMAIL and JIRA_API_TOKEN.",
    403: "Give the account of JIRA_EMAIL the permissions to create, edit and link issues in the project.",
    404: "Check JIRA_BASE_URL and JIRA_PROJECT_KEY, and that the account of JIRA_EMAIL may see the project.",
}


def json_of(content: bytes, *, host: str) -> Any:
    """The answer; ``None`` for an empty one. Raises ``JiraRejected``."""
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError:
        raise JiraRejected(
            f"{host} answered what is no JSON: it is not Jira's REST API.", hint="Check JIRA_BASE_URL."
        ) from None


def rejection(status: int, content: bytes, *, host: str, path: str) -> JiraRejected:
    """The error for an answer that says no. Redirects are among them: nobody follows where another host may be."""
    if status < 400:
        return JiraRejected(
            f"{host} answered with a redirect ({status}), which is not followed.",
            hint="Let JIRA_BASE_URL be the address at which Jira answers itself.",
            http_status=status,
        )
    try:
        answer = json.loads(content)
    except ValueError:
        answer = None
    says = words_of(answer)
    return JiraRejected(
        f"Jira at {host} refused {path.partition('?')[0]} ({status})" + (f": {says}" if says else "."),
        hint=HINTS.get(status, ""),
        answer=answer,
        http_status=status,
    )


def words_of(answer: Any) -> str:
    """What Jira says is wrong (``errorMessages`` and ``errors`` by field), without secrets and not too long."""
    if not isinstance(answer, dict):
        return ""
    messages, fields = answer.get("errorMessages"), answer.get("errors")
    found = [str(message) for message in messages] if isinstance(messages, list) else []
    if isinstance(fields, dict):
        found += [f"{name}: {message}" for name, message in fields.items()]
    if isinstance(answer.get("message"), str):
        found.append(answer["message"])
    return without_secrets(" ".join(" ".join(found).split()))[:MOST_WORDS]
