"""Lists show what is one's own, and to staff everything."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from rest_framework.test import APIClient

from planning.models import MasterPlan
from tests.access.making import running
from tests.factories import StaffFactory, UserFactory, make_plan

pytestmark = pytest.mark.django_db


def ids(name: str, user: User) -> set[str]:
    client = APIClient()
    client.force_authenticate(user)
    return {row["id"] for row in client.get(reverse(name)).json()["results"]}


@pytest.mark.parametrize("name", ["workspaces", "conversations", "discoveries", "masterplans"])
def test_lists_show_ones_own_and_staff_see_all(name: str) -> None:
    mine, other = make_plan(), make_plan()
    rows = {"workspaces": "workspace", "conversations": "conversation", "discoveries": "discovery"}

    def item(plan: MasterPlan) -> str:
        return str(getattr(plan, f"{rows[name]}_id") if name in rows else plan.pk)

    assert ids(name, mine.owner) == {item(mine)}
    assert ids(name, StaffFactory()) == {item(mine), item(other)}
    assert ids(name, UserFactory()) == set()


def test_the_list_of_atoms_shows_ones_own_and_staff_see_all(tmp_path: Path) -> None:
    mine, other = running(tmp_path / "a"), running(tmp_path / "b")
    own = {str(atom.pk) for atom in mine.atoms.values()}
    assert ids("atoms", mine.plan.owner) == own
    assert ids("atoms", StaffFactory()) == own | {str(atom.pk) for atom in other.atoms.values()}
    assert ids("atoms", UserFactory()) == set()
