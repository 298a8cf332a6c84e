"""What the queue can be narrowed and ordered by."""

from __future__ import annotations

import django_filters
from django.db.models import F

from execution.models import Atom
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
    assignee = django_filters.CharFilter(method="by_assignee", help_text="A user name, `me` or `nobody`.")
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
        if value == "nobody":
            return queryset.filter(assignee__isnull=True)
        return (
            queryset.filter(assignee=self.request.user) if value == "me" else queryset.filter(assignee__username=value)
        )

    def in_order(self, queryset: ReviewQuerySet, name: str, value: str) -> ReviewQuerySet:
        column = ORDERS[value.removeprefix("-")]
        first = column.desc(nulls_last=True) if value.startswith("-") else column.asc(nulls_first=True)
        return queryset.order_by(first, *QUEUE_ORDER)
