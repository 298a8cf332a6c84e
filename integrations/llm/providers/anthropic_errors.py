"""The SDK's and the transport's errors in our terms: try again, or never."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import isfinite
from typing import TYPE_CHECKING

from integrations.llm.errors import AnswerUnreadable, PromptTooLarge, ProviderRejected, SettingsRejected
from integrations.llm.limits.demand import Said
from integrations.llm.prompting import sendable
from integrations.llm.providers.base import CallFailed
from integrations.llm.providers.bounded import TooMuch, TooSlow
from integrations.llm.secrets import without_secrets

if TYPE_CHECKING:
    from anthropic import APIStatusError

RETRYABLE_STATUS = {408: "timeout", 409: "conflict", 429: "rate_limited", 529: "overloaded"}
RETRYABLE_TYPES = {
    "overloaded_error": "overloaded",
    "api_error": "server_error",
    "rate_limit_error": "rate_limited",
    "timeout_error": "timeout",
}
HINTS = {
    401: "Check ANTHROPIC_API_KEY.",
    402: "Check the billing of the account behind ANTHROPIC_API_KEY.",
    403: "The key may not use this model; check its permissions.",
    404: "Check LLM_MODEL_STRONG, LLM_MODEL_FAST and ANTHROPIC_BASE_URL.",
}
"""How to mend settings that a server rejects, by its status."""
STATUS_OF_TYPE = {"authentication_error": 401, "billing_error": 402, "permission_error": 403, "not_found_error": 404}
"""In a stream the type of an error says what its status would have."""

REJECTED_TYPES = frozenset({"invalid_request_error", "request_too_large", *STATUS_OF_TYPE})
LIMITS = {"requests": "requests", "input": "input-tokens", "output": "output-tokens"}
BAD_REQUEST = 400
_OF_SCHEMA = re.compile(r"output_config(?!\.effort)|output_format|schema|grammar", re.IGNORECASE)
MOST_SAID = 300
"""Characters of a server's words that are repeated in ours: a proxy may answer with a whole page."""


@contextmanager
def translate(model: str, base_url: str) -> Iterator[None]:
    """Raise `CallFailed` where trying again may help and `ProviderRejected` where not, instead of foreign errors."""
    import anthropic
    import httpx2

    try:
        yield
    except anthropic.APIStatusError as error:
        raise _from_status(error, model) from error
    except anthropic.APIConnectionError as error:
        raise _from_transport(error.__cause__, str(error), base_url) from error
    except (httpx2.TransportError, httpx2.StreamError, TooMuch, TooSlow) as error:
        raise _from_transport(error, str(error), base_url) from error
    except httpx2.InvalidURL as error:
        raise _no_address(base_url) from error
    except (anthropic.APIResponseValidationError, httpx2.DecodingError, ValueError) as error:
        # ValueError: JSON that does not parse, or is no message.
        raise AnswerUnreadable(
            f"The server at {_shown(base_url)} did not answer as the Messages API does.",
            hint="Check ANTHROPIC_BASE_URL, or the proxy on the way to it.",
            reason=type(error).__name__,
        ) from error


def speaks_of_schema(rejection: ProviderRejected) -> bool:
    """Whether a server rejected being told a schema: an older one, a proxy, or one to which it is too complex."""
    return rejection.context.get("status") == BAD_REQUEST and _OF_SCHEMA.search(rejection.detail) is not None


def expect_type(headers: Mapping[str, str], wanted: str) -> None:
    """A page where an answer should be means a wrong address."""
    found = headers.get("content-type", "")
    if not found.startswith(wanted):
        raise SettingsRejected(
            f"The server answered {found or 'nothing'} where {wanted} was expected: it is not a Messages API.",
            hint="Check ANTHROPIC_BASE_URL.",
        )


def said_by(headers: Mapping[str, str]) -> Said:
    """The limits that an answer tells of."""
    return Said(limit=_figures(headers, "limit"), remaining=_figures(headers, "remaining"))


def _figures(headers: Mapping[str, str], what: str) -> dict[str, int]:
    found = {kind: headers.get(f"anthropic-ratelimit-{name}-{what}", "") for kind, name in LIMITS.items()}
    return {kind: int(text) for kind, text in found.items() if text.isascii() and text.isdigit() and len(text) < 15}


def _from_status(error: APIStatusError, model: str) -> Exception:
    status = error.response.status_code
    request_id = (error.request_id or "")[:100]
    says = (_words(error.api_message) or f"status {status}").rstrip(".")
    if status < 400 and error.type not in REJECTED_TYPES:
        code = RETRYABLE_TYPES.get(error.type or "", "stream_error")
        return CallFailed(code, says, billed=True, request_id=request_id)
    if status in RETRYABLE_STATUS or status >= 500:
        code = RETRYABLE_STATUS.get(status, "server_error")
        said = said_by(error.response.headers)
        return CallFailed(code, says, retry_after=_retry_after(error), request_id=request_id, said=said)
    if status == 413 or "prompt is too long" in says:
        return PromptTooLarge(f"{model} says: {says}.", hint="Shorten the request or the files it refers to.")
    if error.response.headers.get("content-type", "").startswith("text/html"):
        return SettingsRejected(
            f"The server answered a web page ({status}) where an answer was expected: it is not a Messages API.",
            hint="Check ANTHROPIC_BASE_URL.",
            status=status,
        )
    hint = HINTS.get(STATUS_OF_TYPE.get(error.type or "", status))
    rejection = SettingsRejected if hint else ProviderRejected
    return rejection(
        f"The provider rejected the call to {model} ({status}): {says}.",
        hint=hint or "Choose a model that takes what is sent; integrations/llm/capabilities.py says what.",
        status=status,
        kind=error.type or "",
        request_id=request_id,
    )


def _words(said: object) -> str:
    """What a server said, fit for a log, an event and a person."""
    text = said if isinstance(said, str) else ""
    return sendable(" ".join(text.split()))[:MOST_SAID]


def _retry_after(error: APIStatusError) -> float | None:
    headers = error.response.headers
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        if isfinite(seconds):
            return max(0.0, seconds)
    return None


def _from_transport(cause: BaseException | None, says: str, base_url: str) -> Exception:
    """What never reached the server is not billed; what was cut on the way back may be."""
    import httpx2

    if isinstance(cause, TooMuch):
        return AnswerUnreadable(
            "The server sent more than any answer has, and was cut off.",
            hint="Check ANTHROPIC_BASE_URL, or the proxy on the way to it.",
        )
    if isinstance(cause, TooSlow):
        return CallFailed("timeout", "the answer came too slowly", billed=True)
    if isinstance(cause, httpx2.UnsupportedProtocol | httpx2.LocalProtocolError):
        return _no_address(base_url)
    if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
        why = _words(str(cause)) or _words(says) or "no connection in time"
        return CallFailed("unreachable", f"{_shown(base_url)} cannot be reached ({why})")
    code = "timeout" if isinstance(cause, httpx2.TimeoutException) else "stream_cut"
    return CallFailed(code, _words(says) or code, billed=True)


def _no_address(base_url: str) -> SettingsRejected:
    shown = _shown(base_url)
    return SettingsRejected(f"{shown!r} is not an address to send calls to.", hint="Check ANTHROPIC_BASE_URL.")


def _shown(base_url: str) -> str:
    """An address as a person may read it: a proxy's may hold a password."""
    return without_secrets(base_url)
