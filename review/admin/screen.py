"""The page on which one review is read and decided; the next one opens by itself."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from common.actors import Actor
from common.errors import DevMatrixError, InvalidInput
from review import selectors
from review.errors import EditRefused, ReviewClaimed, ReviewDecided, ReviewObsolete
from review.models import Review
from review.page import review_page
from review.permissions import may_decide
from review.services.claims import assign_review, claim_review, release_review
from review.services.decisions import approve_review, regenerate_review, reject_review
from review.services.editing import edit_review


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
        except (ReviewClaimed, ReviewDecided, ReviewObsolete):
            pass  # the page says who holds it, or what was decided
        except DevMatrixError as error:
            raise Http404(error.detail) from error
        return self._page(request, review_id)

    def decide_view(self, request: HttpRequest, review_id: uuid.UUID) -> HttpResponse:
        """Decide, then open what comes next. When it is refused the page comes back, with what was typed."""
        self._demand(request, "POST")
        decision = request.POST.get("decision", "")
        try:
            self._decide(request, review_id, decision)
        except DevMatrixError as error:
            messages.error(request, str(error))
            return self._page(request, review_id, typed=request.POST.dict(), status=error.status)
        review = selectors.visible_review(Review.objects.all(), review_id)
        if review is not None:
            messages.success(request, f"{review.atom.label()}: {review.get_status_display().lower()}.")
        return self._go_on(request, review)

    def hold_view(self, request: HttpRequest, review_id: uuid.UUID) -> HttpResponse:
        """Take a review over from whoever holds it, or put one's own back."""
        self._demand(request, "POST")
        try:
            if request.POST.get("take"):
                user: Any = request.user
                assign_review(review_id=review_id, assignee=user, actor=Actor.of(user))
            else:
                release_review(review_id=review_id, actor=Actor.of(request.user))
                return HttpResponseRedirect(reverse("admin:review_review_changelist"))
        except DevMatrixError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:review_review_change", args=[review_id]))

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """Whatever is first in the queue for this person."""
        self._demand(request)
        return self._go_on(request, None)

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
                    "The new code does not pass validation.", hint="What was found stands above the editor."
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
        page = review_page(review, user, typed_code=code.replace("\r\n", "\n") if code else None)
        context = {
            **self.admin_site.each_context(request),
            "title": review.atom.qualname or review.atom.path,
            "opts": self.opts,
            "page": page,
            "note": typed.get("note", "") if typed else "",
            "editor_open": bool(code) or bool(page.editor_findings),
            "media": self.media,
        }
        return TemplateResponse(request, "review/review_page.html", context, status=status)

    def _go_on(self, request: HttpRequest, review: Review | None) -> HttpResponse:
        following = selectors.next_review(Review.objects.all(), user_id=request.user.pk, after=review)
        if following is None:
            messages.info(request, "Nothing else waits for you.")
            return HttpResponseRedirect(reverse("admin:review_review_changelist"))
        return HttpResponseRedirect(reverse("admin:review_review_change", args=[following.pk]))

    def _demand(self, request: HttpRequest, method: str = "") -> None:
        if not may_decide(request.user) or (method and request.method != method):
            raise PermissionDenied


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404("There is no such review.") from error
