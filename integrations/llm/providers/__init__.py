"""Who answers: a vendor, the offline engine, or a recording. The settings say which."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from common.configuration import configuration
from integrations.llm.errors import ProviderRejected
from integrations.llm.providers.base import Provider


def current_provider() -> Provider:
    """The provider that the settings name, recording what it answers where they say so."""
    settings = configuration()
    provider = plain_provider()
    if settings.llm_record and provider.name != "replay":
        from integrations.llm.providers.replay import RecordingProvider

        return RecordingProvider(provider, settings.llm_recording_dir)
    return provider


def plain_provider() -> Provider:
    """The provider that the settings name, recording nothing."""
    settings = configuration()
    if settings.llm_provider == "anthropic":
        return _anthropic(settings.anthropic_api_key, settings.anthropic_base_url, settings.llm_timeout)
    if settings.llm_provider == "replay":
        return _replay(settings.llm_recording_dir)
    if settings.llm_provider == "offline":
        from integrations.llm.providers.offline import OfflineProvider

        return OfflineProvider()
    raise ProviderRejected(
        f"There is no provider {settings.llm_provider!r}.", hint="LLM_PROVIDER is one of anthropic, offline, replay."
    )


@cache
def _replay(folder: Path) -> Provider:
    """One a process: it counts how often a question was asked."""
    from integrations.llm.providers.replay import ReplayProvider

    return ReplayProvider(folder)


@cache
def _anthropic(api_key: str, base_url: str, timeout: float) -> Provider:
    from integrations.llm.providers.anthropic import AnthropicProvider

    return AnthropicProvider(api_key=api_key, base_url=base_url, timeout=timeout)
