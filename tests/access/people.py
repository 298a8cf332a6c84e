"""The people of the tables, and what a table says of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Permission, User
from django.db import transaction

from common.models import PlanEvent, PlanHistory
from tests.factories import StaffFactory, UserFactory

PEOPLE = ["owner", "reviewer", "stranger", "reviewing stranger", "staff", "superuser", "nobody"]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The status that each gets. Who is not named gets what those like them get: see ``to``."""

    owner: int
    stranger: int
    staff: int
    nobody: int = 401
    reviewer: int | None = None
    """The owner, with the permission to decide reviews."""
    reviewing_stranger: int | None = None
    superuser: int | None = None

    def to(self, who: str) -> int:
        alike = {"reviewer": self.owner, "reviewing_stranger": self.stranger, "superuser": self.owner}
        name = who.replace(" ", "_")
        given: int | None = getattr(self, name)
        return alike[name] if given is None else given


READ = Answers(owner=200, stranger=404, staff=200)
LIST = Answers(owner=200, stranger=200, staff=200)
CHANGE = Answers(owner=200, stranger=404, staff=403)
START = Answers(owner=202, stranger=404, staff=403)
MAKE = Answers(owner=201, stranger=201, staff=201)
ADD = Answers(owner=201, stranger=404, staff=403)
REMOVE = Answers(owner=204, stranger=404, staff=403)
DECIDE = Answers(owner=403, reviewer=200, stranger=404, staff=200, superuser=200)
OPEN = Answers(owner=200, stranger=200, staff=200, nobody=200)


def everybody(status: int, *, nobody: int = 401) -> Answers:
    return Answers(owner=status, stranger=status, staff=status, nobody=nobody)


def owner_of(item: Any) -> User:
    """Of a row, of the plan it belongs to, or somebody when there is no row."""
    if item is None:
        made: User = UserFactory()
        return made
    holder = item if hasattr(item, "owner") else getattr(item, "plan", None) or item.conversation
    owner: User = holder.owner
    return owner


def person(who: str, *, owner: User) -> User | None:
    """Fresh from the database, for permissions are remembered."""
    if who == "nobody":
        return None
    if who in ("owner", "reviewer"):
        user = owner
    elif who in ("stranger", "reviewing stranger"):
        user = UserFactory()
    else:
        user = StaffFactory(is_superuser=who == "superuser")
    if "review" in who:
        user.user_permissions.add(Permission.objects.get(codename="decide_review"))
    return User.objects.get(pk=user.pk)


def traces(item: Any) -> tuple[Any, ...]:
    """What a change would leave: history, events, and the row itself."""
    row = None if item is None else type(item).objects.filter(pk=item.pk).values().get()
    return PlanHistory.objects.count(), PlanEvent.objects.count(), row


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done within is taken back, so that the next person meets the same row."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
