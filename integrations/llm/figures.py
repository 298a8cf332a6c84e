"""Whether the usage that a provider reports can be true. What cannot be is replaced by the most it may have been."""

from __future__ import annotations

import structlog

from integrations.llm.prices import Usage

log = structlog.get_logger(__name__)


def believable(usage: Usage, *, text: str, most_input: int, most_output: int) -> Usage:
    """``usage``, or the worst case marked as estimated: missing figures are below zero, wrong ones beyond any bound.

    So a wrong figure neither hides a cost nor passes what was reserved for the call.
    """
    figures = (usage.input, usage.output, usage.cache_write_5m, usage.cache_write_1h, usage.cache_read)
    sound = min(figures) >= 0 and 0 < usage.prompt <= most_input and usage.output <= most_output
    if sound and (usage.output > 0 or not text):
        return usage
    log.warning("llm_usage_unbelievable", reported=usage, most_input=most_input, most_output=most_output)
    return Usage(cache_write_5m=most_input, output=most_output, estimated=True)
