"""What a project on a site offers: types of issues, their fields, links. Looked up, never assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.jira.client import JiraClient
from integrations.jira.errors import JiraRejected

PAGE = 100
EPIC_LEVEL, STORY_LEVEL, SUBTASK_LEVEL = 1, 0, -1
STORY_NAMES = ("story", "task")
"""Types for a task's issue, the best first; else the first of their level is taken."""
BLOCKS = "blocks"


@dataclass(frozen=True)
class Field:
    """A field of the screen on which issues of a type are made. ``options``: names, in lower case, to ids."""

    id: str
    name: str
    type: str
    items: str = ""
    custom: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class IssueType:
    id: str
    name: str
    level: int
    fields: Mapping[str, Field] = field(default_factory=dict)
    """By id."""


@dataclass(frozen=True)
class Site:
    """``epic``, ``subtask``, ``blocks`` are ``None`` where there is none; ``known_fields``: names on the whole site."""

    project_id: str
    project_key: str
    story: IssueType
    epic: IssueType | None = None
    subtask: IssueType | None = None
    blocks: str | None = None
    """Name of the type of link."""
    known_fields: frozenset[str] = frozenset()


def look_up_site(client: JiraClient) -> Site:
    """Eight requests or so. Raises ``JiraRejected``, ``JiraUnavailable``."""
    project = client.get(f"project/{client.project_key}")
    types = _types(client)
    story = _type_at(types, STORY_LEVEL)
    if story is None:
        raise JiraRejected(
            f"The project {client.project_key} has no type of issue for a task.",
            hint="Add Story to its types, and let the account of JIRA_EMAIL create issues there.",
        )
    epic, subtask = _type_at(types, EPIC_LEVEL), _type_at(types, SUBTASK_LEVEL)
    return Site(
        project_id=str(project["id"]),
        project_key=str(project["key"]),
        story=_with_fields(client, story),
        epic=epic and _with_fields(client, epic),
        subtask=subtask and _with_fields(client, subtask),
        blocks=_blocks(client),
        known_fields=frozenset(str(row["name"]).casefold() for row in client.get("field")),
    )


def _types(client: JiraClient) -> list[IssueType]:
    rows = _all_pages(client, f"issue/createmeta/{client.project_key}/issuetypes", "issueTypes")
    return [
        IssueType(str(row["id"]), str(row.get("untranslatedName") or row["name"]), int(row["hierarchyLevel"]))
        for row in rows
    ]


def _type_at(types: list[IssueType], level: int) -> IssueType | None:
    those = [one for one in types if one.level == level]
    ranks = {name: rank for rank, name in enumerate(STORY_NAMES)}
    return min(those, key=lambda one: ranks.get(one.name.casefold(), len(ranks)), default=None)


def _with_fields(client: JiraClient, issue_type: IssueType) -> IssueType:
    path = f"issue/createmeta/{client.project_key}/issuetypes/{issue_type.id}"
    fields = {row["fieldId"]: _field(row) for row in _all_pages(client, path, "fields")}
    return IssueType(issue_type.id, issue_type.name, issue_type.level, fields)


def _field(row: Mapping[str, Any]) -> Field:
    schema = row.get("schema", {})
    options = row.get("allowedValues") or []
    return Field(
        id=str(row["fieldId"]),
        name=str(row.get("name", "")),
        type=str(schema.get("type", "")),
        items=str(schema.get("items", "")),
        custom=str(schema.get("custom", "")),
        options={
            str(option.get("name") or option.get("value")).casefold(): str(option["id"])
            for option in options
            if isinstance(option, dict) and "id" in option
        },
    )


def _blocks(client: JiraClient) -> str | None:
    """``None`` also where links are switched off for the whole site, which is a 404."""
    try:
        kinds = client.get("issueLinkType")["issueLinkTypes"]
    except JiraRejected as error:
        if error.context.get("http_status") == 404:
            return None
        raise
    names = [str(kind["name"]) for kind in kinds if BLOCKS in (kind["name"].casefold(), kind["outward"].casefold())]
    return names[0] if names else None


def _all_pages(client: JiraClient, path: str, name: str) -> list[dict[str, Any]]:
    """Every row: the cloud calls them as the thing is called, other versions ``values``."""
    rows: list[dict[str, Any]] = []
    while True:
        page = client.get(path, startAt=len(rows), maxResults=PAGE)
        found = page.get(name, page.get("values", []))
        rows += found
        if not found or len(rows) >= int(page.get("total", 0)):
            return rows
