"""One pass over a plan: what is not in Jira yet is made, what has changed is changed, the rest is left alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from common.actors import set_trace_id
from common.configuration import JiraSettings
from integrations.jira.client import JiraClient
from integrations.jira.errors import JiraAnswerLost, JiraRejected, JiraUnavailable
from integrations.jira.issues import MOST_AT_ONCE, Created, Refused, create_issues, edit_issue, find_labelled
from integrations.jira.people import account_ids
from integrations.jira.permissions import check_permissions
from integrations.jira.settings import jira_in_force, target_of
from integrations.jira.site import IssueType, look_up_site
from planning.jira.book import Book
from planning.jira.fields import Edit, Translation, Values, edit_of
from planning.jira.items import Item, Kind, subtasks_by_task
from planning.jira.linking import link_all
from planning.jira.releasing import export_versions
from planning.jira.tree import items_of_plan
from planning.jira.turns import Later, Turn, turn
from planning.jira.words import item_label, plan_label

ISSUES: tuple[Kind, ...] = ("phase", "task", "subtask")
TELL_EVERY = 20
"""Single changes between two events of progress."""
GONE = "It was deleted there, or the account may not see it; manage.py export_jira PLAN --forget ITEM makes it anew."
NO_TYPE = {
    "phase": (
        "no_epics",
        "The project has no type of issue for epics: phases are left out, and stories have no parent.",
    ),
    "subtask": ("no_subtasks", "The project has no type of issue for sub-tasks: they are listed in their stories."),
}


@dataclass
class Pass:
    turn: Turn
    client: JiraClient
    book: Book
    items: Sequence[Item]
    translation: Translation
    delay: float
    """Seconds for which the search may not know what was made."""
    waiting: list[float] = field(default_factory=list)
    """Seconds until it is known whether items were made."""

    def go(self) -> None:
        """Raises ``Later`` when something is still to be found out."""
        export_versions(self)
        issues = [item for item in self.items if self._has_issue(item)]
        self._find_again([item for item in issues if not self.book.key(item.short_id)])
        for kind in ISSUES:
            self._export_kind([item for item in issues if item.kind == kind])
        link_all(self, issues)
        self.book.close(self.translation.told())
        if self.waiting:
            raise Later(max(self.waiting))

    def tell_now_and_then(self, number: int) -> None:
        if number % TELL_EVERY == 0:
            self.book.tell()

    def _has_issue(self, item: Item) -> bool:
        if item.kind == "milestone":
            return False
        if self.translation.type_of(item) is None:
            code, message = NO_TYPE[item.kind]
            self.translation.warn(code, "", message)
            return False
        return True

    def _find_again(self, missing: Sequence[Item]) -> None:
        """Issues that were made, though we never heard of it, are known by their labels. One search for all."""
        if not missing:
            return
        plan_id = self.turn.plan.pk
        found = find_labelled(self.client, plan_label(plan_id))
        those = {one.short_id: found.get(item_label(plan_id, one.short_id), []) for one in missing}
        self.book.found({short_id: issues[0] for short_id, issues in those.items() if issues})

    def _export_kind(self, items: Sequence[Item]) -> None:
        places = self.book.places()
        steps = {} if self.translation.site.subtask else subtasks_by_task(self.items)
        wanted: list[tuple[Item, IssueType, Values]] = []
        for item in items:
            issue_type = self.translation.type_of(item)
            if issue_type is not None:
                values = self.translation.values_of(item, issue_type, places, steps.get(item.short_id, ()))
                wanted.append((item, issue_type, values))
        self._edit([(item, values) for item, _, values in wanted if self.book.key(item.short_id)])
        fresh = [one for one in wanted if not self.book.key(one[0].short_id) and self._may_be_made(one[0])]
        for batch in _batches(fresh):
            self._create(batch)

    def _may_be_made(self, item: Item) -> bool:
        """Not while a search may still find it; not before its parent."""
        if (seconds := self.book.settles_in(item, self.delay)) > 0:
            self.waiting.append(seconds)
            return False
        if not item.parent or self.book.key(item.parent) or not self._parent_has_issue(item):
            return True
        if not self.book.in_doubt(item.parent):
            self.book.failed(item, f"{item.parent}, of which it is a part, could not be exported.")
        return False

    def _parent_has_issue(self, item: Item) -> bool:
        site = self.translation.site
        return bool(site.epic) if item.kind == "task" else True

    def _create(self, batch: Sequence[tuple[Item, IssueType, Values]]) -> None:
        """Noted before, and kept at once; where Jira surely made nothing, nothing is in doubt."""
        ids = [item.short_id for item, _, _ in batch]
        issues = [{**self.translation.frame_of(issue_type), **values} for _, issue_type, values in batch]
        self.book.sending({item.short_id: values for item, _, values in batch})
        try:
            outcomes = create_issues(self.client, issues)
        except JiraAnswerLost:
            raise
        except (JiraRejected, JiraUnavailable):
            self.book.not_sent(ids)
            raise
        by_id = dict(zip(ids, outcomes, strict=True))
        made = {short_id: one for short_id, one in by_id.items() if isinstance(one, Created)}
        self.book.made(made, {short_id: one.reason for short_id, one in by_id.items() if isinstance(one, Refused)})
        self.book.tell()

    def _edit(self, known: Sequence[tuple[Item, Values]]) -> None:
        for number, (item, values) in enumerate(self._changed(known), start=1):
            edit = edit_of(values, self.book.rows[item.short_id].sent)
            self._edit_one(item, values, edit)
            self.tell_now_and_then(number)

    def _changed(self, known: Sequence[tuple[Item, Values]]) -> Iterator[tuple[Item, Values]]:
        for item, values in known:
            if edit_of(values, self.book.rows[item.short_id].sent):
                yield item, values
            else:
                self.book.sound(item)

    def _edit_one(self, item: Item, values: Values, edit: Edit) -> None:
        key = self.book.key(item.short_id)
        try:
            edit_issue(self.client, key, fields=edit.fields, labels=edit.labels)
        except JiraRejected as error:
            if not error.about_this_alone:
                raise
            more = GONE if error.context["http_status"] == 404 else ""
            self.book.failed(item, f"{error.detail} {more}".strip())
        else:
            self.book.edited(item, values)


def continue_export(plan_id: uuid.UUID) -> None:
    """For a worker: go on with the export of the plan where it stands; nothing when it is not due."""
    with turn(plan_id) as mine:
        if mine is not None:
            set_trace_id(mine.plan.trace_id)
            _pass(mine, jira_in_force())


def _pass(mine: Turn, settings: JiraSettings) -> None:
    items = items_of_plan(mine.plan.pk)
    book = Book(mine, items, target_of(settings))
    with JiraClient(settings) as client:
        check_permissions(client)
        site = look_up_site(client)
        accounts = account_ids(client, settings.assignees.values())
        translation = Translation(mine.plan.pk, site, settings, accounts)
        Pass(mine, client, book, items, translation, settings.search_delay).go()


def _batches(
    wanted: Sequence[tuple[Item, IssueType, Values]],
) -> Iterator[list[tuple[Item, IssueType, Values]]]:
    rest = iter(wanted)
    while batch := list(islice(rest, MOST_AT_ONCE)):
        yield batch
