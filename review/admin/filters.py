"""What the queue in the admin can be narrowed by; kept in the address."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
    RelatedDropdownFilter,
)

from execution.models import Wave
from review import narrowing
from review.models import Review, ReviewQuerySet
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


class NarrowingFilter(DropdownFilter):  # type: ignore[misc]  # unfold has no types
    """One of the queue's own filters; without a value it lets everything through."""

    def narrowed(self, reviews: ReviewQuerySet, value: str, request: HttpRequest) -> ReviewQuerySet:
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: ReviewQuerySet) -> ReviewQuerySet:
        value = self.value()
        return self.narrowed(queryset, value, request) if value else queryset


class WaveFilter(NarrowingFilter):
    title = "wave"
    parameter_name = "wave"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        open_atoms = Review.objects.open().values("atom")
        numbers = Wave.objects.filter(members__in=open_atoms).order_by("number").values_list("number", flat=True)
        return [(str(number), f"Wave {number}") for number in numbers.distinct()]

    def narrowed(self, reviews: ReviewQuerySet, value: str, request: HttpRequest) -> ReviewQuerySet:
        return narrowing.in_wave(reviews, int(value)) if value.isdigit() else reviews.none()


class LayerFilter(NarrowingFilter):
    title = "layer that failed"
    parameter_name = "failed_layer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(layer, layer.capitalize()) for layer in narrowing.LAYERS]

    def narrowed(self, reviews: ReviewQuerySet, value: str, request: HttpRequest) -> ReviewQuerySet:
        return narrowing.with_failed_layer(reviews, value)


class LanguageFilter(NarrowingFilter):
    title = "language"
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = Review.objects.open().order_by("atom__language").values_list("atom__language", flat=True).distinct()
        return [(name, name.capitalize()) for name in names]

    def narrowed(self, reviews: ReviewQuerySet, value: str, request: HttpRequest) -> ReviewQuerySet:
        return reviews.filter(atom__language=value)


class AssigneeFilter(NarrowingFilter):
    title = "assignee"
    parameter_name = "held_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = User.objects.filter(reviews__status=ReviewStatus.IN_REVIEW).exclude(
            username=request.user.get_username()
        )
        people = [(name, name) for name in names.order_by("username").values_list("username", flat=True).distinct()]
        return [(narrowing.ME, "Me"), (narrowing.NOBODY, "Nobody"), (narrowing.OTHERS, "Others"), *people]

    def narrowed(self, reviews: ReviewQuerySet, value: str, request: HttpRequest) -> ReviewQuerySet:
        user: Any = request.user
        return narrowing.held_by(reviews, value, user)


class AgeFilter(NarrowingFilter):
    title = "age"
    parameter_name = "min_age_hours"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(hours, words.capitalize()) for hours, words in narrowing.AGES.items()]

    def narrowed(self, reviews: ReviewQuerySet, value: str, request: HttpRequest) -> ReviewQuerySet:
        return narrowing.older_than(reviews, float(value)) if value in narrowing.AGES else reviews.none()


class KindFilter(NarrowingFilter):
    title = "kind of atom"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = ["import", "constant", "class_header", "method", "function", "block", "statement", "file"]
        return [(kind, kind.replace("_", " ").capitalize()) for kind in kinds]

    def narrowed(self, reviews: ReviewQuerySet, value: str, request: HttpRequest) -> ReviewQuerySet:
        return reviews.filter(atom__kind=value)


QUEUE_FILTERS: list[Any] = [
    ("plan", RelatedDropdownFilter),
    WaveFilter,
    ("level", ChoicesDropdownFilter),
    LayerFilter,
    LanguageFilter,
    AssigneeFilter,
    AgeFilter,
    StatusFilter,
    ("why", ChoicesDropdownFilter),
    ("priority", ChoicesDropdownFilter),
    KindFilter,
]
