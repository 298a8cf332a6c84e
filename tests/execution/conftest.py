"""What tests of the engine share: messages that are kept instead of sent, checks that say what a test wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from execution import dispatch
from execution.models import Atom, Round
from execution.validation.results import TreeReport
from integrations.llm import gateway
from planning.models import MasterPlan
from tests.execution.building import report_of
from tests.planning.conftest import ScriptedProvider

Checks = Callable[[Mapping[str, str]], TreeReport]


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What was dispatched, as (name, *ids); nothing reaches the broker."""
    messages: list[tuple[Any, ...]] = []

    def keep(name: str) -> Callable[..., None]:
        return lambda *arguments: messages.append((name, *arguments))

    names = ("advance_run", "draft_task", "perform_stage", "close_round", "analyse_failure", "learn", "apply_choices")
    asked = ("analyse_modification", "learn_modification", "write_acceptance", "run_acceptance", "validate_level")
    for name in (*names, *asked):
        monkeypatch.setattr(dispatch, name, keep(name))

    def run_round(round_: Round, atoms: list[Atom]) -> None:
        messages.append(("run_round", round_.pk, *[atom.name for atom in atoms]))

    monkeypatch.setattr(dispatch, "run_round", run_round)
    return messages


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[Checks]:
    """The layers' say on a tree: the last function put into the list is asked; nothing is wrong at first."""
    said: list[Checks] = [lambda files: report_of()]

    def check_tree(plan: MasterPlan, files: Mapping[str, str]) -> TreeReport:
        return said[-1](files)

    for module in ("execution.waves.checking", "execution.services.decisions"):
        monkeypatch.setattr(f"{module}.check_tree", check_tree)
    return said


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> ScriptedProvider:
    """Answers that a test writes; gateway, prompts, ledger and parsing are real."""
    scripted = ScriptedProvider()
    monkeypatch.setattr(gateway, "current_provider", lambda: scripted)
    monkeypatch.setattr("execution.waves.attempting.recall", lambda *args, **kwargs: [])
    return scripted
