"""The review page in a real browser, by keyboard, under the policy that is in force."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from common.actors import Actor
from integrations.llm.shapes import Diagnostic
from review.models import Review, ReviewDecision
from review.policy import ADMIN_POLICY
from review.services.claims import assign_review
from review.services.decisions import approve_review, reject_review
from tests.review.builders import make_atom, make_review, make_user
from tests.review.conftest import FakeExecution
from tests.review.shop import AFTER, FIXED, shop

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # pytest-base-url, which pytest-playwright brings, declares its fixture in a way that pytest 10 will refuse.
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance methods"),
]

SCREENSHOTS = os.environ.get("SCREENSHOTS", "")


@pytest.fixture(scope="session", autouse=True)
def _database_before_the_browser(django_db_setup: None) -> None:
    """Made before Playwright's loop runs, so that it is also torn down after it."""


@pytest.fixture(scope="module", autouse=True)
def _database_beside_the_browser() -> Iterator[None]:
    """Tables are emptied after a test's own fixtures are gone, while Playwright's loop still runs in this thread."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def errors(page: Page) -> Iterator[list[str]]:
    """What the browser complains of; a page that is in order gives nothing."""
    found: list[str] = []
    page.on(
        "console",
        lambda message: found.append(f"{message.text} {message.location['url']}") if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: found.append(str(error)))
    yield found
    # A favicon is no matter of this page.
    assert [error for error in found if "/favicon.ico" not in error] == []


@pytest.fixture
def reviewer(page: Page, live_server: Any, errors: list[str], settings: Any) -> Page:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**directives, **ADMIN_POLICY}}
    sign_in(page, live_server, make_user("ana", is_staff=True, is_superuser=True))
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    return page


def sign_in(page: Page, live_server: Any, user: User) -> None:
    client = Client()
    client.force_login(user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]  # a plain dict is fine


def shoot(page: Page, name: str) -> None:
    if SCREENSHOTS:
        for scheme in ("light", "dark"):
            page.evaluate("mode => document.documentElement.classList.toggle('dark', mode === 'dark')", scheme)
            for width in (1440, 1024, 390):
                page.set_viewport_size({"width": width, "height": 900})
                page.screenshot(path=Path(SCREENSHOTS) / f"{name}-{scheme}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1440, "height": 900})


def address(live_server: Any, review: Review) -> str:
    return f"{live_server.url}{reverse('admin:review_review_change', args=[review.pk])}"


def test_items_are_decided_by_keyboard_one_after_the_other(
    reviewer: Page, live_server: Any, execution: FakeExecution
) -> None:
    _, second, third = shop()
    reviewer.goto(f"{live_server.url}/admin/review/review/")
    shoot(reviewer, "queue")
    reviewer.get_by_role("link", name="total").first.click()
    expect(reviewer.get_by_role("heading", name="total")).to_be_visible()
    shoot(reviewer, "review")
    reviewer.wait_for_load_state()  # keys are heard when the scripts are there
    reviewer.keyboard.press("r")
    expect(reviewer.locator("#note")).to_be_focused()
    reviewer.keyboard.type("It forgets taxes.")
    reviewer.keyboard.press("Control+Enter")
    reviewer.wait_for_url(address(live_server, second))
    reviewer.keyboard.press("n")
    reviewer.wait_for_url(address(live_server, third))
    reviewer.keyboard.press("p")
    reviewer.wait_for_url(address(live_server, second))
    reviewer.keyboard.press("a")
    reviewer.wait_for_url(address(live_server, third))
    expect(reviewer.locator("#undo")).to_contain_text("checkout approved by you")
    shoot(reviewer, "undo")
    reviewer.keyboard.press("z")
    reviewer.wait_for_url(address(live_server, second))
    expect(reviewer.get_by_text("Taken back.")).to_be_visible()
    reviewer.keyboard.press("a")
    reviewer.wait_for_url(address(live_server, third))
    reviewer.keyboard.press("?")
    expect(reviewer.get_by_role("dialog")).to_be_visible()
    shoot(reviewer, "keys")
    reviewer.keyboard.press("Escape")
    reviewer.keyboard.press("a")
    reviewer.wait_for_url(f"{live_server.url}/admin/review/review/")
    assert [review.status for review in Review.objects.order_by("created_at")] == ["rejected", "approved", "approved"]


def test_the_assistants_suggestion_is_taken_over_by_one_key_and_a_failed_edit_keeps_it(
    reviewer: Page, live_server: Any, execution: FakeExecution, errors: list[str]
) -> None:
    review = shop()[0]
    execution.refuse_edits_with = [
        Diagnostic(path="shop/prices.py", line=8, layer="lint", code="F821", message="Undefined name Order.")
    ]
    reviewer.goto(address(live_server, review))
    reviewer.keyboard.press("c")
    expect(reviewer.locator("#related")).to_contain_text("from decimal import Decimal")
    reviewer.keyboard.press("u")
    expect(reviewer.locator("#editor")).to_have_value(FIXED)
    expect(reviewer.locator(".cm-content")).to_be_focused()
    reviewer.keyboard.press("Control+z")
    expect(reviewer.locator("#editor")).to_have_value(AFTER)
    reviewer.keyboard.press("Control+y")
    reviewer.keyboard.press("Control+Enter")
    expect(reviewer.locator("#editor-findings")).to_contain_text("Undefined name Order.")
    expect(reviewer.locator("#editor")).to_have_value(FIXED)
    shoot(reviewer, "edit")
    # Chromium tells of the 422 itself, which is what was wanted here.
    errors[:] = [error for error in errors if "422" not in error]
    execution.refuse_edits_with = []
    expect(reviewer.locator(".cm-lint-marker-error")).to_have_count(1)
    reviewer.locator(".cm-content").press("Control+Enter")
    expect(reviewer.get_by_role("heading", name="checkout")).to_be_visible()
    review.refresh_from_db()
    assert (review.status, review.modified_code) == ("edited", FIXED)


def test_several_are_decided_after_a_preview(reviewer: Page, live_server: Any, execution: FakeExecution) -> None:
    shop()
    reviewer.goto(f"{live_server.url}/admin/review/review/")
    reviewer.locator("#action-toggle").check()
    reviewer.locator("select[name=action]").select_option("reject_selected")
    reviewer.get_by_role("button", name="Run").click()
    expect(reviewer.get_by_role("heading", name="Reject 3 of 3 reviews")).to_be_visible()
    shoot(reviewer, "many")
    reviewer.locator("#reason").fill("All of them forget taxes.")
    reviewer.get_by_role("button", name="Reject 3").click()
    expect(reviewer.get_by_text("3 decided: reject.")).to_be_visible()
    assert set(Review.objects.values_list("status", flat=True)) == {"rejected"}


def test_the_second_of_two_sees_at_once_what_the_first_did_and_loses_nothing(
    reviewer: Page, live_server: Any, execution: FakeExecution
) -> None:
    review = shop()[0]
    reviewer.goto(address(live_server, review))
    reviewer.locator("#note").fill("Forgets taxes.")
    reviewer.keyboard.press("Escape")
    reviewer.keyboard.press("e")
    reviewer.locator(".cm-content").fill("mine = 1")
    bea = make_user("bea", is_staff=True)
    assign_review(review_id=review.pk, assignee=bea, actor=Actor.of(bea))
    approve_review(review_id=review.pk, actor=Actor.of(bea), reason="Fine by me.")
    # What the page asks by itself every 20 seconds, and whenever it is looked at again.
    reviewer.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(reviewer.locator("#told")).to_contain_text("bea: approved. “Fine by me.”")
    expect(reviewer.get_by_role("button", name="Reject")).to_be_disabled()
    shoot(reviewer, "told")
    reviewer.once("dialog", lambda dialog: dialog.accept())
    reviewer.reload()
    expect(reviewer.locator(".rv-kept")).to_contain_text("Forgets taxes.")
    expect(reviewer.get_by_label("Your code")).to_have_value("mine = 1")


def test_a_session_that_ended_loses_nothing(reviewer: Page, live_server: Any, execution: FakeExecution) -> None:
    review = shop()[0]
    person = User.objects.get(username="ana")
    person.set_password("correct horse battery")
    person.save()
    sign_in(reviewer, live_server, person)  # a new password ends the session before
    reviewer.goto(address(live_server, review))
    reviewer.wait_for_load_state()
    reviewer.locator("#note").fill("It forgets taxes.")
    Session.objects.all().delete()
    reviewer.get_by_role("button", name="Reject").click()
    reviewer.get_by_label("Username").fill("ana")
    reviewer.get_by_label("Password").fill("correct horse battery")
    reviewer.keyboard.press("Enter")
    reviewer.wait_for_url(address(live_server, review))
    expect(reviewer.get_by_text("nothing was done yet")).to_be_visible()
    expect(reviewer.locator("#note")).to_have_value("It forgets taxes.")
    review.refresh_from_db()
    assert review.status == "in_review"
    reviewer.get_by_role("button", name="Reject").click()
    reviewer.wait_for_url(lambda url: str(review.pk) not in url)
    review.refresh_from_db()
    assert (review.status, review.decisions.get().reason) == ("rejected", "It forgets taxes.")


def test_filters_are_kept_under_a_name_and_go_with_the_reviewer(
    reviewer: Page, live_server: Any, execution: FakeExecution
) -> None:
    first, *_ = shop()
    reviewer.goto(f"{live_server.url}/admin/review/review/?failed_layer=types")
    expect(reviewer.get_by_role("link", name="total")).to_have_count(1)
    reviewer.get_by_label("Name for these filters").fill("Type errors")
    reviewer.get_by_role("button", name="Save", exact=True).click()
    expect(reviewer.get_by_role("link", name="Type errors")).to_have_attribute("aria-current", "page")
    shoot(reviewer, "saved")
    reviewer.get_by_role("link", name="Start with the first").click()
    expect(reviewer.get_by_text("1 of 1 by your filters")).to_be_visible()
    reviewer.wait_for_load_state()
    reviewer.keyboard.press("a")
    reviewer.wait_for_url(f"{live_server.url}/admin/review/review/?failed_layer=types")
    assert Review.objects.get(pk=first.pk).status == "approved"


def test_how_reviewing_goes_is_shown_as_numbers_and_as_a_plot(
    reviewer: Page, live_server: Any, execution: FakeExecution
) -> None:
    for number in range(24):
        review = make_review(make_atom(confidence=f"0.{45 + number}0"))
        kept = number % 6 > 4 - number // 6
        actor = Actor("system", "", "ana")
        (approve_review if kept else partial(reject_review, reason="No."))(review_id=review.pk, actor=actor)
    ReviewDecision.objects.update(seconds=14)
    reviewer.goto(f"{live_server.url}/admin/review/review/statistics/")
    expect(reviewer.get_by_text("✓ below 30 s, of 24")).to_be_visible()
    expect(reviewer.get_by_role("img", name="Share approved against confidence")).to_be_visible()
    shoot(reviewer, "statistics")


def test_an_atom_is_read_with_its_code(reviewer: Page, live_server: Any) -> None:
    review = shop()[0]
    reviewer.goto(f"{live_server.url}{reverse('admin:execution_atom_change', args=[review.atom_id])}")
    expect(reviewer.locator(".code-view")).to_contain_text("def total(order: Order")
    shoot(reviewer, "atom")
