"""Flags in the database: over the environment, at once, with a history, for administrators."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from common.actors import Actor
from common.configuration import configuration
from common.errors import InvalidInput
from common.flag_overrides import flag_states, flags_in_force, set_flag
from common.flags import FLAG_NAMES
from common.models import FlagOverride, PlanHistory
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db

EVA = Actor("user", "1", "eva")


def test_what_administrators_set_goes_over_the_environment_until_it_is_taken_back(settings: Any) -> None:
    defaults = dataclasses.replace(configuration().flags, v2_percentage=40)
    settings.DEVMATRIX = dataclasses.replace(configuration(), flags=defaults)
    assert flags_in_force().v2_percentage == 40

    set_flag("FF_V2_PERCENTAGE", "25", actor=EVA, reason="slowly")
    set_flag("FF_V2_WHITELIST_USERS", ["ana"], actor=EVA)
    assert (flags_in_force().v2_percentage, flags_in_force().v2_whitelist_users) == (25, ("ana",))

    set_flag("FF_V2_PERCENTAGE", None, actor=EVA)
    assert flags_in_force().v2_percentage == 40
    rows = PlanHistory.objects.filter(change_type="flag_changed").order_by("pk")
    assert [(row.item_label, row.actor_name, row.before["value"], row.after["value"], row.reason) for row in rows] == [
        ("FF_V2_PERCENTAGE", "eva", None, 25, "slowly"),
        ("FF_V2_WHITELIST_USERS", "eva", None, ["ana"], ""),
        ("FF_V2_PERCENTAGE", "eva", 25, None, ""),
    ]


def test_a_value_that_cannot_be_changes_nothing() -> None:
    with pytest.raises(InvalidInput):
        set_flag("FF_V2_PERCENTAGE", 300, actor=EVA)
    with pytest.raises(InvalidInput):
        set_flag("FF_NEW", None, actor=EVA)
    assert not FlagOverride.objects.exists()
    assert not PlanHistory.objects.exists()


def test_an_override_of_a_flag_that_is_no_more_is_passed_by() -> None:
    FlagOverride.objects.create(name="FF_OF_OLD", value=True)
    assert flags_in_force() == configuration().flags


def test_administrators_set_flags_by_api_all_or_none(client_of: Callable[[User | None], APIClient]) -> None:
    client = client_of(StaffFactory(is_superuser=True, username="eva"))
    bad = client.patch(reverse("flags"), {"flags": {"FF_ENABLE_V2": False, "FF_V2_PERCENTAGE": 101}})
    assert (bad.status_code, bad.json()["code"]) == (400, "invalid_input")
    assert flags_in_force().enable_v2 is True

    done = client.patch(reverse("flags"), {"flags": {"FF_ENABLE_V2": False}, "reason": "trouble"})
    flags = {row["name"]: row for row in done.json()["flags"]}
    assert list(flags) == list(FLAG_NAMES)
    first = flags["FF_ENABLE_V2"]
    assert (first["value"], first["default"], first["overridden"], first["reason"], first["changed_by"]) == (
        False,
        True,
        True,
        "trouble",
        "eva",
    )
    assert flags["FF_V2_WHITELIST_USERS"]["value"] == []
    assert client.get(reverse("flags")).json() == done.json()


def test_administrators_set_flags_in_the_admin(admin_client: Client) -> None:
    page = admin_client.get(reverse("admin:common_flagoverride_changelist"))
    assert all(name in page.content.decode() for name in FLAG_NAMES)
    assert all(state.changed_at is None for state in flag_states()), "looking changes nothing"
    form = reverse("admin:common_flagoverride_change", args=[FlagOverride.objects.get(name="FF_V2_PERCENTAGE").pk])

    refused = admin_client.post(form, {"value": "many", "reason": ""})
    assert "FF_V2_PERCENTAGE must be a whole number from 0 to 100." in refused.content.decode()
    assert admin_client.post(form, {"value": "10", "reason": "slowly"}).status_code == 302
    assert flags_in_force().v2_percentage == 10
    assert 'value="10"' in admin_client.get(form).content.decode()
    assert admin_client.post(form, {"value": "", "reason": ""}).status_code == 302
    assert flags_in_force().v2_percentage == 100
    assert PlanHistory.objects.filter(change_type="flag_changed", actor_name="admin").count() == 2


def test_staff_who_are_no_administrators_see_no_flags() -> None:
    client = Client()
    client.force_login(StaffFactory())
    assert client.get(reverse("admin:common_flagoverride_changelist")).status_code == 403
