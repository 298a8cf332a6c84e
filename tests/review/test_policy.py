"""What the content security policy lets the admin do, and that its pages need no more."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from unfold.settings import CONFIG_DEFAULTS

from tests.factories import StaffFactory


@pytest.mark.django_db
def test_the_admin_runs_no_inline_script_and_takes_no_style_sheet_of_others() -> None:
    client = Client()
    client.force_login(StaffFactory(is_superuser=True))
    response = client.get(reverse("admin:index"))
    html = response.content.decode()
    assert "<style" not in html
    assert html.count("<script") == html.count("<script src=")
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    assert policy["script-src"] == "'self' 'unsafe-eval'"
    assert policy["style-src"] == "'self'"
    assert policy["style-src-attr"] == "'unsafe-inline'"
    assert policy["default-src"] == "'self'"


def test_every_colour_that_the_admin_uses_has_a_value() -> None:
    place = finders.find("common/admin.css")
    assert isinstance(place, str)
    written = Path(place).read_text(encoding="utf-8")
    used = [f"--color-{name}-{weight}:" for name, weights in CONFIG_DEFAULTS["COLORS"].items() for weight in weights]
    assert [name for name in used if name not in written] == []
