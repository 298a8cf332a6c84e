"""The learning dashboard in a real browser: what it says with much, little and no history, wide and narrow."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from integrations.models import LearningLookup, LearningRecord, LearningUse, PlanOutcome
from tests.factories import StaffFactory
from tests.integrations.conftest import configure, embedded, memory_at_rest  # noqa: F401 - fixtures
from tests.live.conftest import sign_in
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
def _database_before_the_browser(django_db_setup: None) -> None:
    """Made before Playwright's loop runs, so that it is also torn down after it."""


@pytest.fixture(scope="module", autouse=True)
def _database_beside_the_browser() -> Iterator[None]:
    """Tables are emptied after a test's own fixtures are gone, while Playwright's loop still runs in this thread."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def admin(page: Page, server: LiveServer, complaints: list[str]) -> Page:
    sign_in(page, server, StaffFactory(is_superuser=True))
    return page


def item(purpose: str, *, given: bool, outcome: str, ended_as: str = "", record: LearningRecord | None = None) -> None:
    """Something that asked memory and has ended."""
    about: dict[str, Any] = {"purpose": purpose, "used_for_id": uuid.uuid4(), "outcome": outcome, "ended_as": ended_as}
    about["ended_at"] = timezone.now()
    lookup = LearningLookup.objects.create(
        collection="successful_tasks", answer="found" if given else "nothing", found=int(given), **about
    )
    if given:
        LearningUse.objects.create(record=record, lookup=lookup, similarity=0.83, **about)


def history() -> None:
    """Twelve plans, of which the later ones estimate better; drafts that memory helped, retries too few to tell."""
    record = LearningRecord.objects.create(
        collection="successful_tasks", source_type="task", source_id=uuid.uuid4(),
        text="implementation Order repository with pagination app/repositories/orders.py OrderRepository",
        lesson="class OrderRepository: ...", embedding="hashed-subtokens-2",
    )  # fmt: skip
    for number in range(12):
        PlanOutcome.objects.create(
            plan_id=uuid.uuid4(), name=f"Garden shop {number}", status="completed" if number != 4 else "cancelled",
            closed_at=timezone.now() - timedelta(days=60 - 5 * number), succeeded=number != 4, tasks_total=30,
            tasks_done=30 if number != 4 else 11, estimated_minutes=300, actual_minutes=600 - 25 * number,
            expected_minutes=500 if number > 6 else None, atoms_total=200, atoms_at_once=170 + 2 * number,
            modifications=number % 3, discovery_quality=0.8 + number / 100,
        )  # fmt: skip
    for number in range(40):
        well = "done after retries" if number % 10 == 0 else "done at once"
        item("task_code", given=True, outcome="succeeded", ended_as=well, record=record)
        badly = "done at once" if number % 2 else "done after retries"
        item("task_code", given=False, outcome="succeeded", ended_as=badly)
    for _ in range(3):
        item("atom_retry", given=True, outcome="succeeded", ended_as="accepted", record=record)
        item("atom_retry", given=False, outcome="failed", ended_as="failed again")


def opened(admin: Page, server: LiveServer) -> Page:
    admin.goto(server.url + reverse("admin:integrations_learningrecord_changelist"))
    admin.get_by_role("link", name="Does memory help?").first.click()
    expect(admin.get_by_role("heading", name="Does memory help?")).to_be_visible()
    return admin


def picture(page: Page, name: str) -> None:
    if SCREENSHOTS:
        page.wait_for_timeout(400)
        page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}.png"), full_page=True)


def test_it_says_where_memory_helped_and_where_cases_are_too_few(admin: Page, server: LiveServer) -> None:
    history()
    page = opened(admin, server)
    drafts = page.locator(".mem-compare", has_text="Code of a task")
    expect(drafts.get_by_text("Helps", exact=True)).to_be_visible()
    expect(drafts).to_contain_text("36 of 40 (90%, between 77% and 96%)")
    expect(drafts).to_contain_text("20 of 40 (50%, between 35% and 65%)")
    retries = page.locator(".mem-compare", has_text="Another attempt at an atom")
    expect(retries.get_by_text("Too few cases to say")).to_be_visible()
    expect(retries).to_contain_text("3 of 3")
    assert page.locator("canvas.chart").count() == 6
    painted = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(v => v)"
    assert all(page.locator("canvas.chart").nth(number).evaluate(painted) for number in range(6))
    page.get_by_text("Numbers").first.click()
    expect(page.locator("details[open]")).to_contain_text("Garden shop 4")
    expect(page.locator("details[open]")).to_contain_text("36.7%")
    expect(page.get_by_role("link", name="implementation Order repository").first).to_be_visible()


def test_it_fits_every_window_light_and_dark(admin: Page, server: LiveServer) -> None:
    history()
    page = opened(admin, server)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.reload()
        expect(page.locator("html.dark")).to_have_count(1 if scheme == "dark" else 0)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            # The plots follow a moment after their window.
            page.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth")
            picture(page, f"memory-{width}-{scheme}")


def test_without_history_it_claims_nothing(admin: Page, server: LiveServer) -> None:
    page = opened(admin, server)
    expect(page.get_by_text("Memory was not asked yet.")).to_be_visible()
    expect(page.get_by_text("No plan was built to its end yet.")).to_have_count(6)
    picture(page, "memory-empty")


def test_when_memory_does_not_answer_it_says_so_in_words_and_what_to_do(
    client: Any,
    configure: Callable[..., Any],  # noqa: F811 - the fixture
) -> None:
    configure(memory_enabled=True, chroma_url="http://127.0.0.1:9")
    client.force_login(StaffFactory(is_superuser=True))
    said = client.get(reverse("admin:integrations_learningrecord_dashboard")).content.decode()
    assert "<h2>Memory does not answer</h2>" in said
    assert "<strong>What to do:</strong> Look after the store (http://127.0.0.1:9)." in said
    assert said.count("not known: memory does not answer") == 6
    assert "memory_unavailable" not in said


def test_who_may_not_see_records_does_not_see_it(
    client: Any, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    address = reverse("admin:integrations_learningrecord_dashboard")
    client.force_login(StaffFactory())
    assert client.get(address).status_code == 403
    client.force_login(StaffFactory(is_superuser=True))
    history()
    with django_assert_max_num_queries(14):
        assert client.get(address).status_code == 200
