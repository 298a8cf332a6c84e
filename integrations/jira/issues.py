"""Issues: made many at once, changed, found by a label, linked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from integrations.jira.answers import words_of
from integrations.jira.client import JiraClient
from integrations.jira.errors import JiraAnswerLost, JiraRejected

MOST_AT_ONCE = 50
"""Issues that Jira makes in one request."""
SEARCH_PAGE = 100


@dataclass(frozen=True)
class Created:
    id: str
    key: str


@dataclass(frozen=True)
class Refused:
    reason: str


def create_issues(client: JiraClient, issues: Sequence[Mapping[str, Any]]) -> list[Created | Refused]:
    """One outcome for each set of fields, in their order; at most ``MOST_AT_ONCE``. Raises ``JiraAnswerLost``."""
    body = {"issueUpdates": [{"fields": dict(fields)} for fields in issues]}
    try:
        answer = client.create("issue/bulk", body)
    except JiraRejected as error:
        if error.context.get("http_status") != 400:
            raise
        if not (isinstance(error.answer, dict) and isinstance(error.answer.get("errors"), list)):
            return [Refused(error.detail)] * len(issues)
        answer = error.answer  # every single one was refused
    return outcomes_of(answer, len(issues))


def outcomes_of(answer: Any, number: int) -> list[Created | Refused]:
    """Jira lists what it made in order, and what it did not by its place."""
    try:
        refused = {int(row["failedElementNumber"]): Refused(_reason(row)) for row in answer.get("errors") or []}
        created = [Created(str(row["id"]), str(row["key"])) for row in answer.get("issues") or []]
    except (KeyError, TypeError, ValueError, AttributeError):
        refused, created = {}, []
    if len(refused) + len(created) != number or not all(0 <= place < number for place in refused):
        raise JiraAnswerLost("Jira's answer does not say which of the issues it made.")
    made = iter(created)
    return [refused[place] if place in refused else next(made) for place in range(number)]


def _reason(row: Mapping[str, Any]) -> str:
    return words_of(row.get("elementErrors")) or f"Jira gave no reason ({row.get('status', 'no status')})."


def edit_issue(
    client: JiraClient, key: str, *, fields: Mapping[str, Any], labels: Iterable[Mapping[str, str]] = ()
) -> None:
    """Set ``fields``; ``labels`` are added and removed one by one, so that those of people stay."""
    body: dict[str, Any] = {"fields": dict(fields)} if fields else {}
    if changes := [dict(one) for one in labels]:
        body["update"] = {"labels": changes}
    client.put(f"issue/{quote(key, safe='')}", body)


def find_labelled(client: JiraClient, label: str) -> dict[str, list[Created]]:
    """Issues of the project with ``label``, by each of their labels. The search may lag behind by minutes."""
    found: dict[str, list[Created]] = {}
    query: dict[str, Any] = {
        "jql": f'project = "{client.project_key}" AND labels = "{label}" ORDER BY created ASC',
        "fields": ["labels"],
        "maxResults": SEARCH_PAGE,
    }
    while True:
        page = client.ask("search/jql", query)
        for row in page["issues"]:
            for one in row["fields"]["labels"]:
                found.setdefault(one, []).append(Created(str(row["id"]), str(row["key"])))
        if page.get("isLast", True) or not page.get("nextPageToken"):
            return found
        query["nextPageToken"] = page["nextPageToken"]


def blockers_of(client: JiraClient, key: str, link_type: str) -> dict[str, str]:
    """What blocks the issue: the links' ids by the blocking issues' keys."""
    links = client.get(f"issue/{quote(key, safe='')}", fields="issuelinks")["fields"]["issuelinks"]
    return {
        str(link["inwardIssue"]["key"]): str(link["id"])
        for link in links
        if link["type"]["name"] == link_type and "inwardIssue" in link
    }


def link_issues(client: JiraClient, *, link_type: str, blocker: str, blocked: str) -> None:
    """``blocker`` blocks ``blocked``: Jira reads a link from its inward issue to its outward one."""
    body = {"type": {"name": link_type}, "inwardIssue": {"key": blocker}, "outwardIssue": {"key": blocked}}
    client.create("issueLink", body)


def unlink(client: JiraClient, link_id: str) -> None:
    client.delete(f"issueLink/{link_id}")
