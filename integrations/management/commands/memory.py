"""``memory``: look into retrieval memory, build its index anew, carry it elsewhere, forget."""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.errors import DevMatrixError, NotFound
from integrations.memory import archive, clients, overview
from integrations.memory.collections import COLLECTIONS
from integrations.memory.errors import MemoryUnavailable
from integrations.memory.recalling import search
from integrations.memory.reindexing import Progress, reindex
from integrations.models import LearningRecord, LearningUse

LIST_LIMIT = 20


class Command(BaseCommand):
    help = "Retrieval memory: stats, list, show, search, reindex, forget, export, import."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        for name in ("stats", "status"):
            commands.add_parser(name, help="how much each collection holds, and whether it helped")
        listing = commands.add_parser("list", help="what was learned, latest first")
        listing.add_argument("--plan", type=uuid.UUID)
        listing.add_argument("--limit", type=int, default=LIST_LIMIT)
        show = commands.add_parser("show", help="one record whole, and what became of its uses")
        show.add_argument("id", type=uuid.UUID)
        find = commands.add_parser("search", help="what memory has that is like a text")
        find.add_argument("text")
        find.add_argument("--limit", type=int, default=5)
        find.add_argument("--minimum", type=float, help="minimum similarity, 0 to 1; the settings' when not given")
        anew = commands.add_parser("reindex", help="build the index anew from the database; goes on where it stopped")
        anew.add_argument("--damaged", action="store_true", help="first put an unreadable embedded store aside")
        forget = commands.add_parser("forget", help="delete records for good, by all of the conditions given")
        forget.add_argument("ids", nargs="*", type=uuid.UUID)
        forget.add_argument("--plan", type=uuid.UUID)
        forget.add_argument("--older-than", type=int, metavar="DAYS")
        forget.add_argument("--dry-run", action="store_true", help="only say how many there are")
        export = commands.add_parser("export", help="write every record as a line of JSON")
        export.add_argument("file", nargs="?", type=Path, help="standard output when not given")
        take = commands.add_parser("import", help="learn what was exported elsewhere")
        take.add_argument("file", type=Path)
        for command in (listing, find, anew, forget, export):
            command.add_argument("--collection", choices=COLLECTIONS, help="only this one")
        for command in commands.choices.values():
            command.add_argument("--json", action="store_true", help="one JSON document (lines of JSON for export)")

    def handle(self, *args: Any, command: str, **options: Any) -> None:
        try:
            getattr(self, f"_{command}")(options)
        except DevMatrixError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error

    def _say(self, options: dict[str, Any], document: Any, lines: list[str]) -> None:
        text = json.dumps(document, default=str, ensure_ascii=False) if options["json"] else "\n".join(lines)
        self.stdout.write(text)

    def _stats(self, options: dict[str, Any]) -> None:
        found = overview.as_json()
        lines = [f"store {found['store']}, embedding {found['embedding']}"]
        lines += [_collection_line(row) for row in found["collections"]]
        lines += [_purpose_line(row) for row in found["purposes"] if row["lookups"]]
        self._say(options, found, lines)

    _status = _stats

    def _list(self, options: dict[str, Any]) -> None:
        records = LearningRecord.objects.order_by("-created_at")
        if options["collection"]:
            records = records.filter(collection=options["collection"])
        if options["plan"]:
            records = records.filter(plan_id=options["plan"])
        rows = list(records[: max(options["limit"], 0)])
        lines = [f"{row.pk}  {row.created_at:%Y-%m-%d}  {row.collection:24}  {_first_line(row.text)}" for row in rows]
        self._say(options, [_as_json(row) for row in rows], lines or ["Nothing was learned yet."])

    def _show(self, options: dict[str, Any]) -> None:
        record = LearningRecord.objects.filter(pk=options["id"]).first()
        if record is None:
            raise NotFound(f"There is no record {options['id']}.", hint="`memory list` names them.")
        uses = [
            {"at": use.created_at, "purpose": use.purpose, "similarity": use.similarity, "plan": use.plan_id,
             "outcome": use.outcome, "ended_as": use.ended_as}
            for use in LearningUse.objects.filter(record=record)[:100]
        ]  # fmt: skip
        lines = [f"{name}: {value}" for name, value in _as_json(record).items()]
        lines += [
            f"used {use['at']:%Y-%m-%d} for {use['purpose']}: {use['ended_as'] or use['outcome']}" for use in uses
        ]
        self._say(options, {**_as_json(record), "uses": uses}, lines)

    def _search(self, options: dict[str, Any]) -> None:
        found = []
        for collection in [options["collection"]] if options["collection"] else COLLECTIONS:
            found += search(
                collection, text=options["text"], limit=options["limit"], minimum_similarity=options["minimum"]
            )
        found = sorted(found, key=lambda item: -item.similarity)[: options["limit"]]
        rows = [
            {"id": item.record_id, "collection": item.collection, "similarity": round(item.similarity, 4),
             "text": item.text, "lesson": item.lesson, "metadata": item.metadata}
            for item in found
        ]  # fmt: skip
        lines = [f"{item.similarity:.2f}  {item.collection:24}  {_first_line(item.text)}" for item in found]
        self._say(options, rows, lines or ["Memory has nothing like it."])

    def _reindex(self, options: dict[str, Any]) -> None:
        aside = clients.put_damaged_store_aside() if options["damaged"] else None
        collections = [options["collection"]] if options["collection"] else COLLECTIONS
        try:
            done = reindex(collections=collections, tell=self._progress)
        except MemoryUnavailable as error:
            hint = f"{error.hint} Run it again: it goes on where it stopped."
            raise CommandError(f"{error.detail} {hint}") from error
        lines = [f"{collection:26} {number} indexed" for collection, number in done.items()]
        lines += [f"The damaged store was put aside: {aside}"] if aside else []
        self._say(options, done, lines)

    def _progress(self, progress: Progress) -> None:
        if self.stderr.isatty():
            kept = f", {progress.kept} were there" if progress.kept else ""
            end = "\r" if progress.done < progress.total else "\n"
            self.stderr.write(f"{progress.collection}: {progress.done} of {progress.total}{kept}", ending=end)

    def _forget(self, options: dict[str, Any]) -> None:
        records = archive.chosen(
            ids=options["ids"],
            plan=options["plan"],
            older_than_days=options["older_than"],
            collection=options["collection"],
        )
        number = records.count() if options["dry_run"] else archive.forget(records)
        said = "would be forgotten" if options["dry_run"] else "forgotten"
        self._say(options, {"records": number, "dry_run": options["dry_run"]}, [f"{number} records {said}"])

    def _export(self, options: dict[str, Any]) -> None:
        records = LearningRecord.objects.all()
        if options["collection"]:
            records = records.filter(collection=options["collection"])
        lines = archive.exported(records)
        if options["file"] is None:
            for line in lines:
                self.stdout.write(line)
            return
        with options["file"].open("w", encoding="utf-8") as target:
            number = sum(1 for line in lines if target.write(f"{line}\n"))
        self._say(options, {"records": number}, [f"{number} records written to {options['file']}"])

    def _import(self, options: dict[str, Any]) -> None:
        file = options["file"]
        with sys.stdin if str(file) == "-" else file.open(encoding="utf-8", errors="replace") as source:
            read, changed = archive.import_lines(source)
        said = [f"{read} records read, {changed} of them new or different"]
        self._say(options, {"read": read, "learned": changed}, said)


