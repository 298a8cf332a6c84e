"""The page on which one review is read and decided; the next one opens by itself."""

from __future__ import annotations

import copy
import uuid
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
    QueryDict,
)
from django.template.response import TemplateResponse
from django.urls import reverse

from common.actors import Actor
from common.errors import DevMatrixError, InvalidInput
from review import selectors
from review.errors import EditRefused, EditUnderWay, ReviewClaimed, ReviewDecided, ReviewObsolete
from review.models import Review
from review.page import review_page
from review.permissions import may_decide
from review.presence import presence
from review.services.claims import assign_review, claim_review, release_review
from review.services.decisions import approve_review, regenerate_review, reject_review
from review.services.editing import edit_review
from review.services.saved import last_query
from review.services.undoing import undo_review, undoable_decision
from review.states import OPEN

FILTERS = "_changelist_filters"
"""Django's own name for the filters of the list that a page was opened from."""
TAKEN = (ReviewClaimed, ReviewDecided, ReviewObsolete)


class ReviewScreen:
    """Mixed into the admin of reviews: its detail page, and where that page posts to."""

    admin_site: AdminSite
    opts: Any
    media: Any

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Reading an open review claims it, so that two people do not read the same one."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        review_id = _uuid(object_id)
        self._demand(request)
        try:
            claim_review(review_id=review_id, reviewer=request.user)  # type: ignore[arg-type]  # staff is a User
        except (*TAKEN, EditUnderWay):
            pass  # the page says who holds it, or what was decided
        except DevMatrixError as error:
            raise Http404(error.detail) from error
        return self._page(request, review_id)

    def decide_view(self, request: HttpRequest, review_id: uuid.UUID) -> HttpResponse:
        """Decide, then open what comes next. When it is refused the page comes back, with what was typed."""
        if request.method == "GET":
            return self._signed_in_again(request, review_id)
        self._demand(request, "POST")
        decision = request.POST.get("decision", "")
        following = self._walk(request, review_id).following
        try:
            self._decide(request, review_id, decision)
        except DevMatrixError as error:
            messages.error(request, str(error))
            return self._page(request, review_id, typed=request.POST.dict(), status=error.status)
        return self._go_on(request, following)

    def undo_view(self, request: HttpRequest, review_id: uuid.UUID) -> HttpResponse:
        """Take a decision back and open its review again; or say why the decision stands."""
        if request.method == "GET":
            return self._signed_in_again(request, review_id)
        self._demand(request, "POST")
        user: Any = request.user
        try:
            undo_review(review_id=review_id, reviewer=user, of_others=True)
        except DevMatrixError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "Taken back. It is yours to decide again.")
        return HttpResponseRedirect(self._address(request, review_id))

    def hold_view(self, request: HttpRequest, review_id: uuid.UUID) -> HttpResponse:
        """Take a review over from whoever holds it, or put one's own back."""
        if request.method == "GET":
            return self._signed_in_again(request, review_id)
        self._demand(request, "POST")
        try:
            if request.POST.get("take"):
                user: Any = request.user
                assign_review(review_id=review_id, assignee=user, actor=Actor.of(user))
            else:
                release_review(review_id=review_id, actor=Actor.of(request.user))
                return HttpResponseRedirect(self._queue_address(request))
        except DevMatrixError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(self._address(request, review_id))

    def presence_view(self, request: HttpRequest, review_id: uuid.UUID) -> HttpResponse:
        """An open page says that it is still looked at, and is told what others did meanwhile."""
        self._demand(request, "POST")
        user: Any = request.user
        try:
            claim_review(review_id=review_id, reviewer=user)
        except (*TAKEN, EditUnderWay):
            pass  # told below
        except DevMatrixError as error:
            raise Http404(error.detail) from error
        return JsonResponse(presence(review_id, user))

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """Whatever is first in the queue for this person, by the filters that were used last."""
        self._demand(request)
        return self._go_on(request, self._walk(request, None).following)

    def _signed_in_again(self, request: HttpRequest, review_id: uuid.UUID) -> HttpResponse:
        """The session had ended when something was sent, and the way back from the login leads here."""
        self._demand(request)
        messages.warning(request, "You had been signed out, so nothing was done yet. What you wrote is still here.")
        return HttpResponseRedirect(self._address(request, review_id))

    def _decide(self, request: HttpRequest, review_id: uuid.UUID, decision: str) -> None:
        actor, note = Actor.of(request.user), request.POST.get("note", "").strip()
        if decision == "approve":
            approve_review(review_id=review_id, actor=actor, reason=note)
        elif decision == "reject":
            reject_review(review_id=review_id, actor=actor, reason=note)
        elif decision == "regenerate":
            regenerate_review(review_id=review_id, actor=actor, feedback=note)
        elif decision == "edit":
            code = request.POST.get("code", "").replace("\r\n", "\n")
            result = edit_review(review_id=review_id, code=code, actor=actor, reason=note)
            if not result.accepted:
                raise EditRefused(
                    "The new code does not pass validation.", hint="What was found stands beside its lines."
                )
        else:
            raise InvalidInput(f"There is no decision {decision!r}.")

    def _page(
        self, request: HttpRequest, review_id: uuid.UUID, *, typed: dict[str, Any] | None = None, status: int = 200
    ) -> HttpResponse:
        review = selectors.visible_review(Review.objects.all(), review_id)
        if review is None:
            raise Http404("There is no such review.")
        code = typed.get("code") if typed else None
        user: Any = request.user
        page = review_page(
            review,
            user,
            typed_code=code.replace("\r\n", "\n") if code else None,
            compared=(_number(request, "left"), _number(request, "right")),
        )
        walk = self._walk(request, review_id)
        context = {
            **self.admin_site.each_context(request),
            "title": review.atom.qualname or review.atom.path,
            "opts": self.opts,
            "page": page,
            "walk": walk,
            "next_address": self._address(request, walk.next) if walk.next else "",
            "previous_address": self._address(request, walk.previous) if walk.previous else "",
            "queue_address": self._queue_address(request),
            "filters": request.GET.get(FILTERS, ""),
            "suffix": f"?{FILTERS}={_quoted(request)}" if request.GET.get(FILTERS) else "",
            "undoable": undoable_decision(user),
            "note": typed.get("note", "") if typed else "",
            "typed": typed,
            "editor_open": bool(code) or bool(page.editor_findings),
            "media": self.media,
        }
        return TemplateResponse(request, "review/review_page.html", context, status=status)

    def _walk(self, request: HttpRequest, review_id: uuid.UUID | None) -> selectors.Walk:
        """The queue as this person works through it: by the filters of the address, else all of it."""
        around = Review.objects.filter(pk=review_id).first() if review_id else None
        kept = request.GET.get(FILTERS, "")
        if kept:
            chosen = self._filtered(request, kept)
            if chosen is not None:
                return selectors.walk(chosen, user_id=request.user.pk, around=around, own_order=True)
        waiting = Review.objects.filter(Q(status__in=OPEN) | Q(pk=review_id))
        return selectors.walk(selectors.queue(waiting), user_id=request.user.pk, around=around)

    def _filtered(self, request: HttpRequest, kept: str) -> Any:
        """What the list shows with these filters; none when they mean nothing (any more)."""
        listing = copy.copy(request)
        listing.GET = QueryDict(kept)
        try:
            return self.get_changelist_instance(listing).queryset  # type: ignore[attr-defined]  # of the ModelAdmin
        except IncorrectLookupParameters:
            return None

    def _go_on(self, request: HttpRequest, following: list[uuid.UUID]) -> HttpResponse:
        free = selectors.first_free(following, user_id=request.user.pk)
        if free is None:
            messages.info(request, "Nothing else waits for you here.")
            return HttpResponseRedirect(self._queue_address(request))
        return HttpResponseRedirect(self._address(request, free))

    def _address(self, request: HttpRequest, review_id: uuid.UUID) -> str:
        address = reverse("admin:review_review_change", args=[review_id])
        return f"{address}?{FILTERS}={_quoted(request)}" if request.GET.get(FILTERS) else address

    def _queue_address(self, request: HttpRequest) -> str:
        """The list as it was when this page was opened from it; else as this person used it last."""
        user: Any = request.user
        kept = request.GET.get(FILTERS) or last_query(user)
        address = reverse("admin:review_review_changelist")
        return f"{address}?{kept}" if kept else address

    def _demand(self, request: HttpRequest, method: str = "") -> None:
        if not may_decide(request.user) or (method and request.method != method):
            raise PermissionDenied


def _quoted(request: HttpRequest) -> str:
    wrapped = QueryDict(mutable=True)
    wrapped[FILTERS] = request.GET.get(FILTERS, "")
    return wrapped.urlencode().partition("=")[2]


def _number(request: HttpRequest, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isdigit() and len(value) < 6 else None


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404("There is no such review.") from error
