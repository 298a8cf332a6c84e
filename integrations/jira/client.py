"""Requests to one Jira site: https, its own host only, waiting when asked to, bounded in every way."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx2
import structlog
from django.utils import timezone

from common.configuration import JiraSettings
from integrations.jira.answers import json_of, rejection
from integrations.jira.errors import JiraAnswerLost, JiraRejected, JiraUnavailable
from integrations.llm.retries import RetryPolicy

log = structlog.get_logger(__name__)
POLICY = RetryPolicy(tries=5, base=0.5, cap=8.0, retry_after_cap=30.0)
TIMEOUT = httpx2.Timeout(60.0, connect=10.0)
MOST_BYTES = 32_000_000
"""Far more than the longest page of anything that is asked for."""
NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
sleep: Callable[[float], None] = time.sleep


class JiraClient:
    """For a ``with``. Raises ``JiraRejected``, ``JiraUnavailable``; ``create`` also ``JiraAnswerLost``."""

    def __init__(self, settings: JiraSettings, *, policy: RetryPolicy = POLICY) -> None:
        self.host = urlsplit(settings.base_url).netloc
        self.project_key = settings.project_key
        self._base = f"{settings.base_url}/rest/api/3/"
        self._policy = policy
        self._http = httpx2.Client(
            auth=httpx2.BasicAuth(settings.email, settings.api_token),
            headers={"Accept": "application/json", "User-Agent": "DevMatrix"},
            timeout=TIMEOUT,
            follow_redirects=False,
        )

    def __enter__(self) -> JiraClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        return self._send("GET", path, query=query)

    def ask(self, path: str, body: Any) -> Any:
        """A ``POST`` that changes nothing: a search."""
        return self._send("POST", path, body=body)

    def put(self, path: str, body: Any) -> Any:
        return self._send("PUT", path, body=body)

    def delete(self, path: str) -> Any:
        return self._send("DELETE", path)

    def create(self, path: str, body: Any) -> Any:
        """Sent again only when Jira surely has done nothing of it. Raises ``JiraAnswerLost`` when that is not known."""
        return self._send("POST", path, body=body, once=True)

    def _send(
        self, method: str, path: str, *, query: dict[str, Any] | None = None, body: Any = None, once: bool = False
    ) -> Any:
        failures = 0
        while True:
            try:
                status, headers, content = self._request(method, path, query, body)
            except httpx2.TransportError as error:
                why, asked = type(error).__name__, None
                in_doubt = once and not isinstance(error, NEVER_SENT)
            else:
                if status < HTTPStatus.MULTIPLE_CHOICES:
                    return json_of(content, host=self.host)
                if status != HTTPStatus.TOO_MANY_REQUESTS and not _is_fault(status):
                    raise rejection(status, content, host=self.host, path=path)
                why, asked = str(status), retry_after(headers)
                in_doubt = once and status != HTTPStatus.TOO_MANY_REQUESTS
            if in_doubt:
                raise JiraAnswerLost(f"Jira at {self.host} did not say whether it did what was asked ({why}).")
            failures += 1
            wait = self._policy.wait(failures, retry_after=asked)
            log.warning("jira_request_failed", path=path, why=why, failures=failures, wait_seconds=wait)
            if wait is None:
                raise self._unavailable(why, asked)
            sleep(wait)

    def _request(
        self, method: str, path: str, query: dict[str, Any] | None, body: Any
    ) -> tuple[int, httpx2.Headers, bytes]:
        content = bytearray()
        with self._http.stream(method, self._base + path, params=query, json=body) as answer:
            for piece in answer.iter_bytes():
                content += piece
                if len(content) > MOST_BYTES:
                    raise JiraRejected(f"Jira at {self.host} sent more than any answer has.", hint="Check the proxy.")
            return answer.status_code, answer.headers, bytes(content)

    def _unavailable(self, why: str, asked: float | None) -> JiraUnavailable:
        wish = f" It asks not to be called for {asked:.0f} seconds." if asked else ""
        return JiraUnavailable(
            f"Jira at {self.host} did not answer ({why}).{wish}",
            hint="Check JIRA_BASE_URL and the network; the export goes on by itself.",
            retry_after=asked,
        )


def _is_fault(status: int) -> bool:
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT


def retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds, which the header gives as a number or as a date."""
    given = headers.get("retry-after", "").strip()
    if given.isascii() and given.isdigit():
        return float(given[:9])
    try:
        return max(0.0, (parsedate_to_datetime(given) - timezone.now()).total_seconds())
    except (ValueError, TypeError):
        return None
