"""Whether the key, the address and the models of the settings work: asked of the provider, at no cost."""

from __future__ import annotations

from dataclasses import dataclass

from common.configuration import configuration
from common.errors import DevMatrixError
from integrations.llm.errors import ProviderRejected
from integrations.llm.providers import plain_provider
from integrations.llm.providers.base import CallFailed, FindsModels


@dataclass(frozen=True)
class Access:
    """``works`` is unknown (``None``) where the server does not say which models it has. ``hint``: how to mend it."""

    model: str
    works: bool | None
    detail: str
    hint: str = ""


def check_access() -> list[Access]:
    """One request for each model of the settings; none where nobody is called. Takes ten seconds at most for each."""
    try:
        provider = plain_provider()
    except ProviderRejected as error:
        return [Access("", works=False, detail=error.detail, hint=error.hint)]
    if not isinstance(provider, FindsModels):
        return []
    settings = configuration()
    return [_check(provider, model) for model in dict.fromkeys([settings.model_strong, settings.model_fast])]


def _check(provider: FindsModels, model: str) -> Access:
    try:
        return Access(model, works=True, detail=f"{model} is there: {provider.find_model(model)}")
    except CallFailed as failure:
        hint = "Check ANTHROPIC_BASE_URL, the network and the provider's status page."
        return Access(model, works=False, detail=f"The provider did not answer: {failure.detail}", hint=hint)
    except ProviderRejected as error:
        if error.context.get("status") == 404 and error.context.get("kind") == "":
            return Access(
                model,
                works=None,
                detail=f"The server does not say whether it has {model}.",
                hint="Local servers often do not; the first call finds out.",
            )
        return Access(model, works=False, detail=error.detail, hint=error.hint)
    except DevMatrixError as error:
        return Access(model, works=False, detail=error.detail, hint=error.hint)
