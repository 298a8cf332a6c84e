"""Changes of a plan in a real browser: asked for, read with all they touch, rejected, adjusted, approved."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from integrations.llm.shapes import ChangedTask, ImpactAnalysis
from planning.models import MasterPlan, ModificationProposal
from planning.plan_checks import tasks_of
from planning.plan_edits import change_task
from planning.plan_impact import impact_of
from planning.selectors.plans import plan_answer_of, plan_with_tree
from planning.services.impact import Analysed
from planning.services.modifications import claimed_analysis, store_analysis
from tests.factories import StaffFactory, make_plan
from tests.live.browsing import BROWSER, live, mark, shoot, was_never_reloaded
from tests.live.conftest import sign_in
from tests.live.serving import LiveServer

pytestmark = BROWSER

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def plan(owner: User) -> MasterPlan:
    return make_plan(discovery__conversation__workspace__owner=owner, status="approved")


def analysed(plan: MasterPlan, title: str) -> None:
    """As a worker would have it: the second task gets another title."""
    proposal = ModificationProposal.objects.get(plan=plan, status="proposed")
    before = plan_answer_of(plan_with_tree(plan.pk))
    after = change_task(before, "task_002", {"title": title})
    changed = [ChangedTask(task=task, why="It sows.") for task in tasks_of(after) if task.title == title]
    impact = impact_of(before, after, ImpactAnalysis(summary=HOSTILE, changed=changed, not_understood=["lilac"]), {})
    assert impact is not None
    with claimed_analysis(proposal.pk) as token:
        assert token is not None
        assert store_analysis(proposal.pk, token, Analysed(after, impact), impact.model_dump(mode="json"))


def ask(page: Page, words: str) -> None:
    page.get_by_label("What should be different?").fill(words)
    page.get_by_role("button", name="Show what it would touch").click()
    expect(page.get_by_role("heading", name="Looking at what the change touches")).to_be_visible()


def test_a_change_is_rejected_adjusted_and_approved(signed_in: Page, server: LiveServer, plan: MasterPlan) -> None:
    page, dialog = signed_in, signed_in.get_by_role("dialog")
    page.goto(f"{server.url}/plans/{plan.pk}/")
    page.get_by_role("link", name="Change…").click()
    live(page)
    mark(page)
    ask(page, f"Add a color {HOSTILE}")
    analysed(plan, "Sow colors")
    proposal = page.locator(".proposal")
    expect(proposal).to_contain_text("A change waits for your decision")
    expect(proposal.locator("blockquote")).to_have_text(f"Add a color {HOSTILE}")
    expect(proposal).to_contain_text("Changed (1)")
    expect(proposal).to_contain_text("task_002 Sow colors")
    expect(proposal).to_contain_text("Kept, and checked again (4)")
    expect(proposal).to_contain_text("lilac")
    proposal.get_by_text("Field by field").click()
    expect(proposal.locator("ins")).to_have_text("Sow colors")
    shoot(page, "chat-change")
    page.get_by_role("button", name="Reject…").click()
    dialog.get_by_label("Reason").fill("No colors")
    dialog.get_by_role("button", name="Reject the change").click()
    earlier = page.locator(".history > li")
    expect(earlier).to_have_count(1)
    expect(earlier).to_contain_text("No colors")
    ask(page, "Add a scent")
    analysed(plan, "Sow scents")
    page.get_by_role("button", name="Adjust…").click()
    dialog.get_by_label("What should be otherwise?").fill("Only roses")
    dialog.get_by_role("button", name="Propose it anew").click()
    expect(proposal).to_contain_text("Only roses")
    analysed(plan, "Sow roses")
    page.get_by_role("button", name="Approve the change").click()
    expect(earlier).to_have_count(3)
    expect(earlier.first).to_contain_text("version 2")
    page.get_by_role("link", name="Versions").click()
    expect(page.locator("#difference ins")).to_have_text("Sow roses")
    assert plan.tasks.get(short_id="task_002").title == "Sow roses"
    assert was_never_reloaded(page)


def test_who_only_reads_cannot_ask(page: Page, server: LiveServer, plan: MasterPlan, complaints: list[str]) -> None:
    sign_in(page, server, StaffFactory())
    page.goto(f"{server.url}/chat/{plan.conversation_id}/?show=changes")
    expect(page.get_by_text("Only its owner asks for changes.")).to_be_visible()
    assert page.get_by_label("What should be different?").count() == 0