def _collection_line(row: dict[str, Any]) -> str:
    indexed = f"unknown ({row['trouble']})" if row["indexed"] is None else row["indexed"]
    waiting = f", {row['waiting']} not yet" if row["waiting"] else ""
    used = f"used {row['used']}: {row['succeeded']} succeeded, {row['failed']} failed"
    return f"{row['collection']:26} learned {row['learned']}, indexed {indexed}{waiting}, {used}"


def _purpose_line(row: dict[str, Any]) -> str:
    answers = ", ".join(f"{number} {answer}" for answer, number in sorted(row["answers"].items()))
    given, without = row["with_memory"], row["without_memory"]
    verdict = {
        "helps": "memory helps",
        "hurts": "memory hurts",
        "no_difference": "no difference can be told",
        "too_few": "too few cases to tell",
    }[row["verdict"]]
    shares = f"{given['hits']} of {given['cases']} with, {without['hits']} of {without['cases']} without"
    return f"{row['purpose']:26} asked {row['lookups']} ({answers}); {shares}: {verdict}"


def _as_json(record: LearningRecord) -> dict[str, Any]:
    names = (
        "id", "collection", "source_type", "source_id", "plan_id", "created_at", "embedding", "metadata", "text",
        "lesson",
    )  # fmt: skip
    return {name: getattr(record, name) for name in names}


def _first_line(text: str) -> str:
    return " ".join(text.split())[:100]
