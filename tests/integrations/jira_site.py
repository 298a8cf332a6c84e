"""A site of Jira in memory, as strict as the real one: what it does not know it refuses, item by item."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

EPIC, STORY, SUBTASK, TASK = "10000", "10001", "10003", "10002"
POINTS, SIZE, KIND, NOTES = "customfield_10016", "customfield_10050", "customfield_10051", "customfield_10052"
PRIORITIES = {"1": "Highest", "2": "High", "3": "Medium", "4": "Low"}
SIZES = {"20001": "S", "20002": "L"}
MOST_AT_ONCE = 50


def system(field_id: str, kind: str, name: str = "", **more: Any) -> dict[str, Any]:
    return {"fieldId": field_id, "name": name or field_id, "schema": {"type": kind, "system": field_id}, **more}


def custom(field_id: str, name: str, kind: str, plugin: str, **more: Any) -> dict[str, Any]:
    return {"fieldId": field_id, "name": name, "schema": {"type": kind, "custom": f"com.example:{plugin}"}, **more}


def usual_fields() -> dict[str, dict[str, dict[str, Any]]]:
    """By type of issue and id of field, as a new company-managed project has them."""
    common = [system("project", "project"), system("issuetype", "issuetype"), system("summary", "string")]
    common += [system("description", "string"), system("parent", "issuelink")]
    common.append({**system("labels", "array"), "schema": {"type": "array", "items": "string"}})
    priorities = [{"id": key, "name": name} for key, name in PRIORITIES.items()]
    story = [
        system("priority", "priority", allowedValues=priorities),
        system("timetracking", "timetracking"),
        system("assignee", "user"),
        {**system("fixVersions", "array"), "schema": {"type": "array", "items": "version"}},
        custom(POINTS, "Story point estimate", "number", "jsw-story-points"),
        custom(SIZE, "Size", "option", "select", allowedValues=[{"id": k, "value": v} for k, v in SIZES.items()]),
        custom(KIND, "Kind", "string", "textfield"),
        custom(NOTES, "Notes", "string", "textarea"),
    ]
    rows = {
        EPIC: common,
        STORY: common + story,
        TASK: common,
        SUBTASK: [*common, system("timetracking", "timetracking")],
    }
    return {kind: {one["fieldId"]: one for one in fields} for kind, fields in rows.items()}


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, *messages: str, **errors: str) -> None:
        super().__init__(status, messages, errors)
        self.status = status
        self.body: dict[str, Any] = {"errorMessages": list(messages), "errors": errors}


@dataclass
class Site:
    """``searchable``: whether the search knows at once what was made. ``cursed``: summaries that are refused."""

    key: str = "SHOP"
    types: dict[str, tuple[str, int]] = field(
        default_factory=lambda: {EPIC: ("Epic", 1), TASK: ("Task", 0), STORY: ("Story", 0), SUBTASK: ("Subtask", -1)}
    )
    fields: dict[str, dict[str, dict[str, Any]]] = field(default_factory=usual_fields)
    link_types: tuple[str, ...] = ("Blocks", "Relates")
    people: dict[str, str] = field(default_factory=lambda: {"id-ann": "ann@example.com"})
    denied: set[str] = field(default_factory=set)
    cursed: set[str] = field(default_factory=set)
    searchable: bool = True
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    versions: dict[str, dict[str, Any]] = field(default_factory=dict)
    links: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Type, inward and outward key, by id."""
    indexed: set[str] = field(default_factory=set)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def summaries(self) -> list[str]:
        return [issue["fields"]["summary"] for issue in self.issues.values()]

    def of(self, summary: str) -> dict[str, Any]:
        """The fields of the one issue with this summary."""
        (found,) = [issue for issue in self.issues.values() if issue["fields"]["summary"] == summary]
        return {"key": found["key"], **found["fields"]}

    def index(self) -> None:
        self.indexed = set(self.issues)

    def delete(self, key: str) -> None:
        """As a person does: with its sub-tasks, and its links."""
        subtasks = [one["key"] for one in self.issues.values() if one["fields"].get("parent") == {"key": key}]
        gone = {key, *subtasks}
        self.issues = {key: issue for key, issue in self.issues.items() if key not in gone}
        self.links = {number: link for number, link in self.links.items() if not gone & {link[1], link[2]}}

    def create_many(self, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        only(body, {"issueUpdates"})
        updates = body["issueUpdates"]
        if not 1 <= len(updates) <= MOST_AT_ONCE:
            raise Refusal(400, f"The limit is {MOST_AT_ONCE} issues.")
        made, errors = [], []
        for place, update in enumerate(updates):
            try:
                only(update, {"fields"})
                made.append(self.create(update["fields"]))
            except Refusal as no:
                errors.append({"status": no.status, "elementErrors": no.body, "failedElementNumber": place})
        return (201 if made else 400), {"issues": made, "errors": errors}

    def create(self, fields: Mapping[str, Any]) -> dict[str, str]:
        if fields.get("project") != {"id": "10100"}:
            raise Refusal(400, project="valid project is required")
        issue_type = fields.get("issuetype", {}).get("id")
        if issue_type not in self.types:
            raise Refusal(400, issuetype="Specify a valid issue type")
        self.check(issue_type, fields)
        if self.types[issue_type][1] == -1 and "parent" not in fields:
            raise Refusal(400, parent="Issue type is a sub-task but parent issue key or id not specified.")
        number = next(self.numbers)
        issue_id, key = str(10_000 + number), f"{self.key}-{number}"
        self.issues[key] = {"id": issue_id, "key": key, "fields": dict(fields)}
        if self.searchable:
            self.indexed.add(key)
        return {"id": issue_id, "key": key, "self": f"https://jira/{number}"}

    def edit(self, key: str, body: Mapping[str, Any]) -> None:
        only(body, {"fields", "update"})
        issue = self.found(key)
        fields, update = body.get("fields", {}), body.get("update", {})
        only(update, {"labels"})
        if (not fields and not update) or set(fields) & set(update):
            raise Refusal(400, "one of 'fields' or 'update' required, and no field in both")
        self.check(issue["fields"]["issuetype"]["id"], fields)
        issue["fields"] |= fields
        for change in update.get("labels", []):
            ((verb, label),) = change.items()
            labels = [one for one in issue["fields"]["labels"] if one != label]
            issue["fields"]["labels"] = labels + ([label] if verb == "add" else [])

    def check(self, issue_type: str, fields: Mapping[str, Any]) -> None:
        for name, value in fields.items():
            if name not in self.fields[issue_type]:
                raise Refusal(400, **{name: f"Field '{name}' cannot be set. It is not on the appropriate screen."})
            if wrong := self.fault_of(name, value):
                raise Refusal(400, **{name: wrong})

    def fault_of(self, name: str, value: Any) -> str:
        rules: dict[str, Callable[[], bool]] = {
            "summary": lambda: isinstance(value, str) and 0 < len(value) <= 255 and "\n" not in value,
            "description": lambda: is_document(value),
            NOTES: lambda: is_document(value),
            "labels": lambda: all(isinstance(one, str) and one and not re.search(r"\s", one) for one in value),
            "priority": lambda: value.keys() == {"id"} and value["id"] in PRIORITIES,
            "timetracking": lambda: bool(re.fullmatch(r"\d+m", value["originalEstimate"])),
            "parent": lambda: value.keys() == {"key"} and value["key"] in self.issues,
            "fixVersions": lambda: all(one["id"] in self.versions for one in value),
            "assignee": lambda: value["accountId"] in self.people,
            POINTS: lambda: isinstance(value, (int, float)),
            SIZE: lambda: value["id"] in SIZES,
            KIND: lambda: isinstance(value, str),
        }
        if name == "summary" and value in self.cursed:
            return "This summary is cursed."
        return "" if name not in rules or rules[name]() else f"{value!r} is not valid"

    def found(self, key: str) -> dict[str, Any]:
        if key not in self.issues:
            raise Refusal(404, "Issue does not exist or you do not have permission to see it.")
        return self.issues[key]

    def issue_links(self, key: str) -> list[dict[str, Any]]:
        shown = []
        for link_id, (kind, inward, outward) in self.links.items():
            if key == outward:
                shown.append({"id": link_id, "type": {"name": kind}, "inwardIssue": {"key": inward}})
            elif key == inward:
                shown.append({"id": link_id, "type": {"name": kind}, "outwardIssue": {"key": outward}})
        return shown

    def link(self, body: Mapping[str, Any]) -> None:
        only(body, {"type", "inwardIssue", "outwardIssue"})
        if body["type"]["name"] not in self.link_types:
            raise Refusal(404, "No issue link type with that name.")
        ends = [self.found(body[end]["key"])["key"] for end in ("inwardIssue", "outwardIssue")]
        self.links[str(500 + next(self.numbers))] = (body["type"]["name"], ends[0], ends[1])

    def blocked(self) -> set[tuple[str, str]]:
        """Pairs of summaries: the first blocks the second."""
        name = {key: issue["fields"]["summary"] for key, issue in self.issues.items()}
        return {(name[inward], name[outward]) for kind, inward, outward in self.links.values() if kind == "Blocks"}

    def create_version(self, body: Mapping[str, Any]) -> dict[str, Any]:
        only(body, {"projectId", "name", "description"})
        if "ADMINISTER_PROJECTS" in self.denied:
            raise Refusal(404, "The project does not exist, or you may not administer it.")
        self.check_version(body, None)
        version = {"id": str(900 + next(self.numbers)), "name": body["name"], "description": body["description"]}
        self.versions[version["id"]] = version
        return version

    def edit_version(self, version_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        only(body, {"name", "description"})
        self.check_version(body, version_id)
        self.versions[version_id] |= body
        return self.versions[version_id]

    def check_version(self, body: Mapping[str, Any], mine: str | None) -> None:
        if any(one["name"] == body["name"] and key != mine for key, one in self.versions.items()):
            raise Refusal(400, name="A version with this name already exists in this project.")
        if len(body["name"]) > 255 or body.get("projectId", 10100) != 10100:
            raise Refusal(400, name="not valid")

    def search(self, body: Mapping[str, Any]) -> dict[str, Any]:
        only(body, {"jql", "fields", "maxResults", "nextPageToken"})
        asked = re.fullmatch(r'project = "(\w+)" AND labels = "([\w-]+)" ORDER BY created ASC', body["jql"])
        if asked is None or asked[1] != self.key or body["maxResults"] > 100:
            raise Refusal(400, "Error in the JQL Query.")
        hits = [one for key, one in self.issues.items() if key in self.indexed and asked[2] in one["fields"]["labels"]]
        start = int(body.get("nextPageToken", 0))
        page = hits[start : start + body["maxResults"]]
        rows = [{"id": one["id"], "key": one["key"], "fields": {"labels": one["fields"]["labels"]}} for one in page]
        end = start + len(page)
        return {"issues": rows, "isLast": True} if end >= len(hits) else {"issues": rows, "nextPageToken": str(end)}


def only(body: Mapping[str, Any], known: set[str]) -> None:
    if unknown := set(body) - known:
        raise Refusal(400, f"Unrecognized field {sorted(unknown)}")


INLINE = {"text", "hardBreak"}
CHILDREN = {
    "doc": {"paragraph", "heading", "bulletList"},
    "paragraph": INLINE,
    "heading": INLINE,
    "bulletList": {"listItem"},
    "listItem": {"paragraph"},
}


def is_document(node: Any) -> bool:
    """Whether Jira takes it as a document, as far as its structure tells."""
    return isinstance(node, dict) and (node.get("type"), node.get("version")) == ("doc", 1) and _is_node(node)


def _is_node(node: Mapping[str, Any]) -> bool:
    kind = node["type"]
    if kind == "text":
        return node.keys() == {"type", "text"} and bool(node["text"]) and not re.search(r"[\x00-\x1f]", node["text"])
    if kind == "hardBreak":
        return node.keys() == {"type"}
    if kind == "heading" and node.get("attrs", {}).get("level") not in range(1, 7):
        return False
    inner = node["content"]
    if kind in ("bulletList", "listItem") and not inner:
        return False
    return all(one["type"] in CHILDREN[kind] and _is_node(one) for one in inner)
