"""The one exception tree. Each error has a stable ``code``, an HTTP status, and says how to mend what is wrong."""

from __future__ import annotations

from typing import Any, ClassVar


class DevMatrixError(Exception):
    """Base of every error that DevMatrix raises on purpose; ``context`` goes into the problem document."""

    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong"
    status: ClassVar[int] = 500

    def __init__(self, detail: str, *, hint: str = "", **context: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.hint = hint
        self.context = context

    def __str__(self) -> str:
        return f"{self.detail} {self.hint}".strip()


class InvalidInput(DevMatrixError):
    code = "invalid_input"
    title = "The input is not valid"
    status = 400


class NotPermitted(DevMatrixError):
    code = "not_permitted"
    title = "Not permitted"
    status = 403


class NotFound(DevMatrixError):
    code = "not_found"
    title = "Not found"
    status = 404


class Conflict(DevMatrixError):
    code = "conflict"
    title = "Conflict with the present state"
    status = 409


class TransitionConflict(Conflict):
    """The item is not in a state from which this change is legal; somebody else may have been faster."""

    code = "transition_conflict"
    title = "Not possible in this state"

    def __init__(self, *, item: str, current: str, wanted: str, legal: list[str], hint: str = "") -> None:
        legal_text = ", ".join(legal) if legal else "none, it is final"
        super().__init__(
            f"{item} is {current} and cannot become {wanted}.",
            hint=hint or f"From {current} it can become: {legal_text}.",
            current=current,
            wanted=wanted,
            legal=legal,
        )


class TooLarge(InvalidInput):
    code = "too_large"
    title = "The input is too large"
    status = 413


class LimitReached(DevMatrixError):
    code = "limit_reached"
    title = "A limit is reached"
    status = 429


class ServiceUnavailable(DevMatrixError):
    code = "service_unavailable"
    title = "A service is not available"
    status = 503
