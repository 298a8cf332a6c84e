"""What the queue in the admin can be narrowed by; kept in the address."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
    RelatedDropdownFilter,
)

from review.models import Review
from review.states import OPEN, ReviewStatus


class StatusFilter(DropdownFilter):  # type: ignore[misc]  # unfold has no types
    """The queue shows what is open; everything else must be asked for."""

    title = "status"
    parameter_name = "status"
    all_option = ["", "Open"]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*ReviewStatus.choices, ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Review]) -> QuerySet[Review]:
        value = self.value()
        if value == "all":
            return queryset
        return queryset.filter(status=value) if value else queryset.filter(status__in=OPEN)


class AssigneeFilter(DropdownFilter):  # type: ignore[misc]  # unfold has no types
    title = "assignee"
    parameter_name = "held_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("me", "Me"), ("nobody", "Nobody"), ("others", "Others")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Review]) -> QuerySet[Review]:
        mine = {"assignee": request.user.pk}
        if self.value() == "me":
            return queryset.filter(**mine)
        if self.value() == "nobody":
            return queryset.filter(assignee__isnull=True)
        return queryset.exclude(**mine).filter(assignee__isnull=False) if self.value() == "others" else queryset


class KindFilter(DropdownFilter):  # type: ignore[misc]  # unfold has no types
    title = "kind of atom"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = ["import", "constant", "class_header", "method", "function", "block", "statement", "file"]
        return [(kind, kind.replace("_", " ")) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Review]) -> QuerySet[Review]:
        return queryset.filter(atom__kind=self.value()) if self.value() else queryset


QUEUE_FILTERS: list[Any] = [
    StatusFilter,
    ("level", ChoicesDropdownFilter),
    ("priority", ChoicesDropdownFilter),
    ("why", ChoicesDropdownFilter),
    AssigneeFilter,
    KindFilter,
    ("plan", RelatedDropdownFilter),
]
