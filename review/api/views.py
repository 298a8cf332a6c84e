"""The review queue over HTTP. Views translate; what is done is done by the services."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import QueryDict
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import InvalidInput
from common.idempotency import idempotent
from review import selectors
from review.api import access, requests, responses
from review.api.describing import body, described
from review.api.filters import ReviewFilter
from review.models import Review, ReviewQuerySet
from review.permissions import demand_decision, may_decide_for, visible_reviews
from review.services import bulk, claims, creation
from review.statistics import plan_statistics


def shown(request: Request, review_id: uuid.UUID, *, code: int = status.HTTP_200_OK) -> Response:
    """The review as it is now."""
    return Response(responses.ReviewSerializer(access.review_to_read(request, review_id)).data, status=code)


@described(None, responses.ReviewSerializer(many=True))
class QueueView(generics.ListAPIView[Review]):
    """Reviews that wait: lowest confidence first, then those that hold back most other atoms."""

    serializer_class = responses.ReviewSerializer
    filter_backends = (DjangoFilterBackend,)  # it orders too, and knows where empty values go
    filterset_class = ReviewFilter
    queryset = Review.objects.none()

    def get_queryset(self) -> ReviewQuerySet:
        return selectors.queue(visible_reviews(self.request.user))


class ReviewView(APIView):
    @described(None, responses.ReviewDetailSerializer)
    def get(self, request: Request, review_id: uuid.UUID) -> Response:
        """One review with its code, what was found, the attempts and their differences, and the file around it."""
        return Response(responses.ReviewDetailSerializer(access.review_to_read(request, review_id)).data)


class AssignView(APIView):
    @described(requests.AssignReviewSerializer, responses.ReviewSerializer)
    def post(self, request: Request) -> Response:
        """Claim a review, or give it to somebody who may decide it; staff may take it from whoever holds it."""
        data = body(requests.AssignReviewSerializer, request)
        review = access.review_to_decide(request, data["review"])
        user = access.person(request)
        assignee = access.colleague(data["assignee"]) if "assignee" in data else user
        if not may_decide_for(assignee, review.plan):
            raise InvalidInput(f"{assignee.get_username()} may not decide this review.")
        if assignee == user and not user.is_staff:
            claims.claim_review(review_id=review.pk, reviewer=user)
        else:
            claims.assign_review(review_id=review.pk, assignee=assignee, actor=access.actor(request))
        return shown(request, review.pk)


class ReleaseView(APIView):
    @described(requests.ReviewIdSerializer, responses.ReviewSerializer)
    def post(self, request: Request) -> Response:
        """Put a claimed review back into the queue."""
        review = access.review_to_decide(request, body(requests.ReviewIdSerializer, request)["review"])
        claims.release_review(
            review_id=review.pk, actor=access.actor(request), of_others=access.person(request).is_staff
        )
        return shown(request, review.pk)


class BulkView(APIView):
    @described(requests.BulkReviewSerializer, responses.BulkReviewOutcomeSerializer)
    def post(self, request: Request) -> Response:
        """One decision over several reviews, by ids or by a filter; a dry run says what would happen."""
        data = body(requests.BulkReviewSerializer, request)
        demand_decision(request.user)
        outcome = bulk.decide_many(
            review_ids=self._chosen(request, data),
            decision=data["decision"],
            actor=access.actor(request),
            reason=data["reason"],
            dry_run=data["dry_run"],
        )
        return Response(responses.BulkReviewOutcomeSerializer(outcome).data)

    def _chosen(self, request: Request, data: dict[str, Any]) -> list[uuid.UUID]:
        visible = visible_reviews(request.user)
        if "ids" in data:
            return [access.review_to_read(request, review_id).pk for review_id in data["ids"]]
        wanted = QueryDict(mutable=True)
        for name, value in data["filter"].items():
            wanted.setlist(name, value if isinstance(value, list) else [str(value)])
        if "plan" in wanted:
            access.plan_to_read(request, data["filter"]["plan"])
        narrowed = ReviewFilter(wanted, queryset=selectors.queue(visible), request=request).qs
        return list(narrowed.values_list("pk", flat=True)[: bulk.MAX_AT_ONCE + 1])


class CreateView(APIView):
    @described(None, responses.ReviewSerializer, code=201)
    @idempotent
    def post(self, request: Request, atom_id: uuid.UUID) -> Response:
        """Ask for a review of one atom; the open one is answered when there is one."""
        atom = access.atom_to_review(request, atom_id)
        review = creation.ask_for_review(atom_id=atom.pk, actor=access.actor(request))
        return shown(request, review.pk, code=status.HTTP_201_CREATED)


class BulkCreateView(APIView):
    @described(requests.BulkCreateReviewsSerializer, responses.ReviewSerializer(many=True), code=201)
    @idempotent
    def post(self, request: Request, masterplan_id: uuid.UUID) -> Response:
        """Ask for reviews of the atoms of a plan with the lowest confidence; answers those made now."""
        plan = access.plan_to_read(request, masterplan_id)
        demand_decision(request.user)
        share = body(requests.BulkCreateReviewsSerializer, request)["share"]
        made = creation.ask_for_lowest(plan_id=plan.pk, actor=access.actor(request), share=share)
        reviews = selectors.queue(Review.objects.filter(pk__in=[review.pk for review in made]))
        return Response(responses.ReviewSerializer(reviews, many=True).data, status=status.HTTP_201_CREATED)


class StatisticsView(APIView):
    @described(None, responses.ReviewStatisticsSerializer)
    def get(self, request: Request, masterplan_id: uuid.UUID) -> Response:
        """How reviewing goes in one plan."""
        plan = access.plan_to_read(request, masterplan_id)
        return Response(responses.ReviewStatisticsSerializer(plan_statistics(plan.pk)).data)
