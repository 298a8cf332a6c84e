"""What can go wrong with Jira, in our own terms. No error of the HTTP client leaves ``integrations.jira``."""

from __future__ import annotations

from typing import Any

from common.errors import Conflict, DevMatrixError, ServiceUnavailable


class JiraNotConfigured(Conflict):
    """The settings name no Jira, or are not complete."""

    code = "jira_not_configured"
    title = "There is no Jira to export to"


class JiraRejected(DevMatrixError):
    """Jira will not do this however often it is asked (context ``http_status``); ``answer`` is what it said."""

    code = "jira_rejected"
    title = "Jira refused"
    status = 502

    def __init__(self, detail: str, *, hint: str = "", answer: Any = None, **context: Any) -> None:
        super().__init__(detail, hint=hint, **context)
        self.answer = answer

    @property
    def about_this_alone(self) -> bool:
        """Whether it is one item that Jira refuses, rather than us."""
        return self.context.get("http_status") in {400, 403, 404, 409, 410, 413, 422}


class JiraUnavailable(ServiceUnavailable):
    """Jira did not answer after our retries, or asks for a longer wait than ours (``retry_after``, seconds)."""

    code = "jira_unavailable"
    title = "Jira is not available"

    def __init__(self, detail: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(detail, hint=hint)
        self.retry_after = retry_after


class JiraAnswerLost(JiraUnavailable):
    """Something was to be made, and whether it was is not known."""

    code = "jira_answer_lost"
    title = "Jira's answer was lost"
