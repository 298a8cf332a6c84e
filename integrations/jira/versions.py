"""Fix versions of a project. Unlike the search, their list knows at once what was made."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from integrations.jira.client import JiraClient

MOST_NAME_CHARS = 255


@dataclass(frozen=True)
class Version:
    id: str
    name: str
    description: str


def versions_of(client: JiraClient) -> list[Version]:
    """Every version of the project, in one request."""
    rows = client.get(f"project/{client.project_key}/versions")
    return [Version(str(row["id"]), str(row["name"]), str(row.get("description") or "")) for row in rows]


def create_version(client: JiraClient, *, project_id: str, name: str, description: str) -> Version:
    """Raises ``JiraRejected`` where the name is taken or the account may not administer the project."""
    row = client.create("version", {"projectId": int(project_id), "name": name, "description": description})
    return Version(str(row["id"]), name, description)


def edit_version(client: JiraClient, version_id: str, *, name: str, description: str) -> None:
    client.put(f"version/{quote(version_id, safe='')}", {"name": name, "description": description})
