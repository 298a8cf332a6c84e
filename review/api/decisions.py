"""The four decisions over HTTP, and taking one back. The second of two is told what the first decided (409)."""

from __future__ import annotations

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.idempotency import idempotent
from review.api import access, requests, responses
from review.api.describing import UNPROCESSABLE, body, described
from review.api.views import shown
from review.errors import EditRefused
from review.services import decisions, editing, undoing


class ApproveView(APIView):
    @described(requests.ApproveReviewSerializer, responses.ReviewSerializer)
    @idempotent
    def post(self, request: Request) -> Response:
        """The atom is accepted as it is."""
        data = body(requests.ApproveReviewSerializer, request)
        review = access.review_to_decide(request, data["review"])
        decisions.approve_review(review_id=review.pk, actor=access.actor(request), reason=data["reason"])
        return shown(request, review.pk)


class RejectView(APIView):
    @described(requests.RejectReviewSerializer, responses.ReviewSerializer)
    @idempotent
    def post(self, request: Request) -> Response:
        """The atom fails, for the reason given."""
        data = body(requests.RejectReviewSerializer, request)
        review = access.review_to_decide(request, data["review"])
        decisions.reject_review(review_id=review.pk, actor=access.actor(request), reason=data["reason"])
        return shown(request, review.pk)


class RegenerateView(APIView):
    @described(requests.RegenerateReviewSerializer, responses.ReviewSerializer, code=202)
    @idempotent
    def post(self, request: Request) -> Response:
        """One more attempt with the feedback; watch the plan's events for how it ends."""
        data = body(requests.RegenerateReviewSerializer, request)
        review = access.review_to_decide(request, data["review"])
        decisions.regenerate_review(review_id=review.pk, actor=access.actor(request), feedback=data["feedback"])
        return shown(request, review.pk, code=status.HTTP_202_ACCEPTED)


class EditView(APIView):
    @described(requests.EditReviewSerializer, responses.ReviewSerializer, more=UNPROCESSABLE)
    def post(self, request: Request) -> Response:
        """The new code is validated, then replaces the atom; else 422 with what was found, and the text is kept."""
        data = body(requests.EditReviewSerializer, request)
        review = access.review_to_decide(request, data["review"])
        result = editing.edit_review(
            review_id=review.pk, code=data["code"], actor=access.actor(request), reason=data["reason"]
        )
        if not result.accepted:
            raise EditRefused(
                "The new code does not pass validation.",
                hint="The review is still open and your text is kept in modified_code.",
                review=str(review.pk),
                diagnostics=[diagnostic.model_dump() for diagnostic in result.diagnostics],
            )
        return shown(request, review.pk)


class UndoView(APIView):
    @described(requests.ReviewIdSerializer, responses.ReviewSerializer)
    @idempotent
    def post(self, request: Request) -> Response:
        """Take the last decision back, while nothing depends on it; the review is yours again."""
        review = access.review_to_decide(request, body(requests.ReviewIdSerializer, request)["review"])
        person = access.person(request)
        undoing.undo_review(review_id=review.pk, reviewer=person, of_others=person.is_staff)
        return shown(request, review.pk)
