"""What the queue can be narrowed and ordered by."""

from __future__ import annotations

from decimal import Decimal

import django_filters
from django.db.models import F

from execution.models import Atom
from review import narrowing
from review.models import Review, ReviewQuerySet
from review.selectors import QUEUE_ORDER
from review.states import ReviewStatus

ORDERS = {
    "confidence": F("confidence"),
    "priority": F("priority"),
    "created_at": F("created_at"),
    "blocks": F("blocks"),
}


class ReviewFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Only open reviews, unless a status is asked for."""

    status = django_filters.MultipleChoiceFilter(choices=ReviewStatus.choices)
    level = django_filters.MultipleChoiceFilter(choices=Review.Level.choices)
    why = django_filters.MultipleChoiceFilter(choices=Review.Why.choices)
    priority = django_filters.ChoiceFilter(
        choices=[(choice.name.lower(), choice.name.lower()) for choice in Review.Priority], method="by_priority"
    )
    assignee = django_filters.CharFilter(method="by_assignee", help_text="A user name, `me`, `nobody` or `others`.")
    wave = django_filters.NumberFilter(method="by_wave", help_text="Its number, in the newest graph of the plan.")
    failed_layer = django_filters.ChoiceFilter(
        choices=[(layer, layer) for layer in narrowing.LAYERS], method="by_layer", help_text="Which found errors."
    )
    min_age_hours = django_filters.NumberFilter(method="by_age")
    kind = django_filters.CharFilter(field_name="atom__kind")
    language = django_filters.CharFilter(field_name="atom__language")
    path = django_filters.CharFilter(field_name="atom__path", lookup_expr="icontains")
    atom = django_filters.ModelChoiceFilter(queryset=Atom.objects.all())
    confidence_below = django_filters.NumberFilter(field_name="confidence", lookup_expr="lt")
    confidence_above = django_filters.NumberFilter(field_name="confidence", lookup_expr="gte")
    ordering = django_filters.ChoiceFilter(
        choices=[(f"{sign}{name}", f"{sign}{name}") for name in ORDERS for sign in ("", "-")], method="in_order"
    )

    class Meta:
        model = Review
        fields = ["plan"]

    def filter_queryset(self, queryset: ReviewQuerySet) -> ReviewQuerySet:
        if not self.form.cleaned_data.get("status"):
            queryset = queryset.open()
        narrowed: ReviewQuerySet = super().filter_queryset(queryset)
        return narrowed

    def by_priority(self, queryset: ReviewQuerySet, name: str, value: str) -> ReviewQuerySet:
        return queryset.filter(priority=Review.Priority[value.upper()])

    def by_assignee(self, queryset: ReviewQuerySet, name: str, value: str) -> ReviewQuerySet:
        return narrowing.held_by(queryset, value, self.request.user)

    def by_wave(self, queryset: ReviewQuerySet, name: str, value: Decimal) -> ReviewQuerySet:
        return narrowing.in_wave(queryset, int(value))

    def by_layer(self, queryset: ReviewQuerySet, name: str, value: str) -> ReviewQuerySet:
        return narrowing.with_failed_layer(queryset, value)

    def by_age(self, queryset: ReviewQuerySet, name: str, value: Decimal) -> ReviewQuerySet:
        return narrowing.older_than(queryset, float(value))

    def in_order(self, queryset: ReviewQuerySet, name: str, value: str) -> ReviewQuerySet:
        column = ORDERS[value.removeprefix("-")]
        first = column.desc(nulls_last=True) if value.startswith("-") else column.asc(nulls_first=True)
        return queryset.order_by(first, *QUEUE_ORDER)
