"""What of a plan is in Jira, kept as soon as it is known; every entry demands that the turn is still ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now
from django.utils import timezone

from common.changes import change
from integrations.jira.issues import Created
from integrations.models import JiraExport, JiraMapping
from planning.jira.fields import Places, Values, digests_of
from planning.jira.items import Item
from planning.jira.telling import tell_progress
from planning.jira.turns import Turn
from planning.models import Task

State = JiraMapping.State
COLUMNS = ["item_id", "jira_key", "jira_id", "state", "last_error", "sent", "links", "sent_at", "exported_at"]


class Book:
    """The mappings of one plan in one target, by short id."""

    def __init__(self, turn: Turn, items: Sequence[Item], target: str) -> None:
        self._turn = turn
        self.target = target
        self._sent_ago: dict[str, timedelta] = {}
        self.rows = self._open(items)

    def key(self, short_id: str) -> str:
        """Of the issue, or the id of the version; empty where there is none yet."""
        row = self.rows.get(short_id)
        return row.jira_key if row else ""

    def places(self) -> Places:
        """Where items are already."""
        keys = {short_id: row.jira_key for short_id, row in self.rows.items() if row.jira_key}
        return Places(issues=keys, versions=keys)

    def in_doubt(self, short_id: str) -> bool:
        """Whether it was sent, and nobody knows what became of it."""
        row = self.rows[short_id]
        return not row.jira_key and row.sent_at is not None

    def settles_in(self, item: Item, delay: float) -> float:
        """Seconds until a search surely finds it, if it was made; 0 where nothing is in doubt."""
        if not self.in_doubt(item.short_id):
            return 0.0
        return max(0.0, delay - self._sent_ago[item.short_id].total_seconds())

    def sending(self, values: Mapping[str, Values]) -> None:
        """Before Jira is asked to make them, so that they are looked for should the answer be lost."""
        for short_id, of_item in values.items():
            row = self.rows[short_id]
            row.sent_at, row.sent = Now(), sent_of(of_item)
        self._store(values)

    def not_sent(self, short_ids: Iterable[str]) -> None:
        """Jira has made none of them, and says so."""
        for short_id in short_ids:
            self.rows[short_id].sent_at = None
        self._store(short_ids)

    def found(self, issues: Mapping[str, Created]) -> None:
        """What was made without our hearing of it; its links are to be looked at before any is made."""
        for short_id in issues:
            self.rows[short_id].links = {"": {"key": "", "made": False}}
        self.made(issues, {})

    def made(self, created: Mapping[str, Created], refused: Mapping[str, str]) -> None:
        """What Jira made, and what it did not, with the reason."""
        for short_id, one in created.items():
            row = self.rows[short_id]
            row.jira_id, row.jira_key, row.state = one.id, one.key, State.EXPORTED
            row.last_error, row.sent_at, row.exported_at = "", None, timezone.now()
        for short_id, reason in refused.items():
            row = self.rows[short_id]
            row.state, row.last_error, row.sent_at = State.FAILED, reason, None
        self._store([*created, *refused], created=len(created), failed=len(refused))

    def edited(self, item: Item, values: Values) -> None:
        row = self.rows[item.short_id]
        row.sent, row.state, row.last_error, row.exported_at = sent_of(values), State.EXPORTED, "", timezone.now()
        self._store([item.short_id], updated=1)

    def sound(self, item: Item) -> None:
        """Nothing about it is to be done; what failed of it once does not any more."""
        row = self.rows[item.short_id]
        if row.state != State.EXPORTED:
            row.state, row.last_error = State.EXPORTED, ""
            self._store([item.short_id])

    def failed(self, item: Item, reason: str) -> None:
        row = self.rows[item.short_id]
        newly = row.state != State.FAILED
        row.state, row.last_error = State.FAILED, reason
        self._store([item.short_id], failed=int(newly))

    def linking(self, item: Item, links: dict[str, Any]) -> None:
        self.rows[item.short_id].links = links
        self._store([item.short_id])

    def tell(self) -> None:
        with change():
            tell_progress(self._turn.held())

    def close(self, warnings: list[dict[str, str]]) -> None:
        """What the pass comes to."""
        states = [row.state for row in self.rows.values()]
        with change():
            row = self._turn.held()
            row.failed = states.count(State.FAILED)
            row.unchanged = max(0, states.count(State.EXPORTED) - row.created - row.updated)
            row.warnings = warnings
            row.save(update_fields=["failed", "unchanged", "warnings"])

    def _open(self, items: Sequence[Item]) -> dict[str, JiraMapping]:
        plan_id = self._turn.export.plan_id
        mine = JiraMapping.objects.filter(plan_id=plan_id, target=self.target)
        ids = [item.short_id for item in items]
        with change():
            self._turn.held()
            mine.exclude(short_id__in=ids).filter(jira_key="", sent_at=None).delete()
            mine.exclude(short_id__in=ids).exclude(jira_key="").update(state=State.EXPORTED, last_error="")
            fresh = [
                JiraMapping(
                    plan_id=plan_id, target=self.target, item_type=item.kind, item_id=item.id, short_id=item.short_id
                )
                for item in items
            ]
            JiraMapping.objects.bulk_create(fresh, batch_size=500, ignore_conflicts=True)
            JiraExport.objects.filter(pk=self._turn.export.pk).update(total=len(items), failed=0, target=self.target)
        ago = ExpressionWrapper(Now() - F("sent_at"), output_field=DurationField())
        rows = {row.short_id: row for row in mine.filter(short_id__in=ids)}
        self._sent_ago = dict(mine.filter(sent_at__isnull=False).annotate(ago=ago).values_list("short_id", "ago"))
        for item in items:
            rows[item.short_id].item_id = item.id
        return rows

    def _store(self, short_ids: Iterable[str], **counted: int) -> None:
        rows = [self.rows[short_id] for short_id in short_ids]
        with change():
            self._turn.held()
            JiraMapping.objects.bulk_update(rows, COLUMNS, batch_size=500)
            tasks = [Task(pk=row.item_id, jira_key=row.jira_key[:40]) for row in rows if row.item_type == "task"]
            Task.objects.bulk_update(tasks, ["jira_key"])
            more: dict[str, Any] = {name: F(name) + number for name, number in counted.items() if number}
            if more:
                JiraExport.objects.filter(pk=self._turn.export.pk).update(outages=0, error=None, **more)


def sent_of(values: Values) -> dict[str, Any]:
    """What is kept of what was sent."""
    return {"fields": digests_of(values), "labels": list(values.get("labels", []))}
