"""Rows that tests of review need: a plan, its atoms, and reviews of them."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from typing import Any

from django.contrib.auth.models import User

from execution.models import Atom, AtomDependency, AtomRevision, DependencyGraph
from planning.models import Conversation, DiscoveryDocument, MasterPlan, Milestone, Phase, Task, Workspace
from review.models import Review
from review.services.creation import create_reviews

CODE = "def total(prices):\n    return sum(prices)\n"

_numbers = itertools.count(1)


def make_user(name: str = "", **fields: Any) -> User:
    """Somebody who never signs in with a password: hashing one takes longer than a test should."""
    return User.objects.create(username=name or f"user{next(_numbers)}", password="!", **fields)


def make_plan(owner: User | None = None, **fields: Any) -> MasterPlan:
    owner = owner or make_user()
    number = next(_numbers)
    workspace = Workspace.objects.create(owner=owner, name=f"Space {number}", slug=f"space-{number}")
    conversation = Conversation.objects.create(workspace=workspace, owner=owner)
    discovery = DiscoveryDocument.objects.create(
        workspace=workspace, conversation=conversation, owner=owner, original_request="A shop."
    )
    defaults = {"project_name": f"Shop {number}", "original_request": "A shop.", "stack": "fastapi"}
    return MasterPlan.objects.create(
        workspace=workspace, conversation=conversation, discovery=discovery, owner=owner, **{**defaults, **fields}
    )


def make_task(plan: MasterPlan) -> Task:
    number = next(_numbers)
    phase = Phase.objects.create(plan=plan, short_id=f"phase_{number}", number=number, type="core", name="Core")
    milestone = Milestone.objects.create(
        plan=plan, phase=phase, short_id=f"milestone_{number}", number=number, name="Prices"
    )
    return Task.objects.create(
        plan=plan,
        milestone=milestone,
        short_id=f"task_{number}",
        number=number,
        title="Sum prices",
        type="implementation",
        target_files=["shop/prices.py"],
    )


def make_atom(plan: MasterPlan | None = None, *, code: str = CODE, task: Task | None = None, **fields: Any) -> Atom:
    """An accepted atom of confidence 0.62 after three attempts, unless told otherwise."""
    plan = plan or make_plan()
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "path": "shop/prices.py",
        "position": number,
        "name": "total",
        "qualname": "total",
        "language": "python",
        "kind": "function",
        "unit": f"unit{number}",
        "attempts": 3,
        "confidence": "0.620",
        "status": "accepted",
        "key": uuid.uuid4().hex,
    }
    values = {**defaults, **fields}
    atom = Atom(plan=plan, task=task or make_task(plan), number=number, **{**values, "status": "pending"})
    atom.save()
    revision = revise(atom, code)
    accepted = revision if values["status"] == "accepted" else None
    Atom.objects.filter(pk=atom.pk).update(accepted=accepted, status=values["status"])
    atom.refresh_from_db()
    return atom


def make_spent_atom(plan: MasterPlan | None = None, **fields: Any) -> Atom:
    """An atom whose attempts were in vain, waiting for a person."""
    return make_atom(
        plan, **{"status": "validating", "awaiting_decision": True, "confidence": None, "attempts": 3, **fields}
    )


def revise(atom: Atom, text: str, *, origin: str = "attempt") -> AtomRevision:
    """A new text of the atom, which becomes its current one."""
    revision = AtomRevision.objects.create(
        atom=atom,
        number=atom.revisions.count() + 1,
        text=text,
        origin=origin,
        author="test",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
    Atom.objects.filter(pk=atom.pk).update(current=revision)
    atom.refresh_from_db()
    return revision


def make_review(atom: Atom | None = None, **fields: Any) -> Review:
    (review,) = create_reviews(atom_ids=[(atom or make_atom()).pk])
    if fields:
        Review.objects.filter(pk=review.pk).update(**fields)
        review.refresh_from_db()
    return review


def make_graph(plan: MasterPlan, edges: list[tuple[Atom, Atom]]) -> DependencyGraph:
    """A graph in which the second of each pair needs the first."""
    graph = DependencyGraph.objects.create(
        plan=plan, version=1, atoms=len(edges), edges=len(edges), depth=1, waves_total=1
    )
    for source, target in edges:
        AtomDependency.objects.create(graph=graph, source=source, target=target, type="data")
    return graph
