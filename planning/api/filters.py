from __future__ import annotations

import django_filters

from planning.models import MasterPlan
from planning.states import PlanStatus


class PlanFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    status = django_filters.MultipleChoiceFilter(choices=PlanStatus.choices)
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = MasterPlan
        fields = ["status", "workspace", "stack", "execution_mode"]
