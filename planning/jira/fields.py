"""Items as fields of Jira's issues, by what the site offers. What it does not offer becomes a warning. Pure."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from common.configuration import JiraField, JiraSettings
from integrations.jira import adf
from integrations.jira.site import Field, IssueType, Site
from planning.jira.items import Item
from planning.jira.words import document_of, item_label, labels_of, plan_label, summary_of

PRIORITIES = {
    "critical": ("highest", "critical", "blocker"),
    "high": ("high", "major"),
    "medium": ("medium", "normal"),
    "low": ("low", "minor", "lowest", "trivial"),
}
"""Names that sites have for ours, the best first."""
POINTS = ("story points", "story point estimate")
EPIC_NAME = ":gh-epic-label"
TEXT_AREA = ":textarea"
ANYBODY = "*"

Values = dict[str, Any]


@dataclass(frozen=True)
class Places:
    """Where other items are in Jira already: keys of issues and ids of versions by short id."""

    issues: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Translation:
    """``accounts``: account ids by what the settings say. ``warnings``: messages by code and what they are about."""

    plan_id: uuid.UUID
    site: Site
    settings: JiraSettings
    accounts: Mapping[str, str]
    warnings: dict[tuple[str, str], str] = field(default_factory=dict)

    def type_of(self, item: Item) -> IssueType | None:
        """``None`` where the project has no such type; and for milestones, which are versions."""
        types = {"phase": self.site.epic, "task": self.site.story, "subtask": self.site.subtask}
        return types.get(item.kind)

    def frame_of(self, issue_type: IssueType) -> Values:
        """What an issue has from the beginning and keeps."""
        return {"project": {"id": self.site.project_id}, "issuetype": {"id": issue_type.id}}

    def values_of(self, item: Item, issue_type: IssueType, places: Places, steps: Sequence[Item] = ()) -> Values:
        """Everything that follows from the plan, by id of the field."""
        values: Values = {
            "summary": summary_of(item.title),
            "description": document_of(item, steps),
            "labels": [*labels_of(item), plan_label(self.plan_id), item_label(self.plan_id, item.short_id)],
        }
        if parent := places.issues.get(item.parent):
            values["parent"] = {"key": parent}
        if item.kind == "phase":
            values |= {
                one.id: values["summary"] for one in issue_type.fields.values() if one.custom.endswith(EPIC_NAME)
            }
        if item.kind == "task":
            values |= self._of_task(item, issue_type, places)
        if item.minutes and self.has(issue_type, "timetracking", "no_estimates", "estimates"):
            values["timetracking"] = {"originalEstimate": f"{item.minutes}m"}
        return values

    def warn(self, code: str, about: str, message: str) -> None:
        self.warnings.setdefault((code, about), message)

    def told(self) -> list[dict[str, str]]:
        """The warnings as they are kept."""
        return [{"code": code, "message": message} for (code, _), message in self.warnings.items()]

    def _of_task(self, item: Item, issue_type: IssueType, places: Places) -> Values:
        values = self._points(item, issue_type) | self._priority(item, issue_type) | self._assignee(item, issue_type)
        version = places.versions.get(item.milestone)
        if version and self.has(issue_type, "fixVersions", "no_fix_versions", "fix versions"):
            values["fixVersions"] = [{"id": version}]
        for source, wanted in self.settings.custom_fields.items():
            values |= self._custom(wanted, getattr(item, source), issue_type)
        return values

    def _points(self, item: Item, issue_type: IssueType) -> Values:
        those = [one for one in issue_type.fields.values() if one.type == "number" and one.name.casefold() in POINTS]
        if those and item.points is not None:
            return {those[0].id: item.points}
        if not those:
            self._missing(issue_type, "no_story_points", "story points", known=any(map(self._on_site, POINTS)))
        return {}

    def _priority(self, item: Item, issue_type: IssueType) -> Values:
        if not item.priority or not self.has(issue_type, "priority", "no_priority", "priorities"):
            return {}
        options = issue_type.fields["priority"].options
        ids = [options[name] for name in PRIORITIES.get(item.priority, ()) if name in options]
        if not ids:
            has = ", ".join(options) or "none"
            self.warn("no_such_priority", item.priority, f"Jira has no priority for {item.priority!r}; it has: {has}.")
        return {"priority": {"id": ids[0]}} if ids else {}

    def _assignee(self, item: Item, issue_type: IssueType) -> Values:
        chosen = self.settings.assignees
        person = chosen.get(item.agent) or chosen.get(item.type) or chosen.get(ANYBODY)
        if not person or not self.has(issue_type, "assignee", "no_assignees", "assignees"):
            return {}
        if person not in self.accounts:
            self.warn("no_such_assignee", person, f"Jira knows nobody in the project as {person!r} of JIRA_ASSIGNEES.")
            return {}
        return {"assignee": {"accountId": self.accounts[person]}}

    def _custom(self, wanted: JiraField, value: str, issue_type: IssueType) -> Values:
        names = (wanted.name, wanted.name.casefold())
        those = [one for one in issue_type.fields.values() if one.id == names[0] or one.name.casefold() == names[1]]
        if not those:
            self._missing(issue_type, "no_custom_field", wanted.name, known=self._on_site(wanted.name))
            return {}
        theirs = wanted.values.get(value, value)
        shaped = _shaped(those[0], theirs)
        if shaped is None:
            self.warn(
                "no_such_value",
                f"{wanted.name} {theirs}",
                f"The field {wanted.name} of Jira does not take {theirs!r}.",
            )
            return {}
        return {those[0].id: shaped}

    def has(self, issue_type: IssueType, field_id: str, code: str, what: str) -> bool:
        """Whether issues of the type have the field; a warning says what there is none for."""
        if field_id not in issue_type.fields:
            self._missing(issue_type, code, what, known=True)
        return field_id in issue_type.fields

    def _missing(self, issue_type: IssueType, code: str, what: str, *, known: bool) -> None:
        where = f"issues of type {issue_type.name} in {self.site.project_key}"
        mend = "add it to their screen" if known else "the site has no such field"
        self.warn(code, what, f"There is no field for {what} on {where}: {mend}. Exported without.")

    def _on_site(self, name: str) -> bool:
        return name.casefold() in self.site.known_fields


def _shaped(one: Field, value: str) -> Any:
    """The value as a field of its kind takes it; ``None`` where it does not."""
    option = one.options.get(value.casefold())
    if one.type == "option":
        return {"id": option} if option else None
    if one.type == "array" and one.items == "option":
        return [{"id": option}] if option else None
    if one.type == "array" and one.items == "string":
        return [value.replace(" ", "-")]
    if one.type == "number":
        try:
            return float(value)
        except ValueError:
            return None
    if one.type != "string":
        return None
    return adf.document(adf.paragraphs(value)) if one.custom.endswith(TEXT_AREA) else value


def digests_of(values: Values) -> dict[str, str]:
    """By which it is known later what has changed."""
    return {name: _digest(value) for name, value in values.items()}


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Edit:
    """What to change of an issue that was made before. Nothing of either: it is left alone."""

    fields: Values
    labels: list[dict[str, str]]

    def __bool__(self) -> bool:
        return bool(self.fields or self.labels)


def edit_of(values: Values, sent: Mapping[str, Any]) -> Edit:
    """Only what differs from what was ``sent`` last, so that what people changed in Jira stays where we did not."""
    before, labels = sent.get("fields", {}), sent.get("labels", [])
    after = digests_of(values)
    changed = {name: value for name, value in values.items() if name != "labels" and after[name] != before.get(name)}
    added = [{"add": label} for label in values["labels"] if label not in labels]
    removed = [{"remove": label} for label in labels if label not in values["labels"]]
    return Edit(changed, added + removed)
