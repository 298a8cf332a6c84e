"""Sends notices: by mail to those whom it concerns, and to the webhook; each once, also when a message comes twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth.models import User
from django.core.cache import cache

from common.configuration import configuration
from common.models import PlanEvent
from execution import dispatch
from execution.notices.wording import NOTABLE, Words, words_of
from integrations.notices.mail import send_mail
from integrations.notices.notice import Notice
from integrations.notices.webhook import post_webhook
from planning.models import Conversation, MasterPlan

GATHERED = frozenset(["reviews", "cost_warning"])
"""Kinds that come in swarms: told once in ``notice_every`` seconds for each plan."""
A_DAY = 86_400


def on_events_told(sender: Any, *, events: Iterable[PlanEvent], **_: Any) -> None:
    """A receiver: whoever wants no notices pays nothing for them."""
    if not _channels():
        return
    for event in events:
        if event.type in NOTABLE:
            dispatch.send_notice(event.pk)


def send_notice(event_id: int) -> list[str]:
    """Answers the channels that were used. Raises ``ServiceUnavailable``; what was sent is not sent again."""
    event = PlanEvent.objects.filter(pk=event_id).first()
    about = None if event is None else _about(event)
    words = None if event is None or about is None else words_of(event, about)
    if event is None or about is None or words is None:
        return []
    notice = Notice(words.kind, words.title, words.text, _address(about), str(about.pk))
    key = f"{about.pk}:{words.kind}" if words.kind in GATHERED else str(event.pk)
    seconds = configuration().notice_every if words.kind in GATHERED else A_DAY
    return [
        name for name, send in _channels().items() if _once(f"notice:{name}:{key}", seconds, send, notice, words, about)
    ]


def _once(key: str, seconds: float, send: Send, notice: Notice, words: Words, about: MasterPlan | Conversation) -> bool:
    if not cache.add(key, "sent", seconds):
        return False
    sent = False
    try:
        sent = send(notice, words, about)
    finally:
        if not sent:
            cache.delete(key)
    return sent


def _by_mail(notice: Notice, words: Words, about: MasterPlan | Conversation) -> bool:
    people = User.objects.filter(is_active=True).exclude(email="")
    addresses = set(people.filter(pk=about.owner_id).values_list("email", flat=True))
    if words.for_reviewers:
        addresses |= set(people.filter(is_staff=True).values_list("email", flat=True))
    if addresses:
        send_mail(notice, sorted(addresses))
    return bool(addresses)


def _by_webhook(notice: Notice, words: Words, about: MasterPlan | Conversation) -> bool:
    post_webhook(notice)
    return True


Send = Callable[[Notice, Words, MasterPlan | Conversation], bool]


def _channels() -> dict[str, Send]:
    wanted = configuration()
    found: dict[str, Send] = {}
    if wanted.notice_mail_from:
        found["mail"] = _by_mail
    if wanted.notice_webhook_url:
        found["webhook"] = _by_webhook
    return found


def _about(event: PlanEvent) -> MasterPlan | Conversation | None:
    if event.masterplan_id:
        return MasterPlan.objects.filter(pk=event.masterplan_id).first()
    return Conversation.objects.filter(pk=event.stream_id).first()


def _address(about: MasterPlan | Conversation) -> str:
    page = "plans" if isinstance(about, MasterPlan) else "chat"
    base = configuration().public_url.rstrip("/")
    return f"{base}/{page}/{about.pk}/" if base else ""
