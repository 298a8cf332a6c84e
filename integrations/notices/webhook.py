"""A notice as a POST of JSON to the address of the settings, signed so that its receiver can trust it."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

import httpx2

from common.configuration import configuration
from common.errors import ServiceUnavailable
from common.rendering import to_json
from integrations.notices.notice import Notice

PATIENCE = 10.0
"""Seconds that the receiver may take."""
SIGNATURE = "X-DevMatrix-Signature"


def post_webhook(notice: Notice) -> None:
    """Sent once; redirects are not followed. Raises ``ServiceUnavailable`` unless it was taken (2xx)."""
    body = to_json(notice.as_json())
    headers = {"Content-Type": "application/json"}
    if configuration().notice_webhook_secret:
        headers[SIGNATURE] = signature_of(body, configuration().notice_webhook_secret)
    url = configuration().notice_webhook_url
    try:
        answer = httpx2.post(url, content=body, headers=headers, timeout=PATIENCE, follow_redirects=False)
    except (httpx2.TransportError, httpx2.InvalidURL) as error:
        raise _refused(url, type(error).__name__) from error
    if not answer.is_success:
        raise _refused(url, str(answer.status_code))


def signature_of(body: bytes, secret: str) -> str:
    """``sha256=`` and the HMAC of the body in hexadecimal, as many services sign their webhooks."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _refused(url: str, why: str) -> ServiceUnavailable:
    host = urlsplit(url).netloc.rpartition("@")[2]
    return ServiceUnavailable(f"The webhook at {host} did not take a notice ({why}).", hint="Check NOTICE_WEBHOOK_URL.")
