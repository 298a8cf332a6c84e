"""From a request to the rows its user may see or decide. A stranger's row is not found, as if it did not exist."""

from __future__ import annotations

import uuid
from typing import cast

from django.contrib.auth.models import User
from rest_framework.request import Request

from common.actors import Actor
from common.errors import InvalidInput, NotFound
from execution.models import Atom
from planning.models import MasterPlan
from review import selectors
from review.models import Review
from review.permissions import demand_decision, visible_reviews


def person(request: Request) -> User:
    return cast("User", request.user)


def actor(request: Request) -> Actor:
    return Actor.of(request.user)


def review_to_read(request: Request, review_id: uuid.UUID) -> Review:
    review = selectors.visible_review(visible_reviews(request.user), review_id)
    if review is None:
        raise NotFound("There is no such review, or not for you.")
    return review


def review_to_decide(request: Request, review_id: uuid.UUID) -> Review:
    review = review_to_read(request, review_id)
    demand_decision(request.user)
    return review


def plan_to_read(request: Request, plan_id: uuid.UUID) -> MasterPlan:
    plan = MasterPlan.objects.filter(pk=plan_id).first()
    if plan is None or not (person(request).is_staff or plan.owner_id == person(request).pk):
        raise NotFound("There is no such plan, or not for you.")
    return plan


def atom_to_review(request: Request, atom_id: uuid.UUID) -> Atom:
    """An atom of a plan that the user may read and whose reviews the user may decide."""
    atom = Atom.objects.select_related("plan").filter(pk=atom_id).first()
    if atom is None or not (person(request).is_staff or atom.plan.owner_id == person(request).pk):
        raise NotFound("There is no such atom, or not for you.")
    demand_decision(request.user)
    return atom


def colleague(username: str) -> User:
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise InvalidInput(f"There is no user {username!r}.", errors={"assignee": ["There is no such user."]})
    return found
