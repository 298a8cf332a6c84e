"""Milestones as fix versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.jira.errors import JiraRejected
from integrations.jira.issues import Created
from integrations.jira.versions import MOST_NAME_CHARS, Version, create_version, edit_version, versions_of
from planning.jira.book import sent_of
from planning.jira.fields import Values, digests_of
from planning.jira.items import Item
from planning.jira.words import summary_of, version_description_of, version_mark

if TYPE_CHECKING:
    from planning.jira.exporting import Pass

FIX_VERSIONS = "fixVersions"


def export_versions(work: Pass) -> None:
    """Make and change versions; none where stories have no field for them."""
    milestones = [item for item in work.items if item.kind == "milestone"]
    story = work.translation.site.story
    if not work.translation.has(story, FIX_VERSIONS, "no_fix_versions", "fix versions"):
        return
    wanted = {item.short_id: _wanted(work, item) for item in milestones}
    sent = {item.short_id: work.book.rows[item.short_id].sent.get("fields") for item in milestones}
    changed = [item for item in milestones if sent[item.short_id] != wanted[item.short_id][1]]
    known = versions_of(work.client) if changed else []
    for item in changed:
        _export(work, item, wanted[item.short_id][0], known)
    for item in milestones:
        if item not in changed and work.book.key(item.short_id):
            work.book.sound(item)
    if changed:
        work.book.tell()


def _wanted(work: Pass, item: Item) -> tuple[Values, dict[str, str]]:
    """Name and description, and their digests. Names are unique in a project, so the plan's comes first."""
    plan = work.turn.plan
    values: Values = {
        "name": summary_of(f"{plan.project_name}: {item.title}")[:MOST_NAME_CHARS],
        "description": version_description_of(item, plan.pk),
    }
    return values, digests_of(values)


def _export(work: Pass, item: Item, values: Values, known: list[Version]) -> None:
    mark = version_mark(work.turn.plan.pk, item.short_id)
    mine = next((one for one in known if one.description.endswith(mark)), None)
    name = _free_name(values["name"], work, [one for one in known if one is not mine])
    try:
        made = _bring(work, mine, name, values["description"])
    except JiraRejected as error:
        if not error.about_this_alone:
            raise
        work.book.failed(item, error.detail)
        return
    known.append(made)
    _keep(work, item, values, made.id)


def _bring(work: Pass, mine: Version | None, name: str, description: str) -> Version:
    if mine is None:
        project_id = work.translation.site.project_id
        return create_version(work.client, project_id=project_id, name=name, description=description)
    if (mine.name, mine.description) != (name, description):
        edit_version(work.client, mine.id, name=name, description=description)
    return mine


def _keep(work: Pass, item: Item, values: Values, version_id: str) -> None:
    """A version that somebody has deleted is another one now."""
    row = work.book.rows[item.short_id]
    if row.jira_key:
        row.jira_key = row.jira_id = version_id
        work.book.edited(item, values)
    else:
        row.sent = sent_of(values)
        work.book.made({item.short_id: Created(version_id, version_id)}, {})


def _free_name(name: str, work: Pass, others: list[Version]) -> str:
    """The name, with the beginning of the plan's id where the project has another version of that name."""
    if name.casefold() not in {one.name.casefold() for one in others}:
        return name
    more = f" ({work.turn.plan.pk.hex[:8]})"
    return name[: MOST_NAME_CHARS - len(more)] + more
