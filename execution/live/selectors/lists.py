"""The list of plans, and the discoveries on their way to one."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from planning.models import DiscoveryDocument, MasterPlan
from planning.selectors.access import discoveries_for, plans_for
from planning.states import DiscoveryStatus, PlanStatus

MAX_SEARCH_CHARS = 200
FINAL = [DiscoveryStatus.COMPLETED, DiscoveryStatus.CANCELLED]


def words_of(search: str) -> list[str]:
    """What is searched for; every word is to be found."""
    return search.replace("\x00", "")[:MAX_SEARCH_CHARS].split()


def listed_plans(user: User, *, search: str = "", status: str = "") -> QuerySet[MasterPlan]:
    """The newest first. An unknown status finds nothing."""
    plans = plans_for(user).order_by("-created_at")
    if status:
        plans = plans.filter(status=status) if status in PlanStatus.values else plans.none()
    for word in words_of(search):
        plans = plans.filter(
            Q(project_name__icontains=word) | Q(original_request__icontains=word) | Q(owner__username__iexact=word)
        )
    return plans


def open_discoveries(user: User) -> QuerySet[DiscoveryDocument]:
    """The user's own requests that have no plan yet, the newest first."""
    return discoveries_for(user).filter(owner=user).exclude(status__in=FINAL).order_by("-created_at")
