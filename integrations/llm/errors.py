"""What can go wrong with a model call, in our own terms. No provider's exception leaves ``integrations.llm``."""

from __future__ import annotations

from common.errors import DevMatrixError, InvalidInput, LimitReached, ServiceUnavailable


class ProviderUnavailable(ServiceUnavailable):
    """The provider did not answer after our retries, or asked for a long wait (context ``retry_after``, seconds)."""

    code = "provider_unavailable"
    title = "The model provider is not available"


class ProviderRejected(DevMatrixError):
    """The provider will not take this call however often it is sent: key, model, address or request are wrong."""

    code = "provider_rejected"
    title = "The model provider rejected the call"
    status = 502


class SettingsRejected(ProviderRejected):
    """Key, account, address or model of the settings are wrong, which says nothing of the provider's health."""


class AnswerTruncated(DevMatrixError):
    """The answer stopped at the token limit; half an answer is not an answer."""

    code = "answer_truncated"
    title = "The model's answer was cut at its limit"
    status = 502


class AnswerRefused(DevMatrixError):
    """The model declined to answer."""

    code = "answer_refused"
    title = "The model refused to answer"
    status = 502


class AnswerInvalid(DevMatrixError):
    """The answer did not have the wanted shape, also after asking again with the errors (context ``errors``)."""

    code = "answer_invalid"
    title = "The model's answer does not have the wanted shape"
    status = 502


class CostLimitReached(LimitReached):
    """This call could pass the hard cost limit (context ``scope``, ``spent``, ``hard``, ``needed``, in dollars)."""

    code = "cost_limit"
    title = "The cost limit is reached"


class PromptTooLarge(InvalidInput):
    """The prompt does not fit the model's context."""

    code = "prompt_too_large"
    title = "The prompt is too large for the model"
    status = 413


class AnswerUnreadable(ProviderRejected):
    """Something came back with the status of success that is no answer. It may have cost what an answer costs."""

    code = "answer_unreadable"
    title = "The model provider's answer cannot be read"


class NotRecorded(ProviderRejected):
    """Replay was asked for a call that is not in the recording."""

    code = "call_not_recorded"
    title = "The call is not in the recording"


class RecordingDamaged(ProviderRejected):
    """A file of a recording cannot be read: cut off, changed by hand, or of another version."""

    code = "recording_damaged"
    title = "The recording is damaged"


class PromptUnsafe(DevMatrixError):
    """A template put text into a prompt that was not delimited as data. A bug in the template."""

    code = "prompt_unsafe"
    title = "A prompt template is wrong"
