"""The pages in a real browser, fed by the log, through the real socket."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.live.building import busy_plan, readable_plan
from tests.live.serving import LiveServer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # pytest-base-url, which pytest-playwright brings, declares its fixture in a way that pytest 10 will refuse.
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance methods"),
    # WhiteNoise's files under ASGI are read at once; they are small.
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]

SCREENSHOTS = os.environ.get("SCREENSHOTS", "")


@pytest.fixture(scope="session", autouse=True)
def _database_before_the_browser(request: pytest.FixtureRequest) -> None:
    """The test database is made first, or allowed to be made when Playwright's loop runs already."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        request.getfixturevalue("django_db_setup")


def shoot(page: Page, name: str) -> None:
    if not SCREENSHOTS:
        return
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1440, 1024, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(250)
            page.screenshot(path=Path(SCREENSHOTS) / f"{name}-{scheme}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})


def live(page: Page) -> None:
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")


def test_a_plan_under_way_is_shown_as_it_is(signed_in: Page, server: LiveServer, owner: User) -> None:
    plan = busy_plan(owner)
    signed_in.goto(f"{server.url}/plans/{plan.pk}/")
    live(signed_in)
    expect(signed_in.locator("#waves .cell")).to_have_count(300)
    shoot(signed_in, "plan")
    signed_in.locator(".c-decision").first.click()
    expect(signed_in.locator("#panel h2")).to_contain_text("part_")
    shoot(signed_in, "panel")
    signed_in.keyboard.press("Escape")
    expect(signed_in.locator("#panel")).to_be_hidden()


def test_the_list(signed_in: Page, server: LiveServer, owner: User) -> None:
    readable_plan(discovery__conversation__workspace__owner=owner)
    busy_plan(owner)
    signed_in.goto(f"{server.url}/")
    shoot(signed_in, "list")
