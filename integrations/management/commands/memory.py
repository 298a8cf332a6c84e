"""``memory stats | search | reindex``: look into memory, and build its index anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count, Q

from common.errors import DevMatrixError
from integrations.memory import learning, store
from integrations.memory.collections import COLLECTIONS, Collection
from integrations.models import LearningRecord, LearningUse


class Command(BaseCommand):
    help = "Look into memory: stats, search TEXT, reindex."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        commands.add_parser("stats", help="how much each collection holds, and whether it helped")
        find = commands.add_parser("search", help="what memory has that is like a text")
        find.add_argument("text")
        find.add_argument("--collection", choices=COLLECTIONS, help="only this one")
        find.add_argument("--limit", type=int, default=5)
        find.add_argument("--minimum", type=float, help="minimum similarity, 0 to 1; the settings' when not given")
        commands.add_parser("reindex", help="build every collection anew from the database")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            match options["command"]:
                case "stats":
                    self._stats()
                case "search":
                    self._search(options)
                case "reindex":
                    self._reindex()
        except DevMatrixError as error:
            raise CommandError(str(error)) from error

    def _stats(self) -> None:
        learned = dict(LearningRecord.objects.values_list("collection").annotate(Count("id")).order_by())
        for collection in COLLECTIONS:
            uses = LearningUse.objects.filter(record__collection=collection).aggregate(
                used=Count("id"),
                succeeded=Count("id", filter=Q(outcome=LearningUse.Outcome.SUCCEEDED)),
                failed=Count("id", filter=Q(outcome=LearningUse.Outcome.FAILED)),
            )
            self.stdout.write(
                f"{collection:26} learned {learned.get(collection, 0)}, indexed {_indexed(collection)}, "
                f"used {uses['used']}: {uses['succeeded']} succeeded, {uses['failed']} failed"
            )

    def _search(self, options: dict[str, Any]) -> None:
        found = []
        for collection in [options["collection"]] if options["collection"] else COLLECTIONS:
            found += learning.search(
                collection, text=options["text"], limit=options["limit"], minimum_similarity=options["minimum"]
            )
        for item in sorted(found, key=lambda item: -item.similarity)[: options["limit"]]:
            self.stdout.write(f"{item.similarity:.2f}  {item.collection}  {item.text[:120]!r}")
        if not found:
            self.stdout.write("Memory has nothing like it.")

    def _reindex(self) -> None:
        for collection, number in learning.reindex().items():
            self.stdout.write(f"{collection:26} {number} indexed")


def _indexed(collection: Collection) -> str:
    """How many documents the vector store holds, or why nobody knows."""
    try:
        return str(store.count(collection))
    except DevMatrixError as error:
        return f"unknown ({error.code})"
