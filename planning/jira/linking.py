"""Dependencies as links: what is needed blocks what needs it. None twice, and none that the plan does not have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from integrations.jira.errors import JiraRejected
from integrations.jira.issues import blockers_of, link_issues, unlink
from planning.jira.items import Item

if TYPE_CHECKING:
    from planning.jira.exporting import Pass

Links = dict[str, dict[str, Any]]
"""By short id of what is needed: its ``key``, and whether the link was ``made`` or only sent."""


def link_all(work: Pass, issues: Sequence[Item]) -> None:
    """No request for an item whose links are as they were."""
    link_type = work.translation.site.blocks
    if link_type is None:
        if any(item.depends_on for item in issues):
            work.translation.warn("no_links", "", "The site has no links of type Blocks: dependencies are left out.")
        return
    changed = 0
    for item in issues:
        if work.book.key(item.short_id) and _differs(work, item):
            _link(work, item, link_type)
            changed += 1
            work.tell_now_and_then(changed)


def _wanted(work: Pass, item: Item) -> dict[str, str]:
    """Keys of what it needs, as far as they are known, by short id."""
    return {needed: key for needed in item.depends_on if (key := work.book.key(needed))}


def _differs(work: Pass, item: Item) -> bool:
    made = {needed: link["key"] for needed, link in work.book.rows[item.short_id].links.items() if link["made"]}
    return made != _wanted(work, item) or len(made) != len(work.book.rows[item.short_id].links)


def _link(work: Pass, item: Item, link_type: str) -> None:
    """What is to be done is noted first, so that after a death we look at what there is before we do it again."""
    before: Links = dict(work.book.rows[item.short_id].links)
    wanted = _wanted(work, item)
    noted: Links = {needed: {"key": key, "made": _is_made(before, needed, key)} for needed, key in wanted.items()}
    gone = {link["key"] for link in before.values()} - set(wanted.values())
    unsure = bool(gone) or any(not link["made"] for link in before.values())
    work.book.linking(item, before | noted)
    try:
        there = blockers_of(work.client, work.book.key(item.short_id), link_type) if unsure else {}
        for link in noted.values():
            if not link["made"] and link["key"] not in there:
                link_issues(work.client, link_type=link_type, blocker=link["key"], blocked=work.book.key(item.short_id))
            link["made"] = True
        for key in sorted(gone & there.keys()):
            unlink(work.client, there[key])
    except JiraRejected as error:
        if not error.about_this_alone:
            raise
        work.book.failed(item, f"Its links could not be made: {error.detail}")
        return
    work.book.linking(item, noted)


def _is_made(before: Links, needed: str, key: str) -> bool:
    link = before.get(needed)
    return link is not None and link["made"] and link["key"] == key
