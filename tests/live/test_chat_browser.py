"""The chat page in a real browser: said, asked, drawn, edited, compared; with keys only, and through lost lines."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from common.actors import SYSTEM, Actor
from common.changes import change, emit
from common.transitions import transition
from planning.models import Conversation, MasterPlan, Message
from planning.plan_edits import change_task
from planning.services.conversations import add_message
from planning.services.revising import revise_draft
from tests.factories import (
    ConversationFactory,
    DiscoveryFactory,
    DiscoveryQuestionFactory,
    UserFactory,
    make_plan,
)
from tests.live.browsing import BROWSER, live, mark, shoot, was_never_reloaded
from tests.live.conftest import sign_in
from tests.live.serving import LiveServer

pytestmark = BROWSER

HOSTILE = "<img src=x onerror=alert(1)>\u202e[x](javascript:alert(2))"
UNBROKEN = "x" * 600


@pytest.fixture
def talk(owner: User) -> Conversation:
    conversation: Conversation = ConversationFactory(workspace__owner=owner, title="About gardens")
    return conversation


@pytest.fixture
def plan(talk: Conversation) -> MasterPlan:
    return make_plan(discovery__conversation=talk)


def open_chat(page: Page, server: LiveServer, talk: Conversation, **parameters: str) -> None:
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    page.goto(f"{server.url}/chat/{talk.pk}/?{query}")
    live(page)
    mark(page)


def say(talk: Conversation, content: str, role: Message.Role = Message.Role.ASSISTANT, **fields: Any) -> Message:
    return add_message(conversation=talk, role=role, content=content, **fields)


def part(talk: Conversation, message_id: str, delta: str) -> None:
    data = {"message_id": message_id, "role": "assistant", "delta": delta, "done": False}
    emit(("conversation", talk.pk), "message", data)


def rename(plan: MasterPlan, task: str, title: str, *, by: User) -> None:
    revise_draft(plan_id=plan.pk, edit=lambda before: change_task(before, task, {"title": title}), actor=Actor.of(by))


def without(complaints: list[str], status: int) -> None:
    """Chromium tells of refusals itself."""
    complaints[:] = [text for text in complaints if str(status) not in text]


def test_a_conversation_is_begun_and_found_with_keys_only(signed_in: Page, server: LiveServer) -> None:
    page = signed_in
    page.goto(f"{server.url}/chat/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.get_by_label("Your first message").focus()
    page.keyboard.type("/help")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".said.assistant")).to_contain_text("/masterplan <request>: discovery and a plan")
    live(page)
    page.get_by_label("Your message").focus()
    page.keyboard.type("/status")
    page.keyboard.press("Enter")
    expect(page.locator(".said").last).to_contain_text("Nothing is under way in this conversation.")
    expect(page.get_by_label("Your message")).to_be_focused()
    assert page.locator(".said").count() == 4
    page.goto(f"{server.url}/chat/")
    page.keyboard.press("/")
    page.keyboard.type("nothing like it")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No conversation fits.")).to_be_visible()
    assert "q=nothing" in page.url


def test_an_answer_is_read_while_it_is_written_and_survives_a_reload(
    signed_in: Page, server: LiveServer, talk: Conversation
) -> None:
    page = signed_in
    open_chat(page, server, talk)
    question = say(talk, "Which soil?", Message.Role.USER, metadata={"awaits_answer": True})
    expect(page.get_by_text("An answer is on its way")).to_be_visible()
    part(talk, "one", "Any **soi")
    expect(page.locator(".writing")).to_contain_text("Any **soi")
    page.reload()
    live(page)
    expect(page.locator(".writing")).to_contain_text("Any **soi")
    part(talk, "one", "l** is fine")
    expect(page.locator(".writing strong")).to_have_text("soil")
    say(talk, "Any **soil** is fine.", answers=question, metadata={"suggestions": ["Create a garden"]})
    expect(page.locator(".writing")).to_have_count(0)
    expect(page.locator(".said.assistant")).to_contain_text("Any soil is fine.")
    page.get_by_role("button", name="Create a garden").click()
    expect(page.get_by_label("Your message")).to_have_value("Create a garden")


def test_what_was_said_while_the_line_was_gone_is_caught_up_with(
    signed_in: Page, server: LiveServer, talk: Conversation, complaints: list[str]
) -> None:
    page = signed_in
    open_chat(page, server, talk)
    server.stop()
    expect(page.locator("#connection")).to_contain_text("Not live")
    for number in range(3):
        say(talk, f"Part {number}")
    server.start()
    live(page)
    expect(page.locator(".said")).to_have_count(3)
    assert page.locator(".said .content").all_inner_texts() == ["Part 0", "Part 1", "Part 2"]
    assert was_never_reloaded(page)
    complaints[:] = [text for text in complaints if "WebSocket connection to" not in text]


def test_what_is_too_long_or_said_after_the_session_ended_is_kept(
    signed_in: Page, server: LiveServer, owner: User, talk: Conversation, complaints: list[str]
) -> None:
    page = signed_in
    open_chat(page, server, talk)
    field = page.get_by_label("Your message")
    field.evaluate("field => { field.value = 'two word'.repeat(2 ** 14); field.dispatchEvent(new Event('input')); }")
    expect(page.locator("#unsent")).to_contain_text("This has 131,072 characters; at most 20,000 are read.")
    field.press("Enter")
    expect(page.locator("#unsent")).to_contain_text("The message has 131072 characters; at most 20000 are read.")
    assert field.evaluate("field => field.value.length") == 2**17
    field.fill("Which soil?")
    page.context.clear_cookies()
    field.press("Enter")
    expect(page.locator("#unsent").get_by_role("link", name="Sign in")).to_be_visible()
    expect(field).to_have_value("Which soil?")
    sign_in(page, server, owner)
    page.reload()
    expect(field).to_have_value("Which soil?")
    field.press("Enter")
    expect(page.locator(".said.user")).to_contain_text("Which soil?")
    expect(field).to_have_value("")
    assert Message.objects.filter(conversation=talk).count() == 1
    without(complaints, 413)
    without(complaints, 401)


def test_hostile_long_and_right_to_left_words_stay_words(
    signed_in: Page, server: LiveServer, talk: Conversation
) -> None:
    page = signed_in
    say(talk, HOSTILE, Message.Role.USER)
    say(talk, f"{HOSTILE}\n\n![a](http://elsewhere.example/a.png) `{HOSTILE}`\n\n/plans/{talk.pk}/")
    say(talk, UNBROKEN)
    say(talk, "مرحبا بالعالم", metadata={"suggestions": [HOSTILE]})
    discovery = DiscoveryFactory(conversation=talk, understood=HOSTILE)
    discovery.bounded_contexts[0] |= {"name": HOSTILE, "entities": [UNBROKEN], "responsibilities": [HOSTILE]}
    discovery.save()
    transition(discovery, "awaiting_answers", actor=SYSTEM)
    DiscoveryQuestionFactory(discovery=discovery, question=HOSTILE, why=UNBROKEN, options=[HOSTILE], default=HOSTILE)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        open_chat(page, server, talk, show="discovery")
        expect(page.locator("#questions label")).to_contain_text("<img src=x onerror=alert(1)>")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.locator("[data-show=talk]").first.evaluate("link => link.click()")
        expect(page.locator(".said").nth(1)).to_contain_text("<img src=x onerror=alert(1)>")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("main img").count() == 0
    assert page.locator("main a[href^='javascript']").count() == 0
    expect(page.locator(".said").nth(1).get_by_role("link", name=f"/plans/{talk.pk}/")).to_be_visible()
    assert page.locator(".said").nth(3).locator("p").evaluate("p => getComputedStyle(p).direction") == "rtl"


def test_questions_are_answered_one_by_one_and_the_domain_is_drawn(
    signed_in: Page, server: LiveServer, talk: Conversation
) -> None:
    page = signed_in
    discovery = DiscoveryFactory(conversation=talk)
    for position, key in enumerate(("roles", "scale", "rules")):
        DiscoveryQuestionFactory(discovery=discovery, key=key, position=position, question=f"Which {key}?")
    transition(discovery, "awaiting_answers", actor=SYSTEM)
    open_chat(page, server, talk)
    expect(page.locator("#questions input")).to_have_count(3)
    page.get_by_role("button", name="Ask me one by one").press("Enter")
    page.get_by_label("Which roles?").fill("Gardeners")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Which scale?")).to_be_focused()
    expect(page.get_by_role("heading", name="Question 2 of 3")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Which rules?")).to_be_focused()
    page.get_by_role("button", name="Take defaults for the rest").click()
    expect(page.locator("#questions")).to_have_count(0)
    answers = dict(discovery.questions.values_list("key", "answer"))
    assert answers == {"roles": "Gardeners", "scale": "Everybody", "rules": "Everybody"}
    contexts = [
        {"name": "Garden", "responsibilities": ["keep plants"], "entities": ["Plant"], "downstream": ["Shop"]},
        {"name": "Shop", "responsibilities": [], "entities": ["Order"], "relation": "customer_supplier"},
    ]
    discovery.refresh_from_db()
    transition(discovery, "awaiting_validation", actor=SYSTEM, bounded_contexts=contexts)
    expect(page.get_by_role("img", name="Contexts: Garden, Shop")).to_be_visible()
    expect(page.locator(".context-box")).to_have_text([re.compile("Garden.*Plant", re.S), re.compile("Shop.*Order")])
    expect(page.locator("figcaption")).to_contain_text("Garden supplies Shop (customer and supplier)")
    shoot(page, "chat-model")
    page.get_by_role("button", name="Yes, make the plan").click()
    expect(page.get_by_role("heading", name="Making the plan")).to_be_visible()
    make_plan(discovery=discovery, project_name="Garden API")
    transition(discovery, "completed", actor=SYSTEM)
    expect(page.get_by_role("heading", name="Garden API")).to_be_visible()
    assert was_never_reloaded(page)


def test_tasks_are_added_moved_and_removed(
    signed_in: Page, server: LiveServer, plan: MasterPlan, complaints: list[str]
) -> None:
    page = signed_in
    open_chat(page, server, plan.conversation)
    page.get_by_role("button", name="Add a task to Milestone 1").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Title").fill(HOSTILE)
    dialog.get_by_label("What it does").fill("It waters.")
    dialog.get_by_label("Files, one in each line").fill("app/water.py\napp/hose.py")
    dialog.get_by_label("Depends on").fill("task_001")
    dialog.get_by_label("Criteria").fill("Water runs\nshould: Nothing drips")
    dialog.get_by_role("button", name="Add the task").click()
    task = page.locator("#task_007")
    expect(task).to_contain_text("<img src=x onerror=alert(1)>")
    added = plan.tasks.get(short_id="task_007")
    assert added.target_files == ["app/water.py", "app/hose.py"]
    assert [one["priority"] for one in added.acceptance_criteria] == ["must", "should"]
    task.locator("summary").click()
    expect(task).to_contain_text("after task_001")
    task.get_by_role("button", name="Move task_007", exact=True).click()
    dialog.get_by_label("Milestone").select_option("Milestone 3")
    dialog.get_by_label("Place").select_option("first")
    dialog.get_by_role("button", name="Move the task").click()
    expect(page.locator(".phase-card").nth(2).locator("#task_007")).to_have_count(1)
    page.locator(".phase-card").nth(2).locator("summary").first.click()
    first = page.locator("#task_001")
    first.locator("summary").click()
    first.get_by_role("button", name="Remove task_001").click()
    dialog.get_by_role("button", name="Remove the task").click()
    expect(dialog).to_contain_text("go too: task_002, task_003, task_004, task_005, task_006, task_007.")
    dialog.get_by_role("button", name="Leave it").click()
    expect(dialog).to_have_count(0)
    assert plan.tasks.count() == 7
    assert was_never_reloaded(page)
    without(complaints, 400)


def test_an_edit_of_an_older_version_shows_what_changed_and_can_be_done_again(
    signed_in: Page, server: LiveServer, plan: MasterPlan, complaints: list[str]
) -> None:
    page = signed_in
    open_chat(page, server, plan.conversation)
    first = page.locator("#task_001")
    first.locator("summary").click()
    first.get_by_role("button", name="Edit task_001").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Title").fill("Dig deeper")
    rename(plan, "task_002", "Sow", by=UserFactory(username="ben"))
    dialog.get_by_role("button", name="Change the task").click()
    said = "The plan was changed since version 1: task_002 changed (title)."
    expect(dialog.get_by_role("alert")).to_contain_text(said)
    expect(dialog.locator("ins")).to_have_text("Sow")
    expect(dialog.get_by_label("Title")).to_have_value("Dig deeper")
    shoot(page, "chat-conflict")
    dialog.get_by_role("button", name="Change the task, in version 2").click()
    expect(dialog).to_have_count(0)
    expect(first).to_contain_text("Dig deeper")
    expect(page.locator("#task_002")).to_contain_text("Sow")
    assert plan.versions.count() == 3
    without(complaints, 409)


def test_versions_are_compared_and_brought_back_and_the_history_says_who(
    signed_in: Page, server: LiveServer, owner: User, plan: MasterPlan
) -> None:
    page = signed_in
    rename(plan, "task_001", "Dig", by=owner)
    rename(plan, "task_001", HOSTILE, by=owner)
    open_chat(page, server, plan.conversation, show="versions")
    expect(page.locator(".versions li")).to_have_count(3)
    expect(page.locator("#difference del")).to_have_text("Dig")
    expect(page.locator("#difference ins")).to_contain_text("<img src=x onerror=alert(1)>")
    page.get_by_label("From version").select_option("1")
    expect(page.locator("#difference del")).to_have_text("Write file 1")
    shoot(page, "chat-versions")
    page.get_by_role("button", name="Bring version 1 back").click()
    page.get_by_role("dialog").get_by_role("button", name="Bring it back").click()
    expect(page.locator(".versions li")).to_have_count(4)
    expect(page.locator(".versions li").first).to_contain_text("Back to version 1: task_001 changed (title).")
    page.get_by_role("link", name="History").click()
    expect(page.locator(".history li")).to_have_count(3)
    expect(page.locator(".history li").first).to_contain_text("Version 4: Back to version 1")
    expect(page.locator(".history li").first).to_contain_text("ana")
    assert page.url.endswith("show=history")
    page.go_back()
    expect(page.locator(".versions")).to_be_visible()
    assert was_never_reloaded(page)


def test_a_plan_is_rejected_with_a_reason_or_approved(
    signed_in: Page, server: LiveServer, talk: Conversation, plan: MasterPlan
) -> None:
    page = signed_in
    open_chat(page, server, talk)
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.locator("#plan-name")).to_contain_text("Approved")
    expect(page.get_by_role("button", name="Edit")).to_have_count(0)
    expect(page.get_by_role("link", name="Live page")).to_have_attribute("href", f"/plans/{plan.pk}/")
    MasterPlan.objects.filter(pk=plan.pk).update(status="completed")
    second = make_plan(discovery__conversation=talk, project_name="Second")
    with change():
        emit(("conversation", talk.pk), "masterplan_created", {"masterplan_id": str(second.pk)})
    expect(page.get_by_role("heading", name="Second")).to_be_visible()
    page.get_by_role("button", name="Reject…").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("Too large")
    page.get_by_role("button", name="Reject the plan").click()
    expect(page.locator("#plan-part")).to_contain_text("Rejected: Too large")
    assert was_never_reloaded(page)
