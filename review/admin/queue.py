"""The queue: lowest confidence first, then what holds back most others; and decisions over a selection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
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
from review.admin.views_of_queue import QueueViews
from review.models import Review
from review.permissions import may_decide
from review.services.bulk import MAX_AT_ONCE, BulkDecision, decide_many
from review.states import ReviewStatus

LEVEL_COLOURS = {"high": "success", "medium": "info", "low": "warning", "critical": "danger"}
PRIORITY_COLOURS = {"High": "danger", "Normal": "default", "Low": "default"}
STATUS_COLOURS = {"pending": "info", "in_review": "warning", "approved": "success", "rejected": "danger"}


@admin.register(Review)
class ReviewAdmin(ReviewScreen, QueueViews, RecordAdmin):
    list_display = ["item", "shown_confidence", "shown_priority", "why_asked", "blocks", "shown_status", "age", "plan"]
    list_before_template = "review/queue_head.html"
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
        js: ClassVar[list[str]] = ["review/review.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        return selectors.queue(Review.objects.all())

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return selectors.QUEUE_ORDER

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_decide(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_decide(request.user)

    def get_urls(self) -> list[URLPattern]:
        own: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "next": ("next/", self.next_view),
            "statistics": ("statistics/", self.statistics_view),
            "save": ("save/", self.save_view),
            "forget": ("<uuid:saved_id>/forget/", self.forget_view),
            "decide": ("<uuid:review_id>/decide/", self.decide_view),
            "undo": ("<uuid:review_id>/undo/", self.undo_view),
            "hold": ("<uuid:review_id>/hold/", self.hold_view),
            "presence": ("<uuid:review_id>/presence/", self.presence_view),
        }
        ours = [
            path(route, self.admin_site.admin_view(view), name=f"review_review_{name}")
            for name, (route, view) in own.items()
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
        if review.is_claimed and review.assignee and review.claim_expires:
            left = max(1, round((review.claim_expires - timezone.now()).total_seconds() / 60))
            return review.status, f"{review.assignee.get_username()}, {left} min left"
        if review.status == ReviewStatus.IN_REVIEW:
            return ReviewStatus.PENDING, "Claim expired"
        return review.status, review.get_status_display()

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
        matching = queryset.count()
        chosen = list(queryset[:MAX_AT_ONCE])
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
            "title": f"{decision.capitalize()} {len(preview.decided)} of {matching} reviews",
            "left": matching - len(chosen),
            "consequences": preview.consequences,
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
