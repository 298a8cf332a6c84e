"""``manage.py memory``: what people and scripts are shown, what is forgotten, carried in and out."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from integrations.memory import clients, store
from integrations.memory.recalling import recall
from integrations.models import LearningRecord, LearningUse
from tests.integrations.remembering import ORDERS, TASKS, learn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("embedded")]


def memory(*words: str) -> str:
    out = StringIO()
    call_command("memory", *words, stdout=out)
    return out.getvalue()


def as_json(*words: str) -> Any:
    return json.loads(memory(*words, "--json"))


def test_stats_say_what_is_held_asked_and_known_of_its_use() -> None:
    learn(ORDERS)
    recall("successful_masterplans", text=ORDERS, purpose="masterplan")
    said = memory("stats")
    assert "embedding hashed-subtokens-2" in said
    assert "successful_masterplans     learned 1, indexed 1, used 1: 0 succeeded, 0 failed" in said
    assert "masterplan                 asked 1 (1 found); 0 of 0 with, 0 of 0 without: too few cases to tell" in said
    assert as_json("status")["collections"][0]["indexed"] == 1


def test_records_are_listed_latest_first_and_shown_whole_with_their_uses() -> None:
    plan = uuid.uuid4()
    first, second = learn(ORDERS, plan=plan, lesson="Take payments apart."), learn(TASKS, "failed_tasks")
    recall("successful_masterplans", text=ORDERS, purpose="masterplan")
    assert [row["id"] for row in as_json("list")] == [str(second.pk), str(first.pk)]
    assert [row["id"] for row in as_json("list", "--plan", str(plan))] == [str(first.pk)]
    assert [row["id"] for row in as_json("list", "--collection", "failed_tasks")] == [str(second.pk)]
    assert str(second.pk) in memory("list", "--limit", "1")
    shown = as_json("show", str(first.pk))
    assert (shown["lesson"], [use["outcome"] for use in shown["uses"]]) == ("Take payments apart.", ["open"])
    assert "masterplan: open" in memory("show", str(first.pk))
    with pytest.raises(CommandError, match="There is no record"):
        memory("show", str(uuid.uuid4()))


def test_a_search_gives_similarities() -> None:
    record = learn(ORDERS, metadata={"tasks": 30})
    found = as_json("search", ORDERS)
    assert [(row["id"], row["similarity"], row["metadata"]) for row in found] == [(str(record.pk), 1.0, {"tasks": 30})]
    assert "REST API for a shop" in memory("search", "orders, products, customers", "--minimum", "0.3")
    assert "Memory has nothing like it." in memory("search", "submarines")


def test_records_are_forgotten_by_every_condition_given_and_their_uses_stay() -> None:
    plan = uuid.uuid4()
    old, young = learn(ORDERS, plan=plan), learn(f"{ORDERS} again", plan=plan)
    other = learn(TASKS)
    recall("successful_masterplans", text=ORDERS, purpose="masterplan")
    LearningRecord.objects.filter(pk__in=[old.pk, other.pk]).update(updated_at=timezone.now() - timedelta(days=100))

    assert as_json("forget", "--plan", str(plan), "--older-than", "90", "--dry-run") == {"records": 1, "dry_run": True}
    assert LearningRecord.objects.count() == 3
    assert memory("forget", "--plan", str(plan), "--older-than", "90") == "1 records forgotten\n"
    assert set(LearningRecord.objects.values_list("pk", flat=True)) == {young.pk, other.pk}
    assert store.count("successful_masterplans") == 2
    assert LearningUse.objects.filter(record__isnull=True).count() == 1
    assert "1 records forgotten" in memory("forget", str(other.pk))
    with pytest.raises(CommandError, match="Name ids, a plan, or an age"):
        memory("forget")


def test_what_was_exported_is_imported_elsewhere_once(tmp_path: Path) -> None:
    learn(ORDERS, lesson="Take payments apart.", metadata={"tasks": 30})
    learn(TASKS, "failed_tasks")
    file = tmp_path / "memory.jsonl"
    assert as_json("export", str(file)) == {"records": 2}
    assert len(memory("export", "--collection", "failed_tasks").splitlines()) == 1
    before = set(LearningRecord.objects.values_list("source_id", "text", "lesson", "digest"))
    LearningRecord.objects.all().delete()
    assert as_json("import", str(file)) == {"read": 2, "learned": 2}
    assert set(LearningRecord.objects.values_list("source_id", "text", "lesson", "digest")) == before
    assert as_json("import", str(file)) == {"read": 2, "learned": 0}
    assert len(as_json("search", ORDERS)) == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "Line 2 is not JSON"),
        ("[1]", "Line 2: the record:"),
        ('{"collection": "secrets", "source_type": "x", "text": "a"}', "Line 2: collection: Input should be"),
        ('{"version": 2}', "Line 2: version: Input should be 1"),
        (json.dumps({"text": "x" * 200_000}), "Line 2 has 200013 characters"),
    ],
)
def test_a_file_with_a_bad_line_changes_nothing(tmp_path: Path, line: str, said: str) -> None:
    good = {"collection": "failed_tasks", "source_type": "task", "source_id": str(uuid.uuid4()), "text": "a word"}
    file = tmp_path / "memory.jsonl"
    file.write_text(f"{json.dumps(good)}\n{line}\n")
    with pytest.raises(CommandError, match=said):
        memory("import", str(file))
    assert LearningRecord.objects.count() == 0


def test_files_that_cannot_be_opened_are_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        memory("import", str(tmp_path / "none"))
    with pytest.raises(CommandError, match="Is a directory"):
        memory("export", str(tmp_path))


def test_a_damaged_embedded_store_is_put_aside_and_built_anew() -> None:
    learn(ORDERS)
    clients.forget_client()
    (clients.embedded_folder() / "chroma.sqlite3").write_bytes(b"no database" * 1_000)
    with pytest.raises(CommandError, match="goes on where it stopped"):
        memory("reindex")
    clients.forget_client()
    assert "The damaged store was put aside" in memory("reindex", "--damaged")
    assert len(as_json("search", ORDERS)) == 1


def test_the_commands_say_when_memory_is_off(configure: Callable[..., Any]) -> None:
    configure(memory_enabled=False)
    with pytest.raises(CommandError, match="MEMORY_ENABLED"):
        memory("search", "orders")
    assert "indexed unknown (memory_off)" in memory("stats")
