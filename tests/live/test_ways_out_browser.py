"""What people do about what went wrong, on the live page: ways out of a failure, a gate that staff lets pass."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from common.actors import SYSTEM
from execution.gates.gates import GATE_FAILED
from execution.models import Atom, FailureAnalysis, GateResult, Run
from execution.services.decisions import EditOutcome
from execution.services.pausing import pause_now
from execution.waves.standing import standing_of
from integrations.llm.shapes import Diagnostic
from planning.models import MasterPlan
from planning.services.progress import move_task
from planning.states import TaskStatus
from tests.factories import StaffFactory
from tests.live.browsing import BROWSER, live, mark, shoot, was_never_reloaded
from tests.live.building import busy_plan, proposal, readable_plan, started
from tests.live.conftest import sign_in
from tests.live.serving import LiveServer

pytestmark = BROWSER

MESSAGE = '"Order" <is> unknown.'


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The check of the whole project, which takes seconds, is not what is looked at here: it refuses what says so."""
    given: list[str] = []

    def edit_atom(*, atom_id: uuid.UUID, code: str, **_: Any) -> EditOutcome:
        given.append(code)
        atom = Atom.objects.get(pk=atom_id)
        line = standing_of(atom).start_line
        found = Diagnostic(path=atom.path, line=line, layer="types", code="name-defined", message=MESSAGE)
        return EditOutcome("wrong" not in code, [found] if "wrong" in code else [])

    monkeypatch.setattr("execution.drafts.by_hand.edit_atom", edit_atom)
    return given


def opened(page: Page, server: LiveServer, plan: MasterPlan) -> None:
    page.goto(f"{server.url}/plans/{plan.pk}/")
    live(page)
    mark(page)


def test_code_is_written_by_hand_and_a_refusal_keeps_it(
    signed_in: Page, server: LiveServer, owner: User, checked: list[str], complaints: list[str]
) -> None:
    page = signed_in
    plan = busy_plan(owner, tasks=8, atoms=100)
    opened(page, server, plan)
    shoot(page, "failures")
    write = page.get_by_role("button", name="Write app/")
    write.click()
    atom = Atom.objects.get(awaiting_decision=True)
    begins = standing_of(atom).start_line
    assert begins > 1, "lines are counted as in its file"
    editor, code = page.locator("#ask .cm-content"), page.locator("#ask-code")
    expect(editor).to_be_focused()
    expect(editor).to_have_accessible_name(f"Code in {atom.path}")
    expect(page.locator("#ask .cm-lineNumbers")).to_contain_text(str(begins))
    expect(page.locator("#ask .tok-keyword").first).to_have_text("def")
    assert atom.current is not None
    expect(code).to_have_value(atom.current.text)
    editor.fill("")
    editor.press("Control+Enter")
    refusal = page.locator("#ask [role=alert]")
    expect(refusal).to_have_text(f"Code in {atom.path} is empty.")
    editor.fill("wrong = 1\n")
    editor.press("Escape")
    expect(page.locator("#ask")).to_be_visible()
    editor.press("Tab")
    expect(page.get_by_label("Why (may be left out)")).to_be_focused()
    page.get_by_role("button", name="Check and use it").click()
    expect(refusal).to_contain_text("the project is not sound with it")
    expect(refusal).to_contain_text(f"{atom.path}:{begins} {MESSAGE}")
    expect(page.locator("#ask .cm-lint-marker-error")).to_have_count(1)
    expect(editor.locator(".cm-line").first.locator(".cm-lintRange-error")).to_have_text("wrong = 1")
    expect(code).to_have_value("wrong = 1\n")
    shoot(page, "fix-refused")
    page.get_by_role("button", name="Not now").click()
    write.click()
    expect(editor).to_be_focused()
    expect(code).to_have_value("wrong = 1\n")
    editor.fill("right = 1\n")
    page.get_by_label("Why (may be left out)").fill("Shorter.")
    page.get_by_role("button", name="Check and use it").click()
    expect(page.locator("#failures")).to_contain_text("All decided")
    page.get_by_text("1 decided").click()
    expect(page.locator("#failures")).to_contain_text("Chosen: code written by hand, by ana")
    assert checked == ["wrong = 1\n", "right = 1\n"]
    assert was_never_reloaded(page)
    # Chromium tells of the 400 itself.
    complaints[:] = [text for text in complaints if "400" not in text]


