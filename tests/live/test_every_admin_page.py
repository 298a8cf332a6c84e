"""The admin's pages that people work on, in a real browser: for everybody, light and dark, under their policy."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from planning.models import MasterPlan
from tests.factories import StaffFactory
from tests.live.browsing import BROWSER
from tests.live.conftest import sign_in
from tests.live.serving import LiveServer
from tests.live.test_every_page import RULES, settled, violations
from tests.live.test_memory_dashboard import history
from tests.review.shop import shop

pytestmark = [*BROWSER, pytest.mark.slow, pytest.mark.timeout(600)]

REPORTS = """
  window.reports = [];
  document.addEventListener('securitypolicyviolation', (one) =>
    window.reports.push(`${one.effectiveDirective}: ${one.blockedURI} ${one.sourceFile} ${one.sample}`));
"""


@pytest.fixture
def staff(db: None) -> User:
    person: User = StaffFactory(username="rita", is_superuser=True)
    return person


def pages() -> dict[str, str]:
    """What reviewers and administrators have open all day, by name."""
    review = shop()[0]
    history()
    return {
        "start": reverse("admin:index"),
        "queue": reverse("admin:review_review_changelist"),
        "review": reverse("admin:review_review_change", args=[review.pk]),
        "statistics": reverse("admin:review_review_statistics"),
        "memory": reverse("admin:integrations_learningrecord_dashboard"),
        "plan": reverse("admin:planning_masterplan_change", args=[MasterPlan.objects.get().pk]),
        "atom": reverse("admin:execution_atom_change", args=[review.atom_id]),
    }


def test_the_admin_can_be_used_by_everybody_and_breaks_no_policy(
    page: Page, server: LiveServer, staff: User, complaints: list[str]
) -> None:
    sign_in(page, server, staff)
    page.add_init_script(REPORTS)
    page.emulate_media(reduced_motion="reduce")
    wrong: dict[str, list[str]] = {}
    for name, address in pages().items():
        found: list[str] = []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.goto(server.url + address)
            settled(page)
            expect(page.locator("html.dark")).to_have_count(1 if scheme == "dark" else 0)
            if name == "review":
                page.keyboard.press("e")
                expect(page.locator(".cm-content")).to_be_focused()
            found += [f"{scheme} {one}" for one in violations(page, RULES)]
            found += page.evaluate("window.reports")
        if found:
            wrong[name] = found
    assert wrong == {}, "\n".join(one for found in wrong.values() for one in found)
