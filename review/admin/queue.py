"""The queue: lowest confidence first, then what holds back most others; and decisions over a selection."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from common.actors import Actor
from common.admin_bases import RecordAdmin
from common.errors import DevMatrixError
from execution.showing import labelled
from review import selectors
from review.admin.filters import QUEUE_FILTERS
from review.admin.screen import ReviewScreen
from review.models import Review
from review.permissions import may_decide
from review.services.bulk import MAX_AT_ONCE, BulkDecision, decide_many

LEVEL_COLOURS = {"high": "success", "medium": "info", "low": "warning", "critical": "danger"}
PRIORITY_COLOURS = {"High": "danger", "Normal": "default", "Low": "default"}
STATUS_COLOURS = {"pending": "info", "in_review": "warning", "approved": "success", "rejected": "danger"}


@admin.register(Review)
class ReviewAdmin(ReviewScreen, RecordAdmin):
    list_display = ["item", "shown_confidence", "shown_priority", "why_asked", "blocks", "shown_status", "age", "plan"]
    list_filter = QUEUE_FILTERS
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    search_fields = ["atom__path", "atom__qualname", "issue_detected"]
    search_help_text = "File, name or what is wrong"
    actions = ["approve_selected", "reject_selected", "regenerate_selected"]
    show_full_result_count = False

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["review/review.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        return selectors.queue(Review.objects.all())

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return selectors.QUEUE_ORDER

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_decide(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_decide(request.user)

    def get_urls(self) -> list[URLPattern]:
        ours = [
            path("next/", self.admin_site.admin_view(self.next_view), name="review_review_next"),
            path("<uuid:review_id>/decide/", self.admin_site.admin_view(self.decide_view), name="review_review_decide"),
            path("<uuid:review_id>/hold/", self.admin_site.admin_view(self.hold_view), name="review_review_hold"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return [*ours, *urls]

    @admin.display(description="Atom")
    def item(self, review: Review) -> SafeString:
        return format_html(
            '<span class="rv-item"><strong>{}</strong><span class="rv-subtle">{}</span>'
            '<span class="rv-issue">{}</span></span>',
            review.atom.qualname or review.atom.kind,
            f"{review.atom.path} · {review.atom.kind.replace('_', ' ')}",
            review.issue_detected[:140],
        )

    @labelled("Confidence", LEVEL_COLOURS)
    def shown_confidence(self, review: Review) -> tuple[str, str]:
        return review.level, f"{_score(review)} {review.level}"

    @labelled("Priority", PRIORITY_COLOURS)
    def shown_priority(self, review: Review) -> str:
        return str(Review.Priority(review.priority).label)

    @admin.display(description="Why")
    def why_asked(self, review: Review) -> str:
        return review.get_why_display().capitalize()

    @admin.display(description="Blocks")
    def blocks(self, review: Review) -> str:
        return str(getattr(review, "blocks", 0) or "–")

    @labelled("Status", STATUS_COLOURS)
    def shown_status(self, review: Review) -> tuple[str, str]:
        text = review.get_status_display()
        if review.is_claimed and review.assignee:
            text = f"{text}: {review.assignee.get_username()}"
        return review.status, text

    @admin.display(description="Age")
    def age(self, review: Review) -> str:
        return timesince(review.created_at, depth=1)

    @admin.action(description="Approve")
    def approve_selected(self, request: HttpRequest, queryset: QuerySet[Review]) -> HttpResponse | None:
        return self._bulk(request, queryset, "approve")

    @admin.action(description="Reject, with a reason")
    def reject_selected(self, request: HttpRequest, queryset: QuerySet[Review]) -> HttpResponse | None:
        return self._bulk(request, queryset, "reject")

    @admin.action(description="Regenerate, with feedback")
    def regenerate_selected(self, request: HttpRequest, queryset: QuerySet[Review]) -> HttpResponse | None:
        return self._bulk(request, queryset, "regenerate")

    def _bulk(self, request: HttpRequest, queryset: QuerySet[Review], decision: BulkDecision) -> HttpResponse | None:
        """First a page that says what will happen, then the decision."""
        chosen = list(queryset[: MAX_AT_ONCE + 1])
        ids, actor = [review.pk for review in chosen], Actor.of(request.user)
        confirmed, reason = "confirmed" in request.POST, request.POST.get("reason", "").strip()
        try:
            if confirmed and (reason or decision == "approve"):
                outcome = decide_many(review_ids=ids, decision=decision, actor=actor, reason=reason)
                self._tell(request, decision, len(outcome.decided), [refusal.detail for refusal in outcome.refused])
                return None
            preview = decide_many(review_ids=ids, decision=decision, actor=actor, dry_run=True)
        except DevMatrixError as error:
            self.message_user(request, str(error), messages.ERROR)
            return None
        refused = {refusal.review_id: refusal.detail for refusal in preview.refused}
        context = {
            **self.admin_site.each_context(request),
            "title": f"{decision.capitalize()} {len(preview.decided)} of {len(ids)} reviews",
            "opts": self.opts,
            "decision": decision,
            "decided": [review for review in chosen if review.pk not in refused],
            "refused": [(review, refused[review.pk]) for review in chosen if review.pk in refused],
            "chosen": chosen,
            "reason_missing": confirmed,
            "media": self.media,
        }
        return TemplateResponse(request, "review/decide_many.html", context)

    def _tell(self, request: HttpRequest, decision: str, decided: int, refused: list[str]) -> None:
        if decided:
            self.message_user(request, f"{decided} decided: {decision}.", messages.SUCCESS)
        for detail in dict.fromkeys(refused):
            self.message_user(request, f"Not decided ({refused.count(detail)}): {detail}", messages.WARNING)


def _score(review: Review) -> str:
    return "–" if review.confidence is None else f"{review.confidence:.2f}"