def test_a_failure_is_paused_for_then_its_task_left_out_and_a_second_choice_refused(
    signed_in: Page, server: LiveServer, owner: User, complaints: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = signed_in
    plan = busy_plan(owner, atoms=100)
    monkeypatch.setattr("execution.projection.project_workspace", lambda plan, wave: None)  # it has no workspace
    opened(page, server, plan)
    page.get_by_role("button", name="Pause the build before deciding").click()
    page.get_by_label("Why (may be left out)").fill("To look.")
    page.get_by_role("button", name="Pause it").click()
    expect(page.locator("#status")).to_have_text("Pausing")
    expect(page.locator("#failures")).to_contain_text("1 open")
    page.get_by_role("button", name="Leave the task of").click()
    left_out = page.locator("#ask li")
    expect(left_out.first).to_contain_text("task_")
    page.get_by_role("button", name="Keep it").click()
    assert FailureAnalysis.objects.get().choice is None
    page.get_by_role("button", name="Leave the task of").click()
    expect(left_out.first).to_contain_text("task_")
    FailureAnalysis.objects.update(choice={"action": "fix", "by": "bea"})  # somebody else was faster
    page.get_by_role("button", name="Leave it out").click()
    expect(page.locator("#ask [role=alert]")).to_contain_text("A choice was made for this failure already.")
    FailureAnalysis.objects.update(choice=None)
    page.get_by_role("button", name="Leave it out").click()
    expect(page.locator("#ask")).to_be_hidden()
    expect(page.locator("#failures")).to_contain_text("All decided")
    page.get_by_text("1 decided").click()
    expect(page.locator("#failures")).to_contain_text("Chosen: its task left out, by ana")
    expect(page.locator(".task.t-skipped").first).to_be_visible()
    assert was_never_reloaded(page)
    complaints[:] = [text for text in complaints if "409" not in text]


def test_a_new_task_that_names_no_file_is_asked_for_one(
    signed_in: Page, server: LiveServer, owner: User, complaints: list[str]
) -> None:
    page = signed_in
    plan = busy_plan(owner, tasks=8, atoms=100)
    new_task = proposal("Make a prices module", "create_dependency_task", "It has Decimal prices.", probability=0.9)
    FailureAnalysis.objects.update(proposals=[new_task])
    opened(page, server, plan)
    page.get_by_role("button", name="Do this: Make a prices module").click()
    file = page.get_by_label("File that the new task writes")
    expect(file).to_have_js_property("required", True)
    file.fill("../outside.py")
    page.get_by_role("button", name="Do this, about").click()
    expect(page.locator("#ask [role=alert]")).to_contain_text("outside.py")
    page.get_by_role("button", name="Not now").click()
    expect(page.locator("#failures")).to_contain_text("1 open")
    complaints[:] = [text for text in complaints if "400" not in text]


@pytest.mark.parametrize("stopped", [TaskStatus.FAILED, TaskStatus.BLOCKED])
def test_a_task_without_code_is_written_by_hand(
    signed_in: Page, server: LiveServer, owner: User, complaints: list[str], stopped: TaskStatus
) -> None:
    page = signed_in
    plan = readable_plan(tasks=8, discovery__conversation__workspace__owner=owner)
    run = started(plan)
    task = plan.tasks.order_by("number")[0]
    move_task(move_task(task, TaskStatus.IN_PROGRESS, actor=SYSTEM), stopped, actor=SYSTEM, reason="No.")
    pause_now(run, reason="pending_decision", detail="No code could be made.", actor=SYSTEM)
    opened(page, server, plan)
    page.get_by_role("button", name="Write it…").click()
    editor, text = page.locator("#ask .cm-content"), page.locator("#ask-file-0")
    expect(editor).to_have_accessible_name(task.target_files[0])
    code = 'def name_1() -> None:\n    """What others use."""\n'
    editor.fill("def broken(:\n")
    page.get_by_role("button", name="Check and use it").click()
    expect(page.locator("#ask [role=alert]")).to_contain_text(task.target_files[0])
    expect(text).to_have_value("def broken(:\n")
    editor.fill(code)
    page.get_by_role("button", name="Check and use it").click()
    expect(page.locator("#ask")).to_be_hidden()
    expect(page.locator(f"#{task.short_id}")).to_contain_text("In progress")
    task.refresh_from_db()
    assert task.draft == [{"path": task.target_files[0], "text": code}]
    complaints[:] = [text for text in complaints if "400" not in text]


def test_staff_let_a_failed_gate_pass_with_a_reason_and_raise_the_limit(
    page: Page, server: LiveServer, owner: User, complaints: list[str]
) -> None:
    plan = busy_plan(owner, tasks=8, atoms=100)
    row = {
        "test": str(uuid.uuid4()),
        "requirement": "Others are <kept> out",
        "priority": "must",
        "node_id": "",
        "error": "",
    }
    GateResult.objects.filter(plan=plan).update(failing=[row])
    pause_now(Run.objects.get(plan=plan), reason=GATE_FAILED, detail="2 of 3 MUST tests pass.", actor=SYSTEM)
    sign_in(page, server, owner)
    opened(page, server, plan)
    expect(page.locator("#waiting")).to_contain_text("let staff override the gate")
    expect(page.get_by_role("button", name="Override the gate…")).to_have_count(0)
    sign_in(page, server, StaffFactory(username="rita"))
    opened(page, server, plan)
    shoot(page, "gate-failed")
    page.locator("#waiting").get_by_role("button", name="Override the gate…").click()
    expect(page.locator("#ask li")).to_have_text("Others are <kept> out")
    reason = page.get_by_label("Why the plan may go on (kept with your name)")
    page.get_by_role("button", name="Override it and go on").click()
    assert reason.evaluate("field => field.validity.valueMissing"), "it cannot be left out"
    shoot(page, "override")
    reason.fill("   ")
    page.get_by_role("button", name="Override it and go on").click()
    expect(page.locator("#ask [role=alert]")).to_contain_text("reason")
    reason.fill("Known, and mended in the next version.")
    page.get_by_role("button", name="Override it and go on").click()
    expect(page.locator("#status")).to_have_text("In progress")
    expect(page.locator("#tests")).to_contain_text("By rita: Known, and mended in the next version.")
    expect(page.locator("#tests .gate")).to_have_count(1)
    expect(page.get_by_role("button", name="Override the gate…")).to_have_count(0)
    page.get_by_role("button", name="Raise the limit…").click()
    page.get_by_label("Stops at, in dollars").fill("0")
    page.get_by_role("button", name="Set the limits").click()
    expect(page.locator("#ask [role=alert]")).not_to_be_empty()
    page.get_by_label("Stops at, in dollars").fill("250")
    page.get_by_role("button", name="Set the limits").click()
    expect(page.locator("#cost")).to_contain_text("$250.00")
    assert was_never_reloaded(page)
    complaints[:] = [text for text in complaints if "400" not in text]
