"""Every page in a real browser: usable without eyes, mouse or colours, under its policy, whatever its texts are."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from planning.models import MasterPlan
from tests.factories import DiscoveryFactory, DiscoveryQuestionFactory, StaffFactory
from tests.live.browsing import BROWSER
from tests.live.building import busy_plan
from tests.live.conftest import sign_in
from tests.live.hostile import NAMES, hostile_plan
from tests.live.serving import LiveServer

pytestmark = [*BROWSER, pytest.mark.slow, pytest.mark.timeout(600)]

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


@pytest.fixture
def staff() -> User:
    person: User = StaffFactory(username="rita", is_superuser=True)
    return person


@pytest.fixture
def browser_of_staff(page: Page, server: LiveServer, staff: User, complaints: list[str]) -> Page:
    sign_in(page, server, staff)
    page.add_init_script("window.hacked = undefined")
    return page


def pages_of(plan: MasterPlan) -> dict[str, str]:
    """Every page of ours: its name and address."""
    discovery = DiscoveryFactory(conversation__workspace__owner=plan.owner, status="awaiting_answers")
    DiscoveryQuestionFactory(discovery=discovery, key="roles", question=plan.project_name)
    atom = plan.atoms.filter(awaiting_decision=True).first()
    assert atom is not None
    task = plan.tasks.latest("number")
    live = f"/plans/{plan.pk}/"
    return {
        "plans": "/",
        "chats": "/chat/",
        "chat": f"/chat/{plan.conversation_id}/",
        "chat plan": f"/chat/{plan.conversation_id}/?show=plan&plan={plan.pk}",
        "chat versions": f"/chat/{plan.conversation_id}/?show=versions&plan={plan.pk}",
        "discovery": f"/discoveries/{discovery.pk}/",
        "plan": live,
        "graph": f"{live}?view=graph",
        "timeline": f"{live}?view=timeline",
        "atom": f"{live}?atom={atom.pk}",
        "task": f"{live}?task={task.short_id}",
    }


def settled(page: Page) -> None:
    """Everything is fetched, drawn, and no animation runs."""
    page.wait_for_load_state("networkidle")
    if page.locator("#connection").count():
        expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    page.evaluate("Promise.all(document.getAnimations().map(one => { try { one.finish() } catch { one.cancel() } }))")


def violations(page: Page, rules: dict[str, Any], context: str | None = None) -> list[str]:
    found = Axe().run(page, context=context, options=rules).response["violations"]
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]


def test_every_page_can_be_used_by_everybody_light_and_dark(
    browser_of_staff: Page, server: LiveServer, owner: User
) -> None:
    page = browser_of_staff
    page.emulate_media(reduced_motion="reduce")
    wrong: dict[str, list[str]] = {}
    for name, address in pages_of(busy_plan(owner, tasks=16, atoms=80)).items():
        page.emulate_media(color_scheme="light")
        page.goto(server.url + address)
        settled(page)
        found = violations(page, RULES)
        page.emulate_media(color_scheme="dark")
        settled(page)
        found += [f"dark {one}" for one in violations(page, CONTRAST)]
        if found:
            wrong[name] = found
    page.context.clear_cookies()
    for name, address in {"login": "/login/", "nothing": f"/plans/{uuid.uuid4()}/"}.items():
        page.goto(server.url + address)
        if found := violations(page, RULES):
            wrong[name] = found
    assert wrong == {}


def test_texts_of_people_and_models_are_only_text_on_every_page(
    browser_of_staff: Page, server: LiveServer, owner: User, complaints: list[str]
) -> None:
    page = browser_of_staff
    plan = hostile_plan(owner)
    for name, address in pages_of(plan).items():
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(server.url + address)
            settled(page)
            assert page.evaluate("window.hacked") is None, name
            wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, f"{name} is {wide} wider than its window of {width}"
        assert page.locator("main img[src='x'], main iframe, main svg[onload], main script[src*=evil]").count() == 0, (
            name
        )
        assert page.locator("main a[href^='javascript'], main a[href^='data']").count() == 0, name
    page.goto(f"{server.url}/plans/{plan.pk}/")
    settled(page)
    expect(page.locator("h1 bdi")).to_have_text(NAMES[0][:120])
    expect(page.locator("#failures strong").first).to_have_text(NAMES[1])
    assert NAMES[0][:20] in page.title()
