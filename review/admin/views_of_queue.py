"""What stands above the queue: views that a person keeps, how fast easy items go, the last decision to take back."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from common.errors import DevMatrixError
from planning.models import MasterPlan
from review.models import SavedQueue
from review.permissions import may_decide
from review.plotting import plot
from review.rules import EASY_COMPLEXITY, EASY_LINES, EASY_SECONDS
from review.services.saved import forget_queue, kept_part, remember_last, save_queue
from review.services.undoing import undoable_decision
from review.statistics import easy_pace, plan_statistics

LATELY = timedelta(days=30)


class QueueViews:
    """Mixed into the admin of reviews: its list, and the page about how reviewing goes."""

    admin_site: AdminSite
    opts: Any

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not may_decide(request.user):
            raise PermissionDenied
        user: Any = request.user
        kept = kept_part(request.GET.urlencode())
        saved = list(SavedQueue.objects.filter(user=user))
        last = next((view.query for view in saved if not view.name), "")
        context = {
            "saved_queues": [view for view in saved if view.name],
            "kept_filters": kept,
            "filters_are_saved": any(view.query == kept for view in saved if view.name),
            "last_filters": last if last != kept and not kept else "",
            "easy": easy_pace(since=timezone.now() - LATELY),
            "easy_seconds": EASY_SECONDS,
            "undoable": undoable_decision(user),
        }
        answer: HttpResponse = super().changelist_view(  # type: ignore[misc]  # the ModelAdmin's
            request, {**context, **(extra_context or {})}
        )
        if request.method == "GET" and answer.status_code == 200 and kept:
            remember_last(user=user, query=kept)
        return answer

    def save_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the filters of the address under a name."""
        user, query = self._person(request), kept_part(request.POST.get("query", ""))
        try:
            save_queue(user=user, name=request.POST.get("name", ""), query=query)
        except DevMatrixError as error:
            messages.error(request, str(error))
        return self._back(query)

    def forget_view(self, request: HttpRequest, saved_id: uuid.UUID) -> HttpResponse:
        forget_queue(user=self._person(request), saved_id=saved_id)
        return self._back(kept_part(request.POST.get("query", "")))

    def statistics_view(self, request: HttpRequest) -> HttpResponse:
        """How reviewing goes: what waits, how fast, what it was worth, and whether confidence means what it says."""
        if not may_decide(request.user):
            raise PermissionDenied
        plan = _plan(request.GET.get("plan", ""))
        found = plan_statistics(plan.pk if plan else None)
        context = {
            **self.admin_site.each_context(request),
            "title": "How reviewing goes",
            "opts": self.opts,
            "plan": plan,
            "plans": MasterPlan.objects.filter(reviews__isnull=False).distinct().order_by("-created_at")[:50],
            "found": found,
            "plot": plot(found.calibration),
            "easy_seconds": EASY_SECONDS,
            "easy_lines": EASY_LINES,
            "easy_complexity": EASY_COMPLEXITY,
            "decided": sum(found.decisions.values()),
        }
        return TemplateResponse(request, "review/statistics.html", context)

    def _person(self, request: HttpRequest) -> Any:
        if not may_decide(request.user) or request.method != "POST":
            raise PermissionDenied
        return request.user

    def _back(self, query: str) -> HttpResponse:
        address = reverse("admin:review_review_changelist")
        return HttpResponseRedirect(f"{address}?{query}" if query else address)


def _plan(text: str) -> MasterPlan | None:
    try:
        return MasterPlan.objects.filter(pk=uuid.UUID(text)).first()
    except ValueError:
        return None
