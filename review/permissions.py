"""Who may read and decide reviews: staff all of them; an owner reads own plans' and decides with ``decide_review``."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db.models import Q

from common.errors import NotPermitted
from planning.models import MasterPlan
from review.models import Review, ReviewQuerySet

Person = AbstractBaseUser | AnonymousUser


def visible_reviews(user: Person) -> ReviewQuerySet:
    if not isinstance(user, User) or not user.is_active:
        return Review.objects.none()
    return Review.objects.all() if user.is_staff else Review.objects.filter(plan__owner=user)


def decidable_reviews(user: Person) -> ReviewQuerySet:
    """Those of the visible ones that ``user`` may decide; whether they are still open is another question."""
    visible = visible_reviews(user)
    return visible if may_decide(user) else visible.filter(Q(pk__in=[]))


def may_decide(user: Person) -> bool:
    """Whether ``user`` may decide the reviews that are visible to this user."""
    return isinstance(user, User) and user.is_active and (user.is_staff or user.has_perm("review.decide_review"))


def demand_decision(user: Person) -> None:
    """Raises ``NotPermitted`` for who may only read."""
    if not may_decide(user):
        raise NotPermitted("You may read this review but not decide it.", hint="Ask for the permission decide_review.")


def may_decide_for(user: User, plan: MasterPlan) -> bool:
    """Whether ``user`` could be given a review of ``plan``."""
    return may_decide(user) and (user.is_staff or plan.owner_id == user.pk)
