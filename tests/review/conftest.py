"""Execution's side of a decision, played by a small fake with real rows: review's tests are about review."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

import pytest

from common.actors import Actor
from common.transitions import transition
from execution.models import Atom
from integrations.llm.shapes import Diagnostic
from tests.review.builders import revise


@dataclass(frozen=True)
class Outcome:
    accepted: bool
    diagnostics: list[Diagnostic]


@dataclass
class FakeExecution:
    """Keeps the contract of ``execution.services.decisions``; ``refuse_edits_with`` makes validation fail."""

    calls: list[tuple[str, uuid.UUID]] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    refuse_edits_with: list[Diagnostic] = field(default_factory=list)

    def accept_atom(self, *, atom_id: uuid.UUID, actor: Actor, reason: str) -> None:
        self.calls.append(("accept", atom_id))
        atom = Atom.objects.get(pk=atom_id)
        if atom.status != "accepted":
            transition(atom, "accepted", actor=actor, reason=reason, accepted=atom.current, awaiting_decision=False)

    def reject_atom(self, *, atom_id: uuid.UUID, actor: Actor, reason: str) -> None:
        self.calls.append(("reject", atom_id))
        transition(Atom.objects.get(pk=atom_id), "failed", actor=actor, reason=reason, awaiting_decision=False)

    def regenerate_atom(self, *, atom_id: uuid.UUID, hint: str, actor: Actor, reason: str) -> None:
        self.calls.append(("regenerate", atom_id))
        self.hints.append(hint)
        transition(Atom.objects.get(pk=atom_id), "retrying", actor=actor, reason=reason, awaiting_decision=False)

    def edit_atom(self, *, atom_id: uuid.UUID, code: str, actor: Actor, reason: str) -> Outcome:
        self.calls.append(("edit", atom_id))
        if self.refuse_edits_with:
            return Outcome(False, self.refuse_edits_with)
        atom = Atom.objects.get(pk=atom_id)
        revision = revise(atom, code, origin="edit")
        if atom.status != "accepted":
            transition(atom, "accepted", actor=actor, reason=reason, accepted=revision, awaiting_decision=False)
        Atom.objects.filter(pk=atom_id).update(accepted=revision, changed_by_person=True)
        return Outcome(True, [])


@pytest.fixture
def execution(monkeypatch: pytest.MonkeyPatch) -> FakeExecution:
    fake = FakeExecution()
    for name in ("accept_atom", "reject_atom", "regenerate_atom", "edit_atom"):
        monkeypatch.setattr(f"execution.services.decisions.{name}", getattr(fake, name))
    return fake
