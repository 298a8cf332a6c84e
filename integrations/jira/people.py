"""Accounts to whom issues of a project may be assigned."""

from __future__ import annotations

from collections.abc import Iterable

from integrations.jira.client import JiraClient


def account_ids(client: JiraClient, people: Iterable[str]) -> dict[str, str]:
    """Account ids of those that Jira knows, by mail address or account id as given. One request for each."""
    found = {}
    for person in dict.fromkeys(people):
        query = {"query": person} if "@" in person else {"accountId": person}
        rows = client.get("user/assignable/search", project=client.project_key, **query)
        if len(rows) == 1:
            found[person] = str(rows[0]["accountId"])
    return found
