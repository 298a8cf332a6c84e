"""A notice by mail."""

from __future__ import annotations

from collections.abc import Sequence
from smtplib import SMTPException

from django.core.mail import EmailMessage

from common.configuration import configuration
from common.errors import ServiceUnavailable
from integrations.notices.notice import Notice


def send_mail(notice: Notice, recipients: Sequence[str]) -> None:
    """One mail, whose readers do not see each other. Raises ``ServiceUnavailable``."""
    body = "\n\n".join(filter(None, [notice.text, notice.url]))
    subject = " ".join(f"DevMatrix: {notice.title}".split())[:200]
    sender = configuration().notice_mail_from
    try:
        EmailMessage(subject=subject, body=body + "\n", from_email=sender, bcc=list(recipients)).send()
    except (SMTPException, OSError) as error:
        raise ServiceUnavailable(
            f"The mail server did not take a notice ({type(error).__name__}).", hint="Check EMAIL_URL."
        ) from error
