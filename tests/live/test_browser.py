"""The pages in a real browser, fed by the log, through the real socket."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from playwright.sync_api import Page, expect
from pytest_django import Settings

from common.actors import SYSTEM
from common.changes import change, emit
from common.transitions import transition
from execution.models import Atom, AtomDependency, DependencyGraph, Run
from execution.services.pausing import pause_now
from execution.services.trying_again import try_again
from integrations.models import JiraExport
from planning.models import MasterPlan
from planning.services.progress import move_task
from planning.states import TaskStatus
from tests.factories import DiscoveryFactory, DiscoveryQuestionFactory, MasterPlanFactory
from tests.live.browsing import BROWSER, live, mark, shoot, was_never_reloaded
from tests.live.building import busy_plan, cut, ordered, readable_plan, started, tell
from tests.live.serving import LiveServer
from tests.planning.jira import configure

pytestmark = BROWSER


def open_plan(page: Page, server: LiveServer, plan: MasterPlan) -> None:
    page.goto(f"{server.url}/plans/{plan.pk}/")
    live(page)
    mark(page)


def buttons(page: Page) -> list[str]:
    return [button.inner_text() for button in page.locator("#actions [data-action]:visible").all()]


def progress(atom: Atom, status: str) -> None:
    tell(atom.plan, "atom_execution_progress", item=str(atom.pk), label=atom.label(), **{"from": "x", "to": status})


def accepted(atom: Atom) -> None:
    tell(
        atom.plan, "atom_execution_complete", atom_id=str(atom.pk), label=atom.label(), accepted=True, attempts=1,
        confidence=0.91,
    )  # fmt: skip


def test_a_person_signs_in_searches_and_asks(
    page: Page, server: LiveServer, owner: User, complaints: list[str]
) -> None:
    owner.set_password("correct horse battery")
    owner.save()
    readable_plan(discovery__conversation__workspace__owner=owner)
    page.goto(f"{server.url}/")
    shoot(page, "login")
    page.get_by_label("User name").fill("ana")
    page.get_by_label("Password").fill("correct horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Task tracker")).to_be_visible()
    shoot(page, "list")
    page.wait_for_load_state()  # keys are heard when the scripts are there
    page.keyboard.press("/")
    page.keyboard.type("nothing like it")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No plan fits.")).to_be_visible()
    page.get_by_label("Your request in plain words").fill("Create a REST API for plants")
    page.get_by_role("button", name="Make a plan").click()
    expect(page.get_by_role("heading", name="New project")).to_be_visible()
    live(page)


def test_questions_are_asked_when_they_come_and_a_plan_is_gone_to(
    signed_in: Page, server: LiveServer, owner: User
) -> None:
    discovery = DiscoveryFactory(conversation__workspace__owner=owner)
    signed_in.goto(f"{server.url}/discoveries/{discovery.pk}/")
    live(signed_in)
    expect(signed_in.get_by_text("Reading the request")).to_be_visible()
    DiscoveryQuestionFactory(discovery=discovery, key="roles", question="Who uses it, <b>really</b>?")
    transition(discovery, "awaiting_answers", actor=SYSTEM)
    signed_in.get_by_label("Who uses it, <b>really</b>?").fill("Gardeners")
    shoot(signed_in, "questions")
    signed_in.get_by_role("button", name="Answer and go on").click()
    expect(signed_in.get_by_text("Answer and go on")).to_have_count(0)
    assert discovery.questions.get().answer == "Gardeners"
    plan = MasterPlanFactory(discovery=discovery)
    emit(("conversation", discovery.conversation_id), "masterplan_created", {"masterplan_id": str(plan.pk)})
    signed_in.wait_for_url(f"**/plans/{plan.pk}/")
    live(signed_in)


def test_a_plan_is_followed_from_draft_to_finished_without_a_reload(
    signed_in: Page, server: LiveServer, owner: User
) -> None:
    page = signed_in
    plan = readable_plan(tasks=8, discovery__conversation__workspace__owner=owner)
    open_plan(page, server, plan)
    expect(page.locator("#waiting")).to_contain_text("Waits for your approval")
    assert buttons(page) == ["Approve and build", "Approve", "Cancel…"]
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.locator("#status")).to_have_text("Approved")
    assert buttons(page) == ["Build", "Cancel…"]
    plan.refresh_from_db()
    with change():
        transition(plan, "in_progress", actor=SYSTEM)
        run = Run.objects.create(plan=plan, mode="v2_atoms")
        tell(plan, "masterplan_execution_start", run_id=str(run.pk), mode=run.mode, tasks=8, workspace_path="")
    expect(page.locator("#stages [aria-current]")).to_contain_text("Draft")
    assert buttons(page) == ["Pause", "Cancel…"]
    task = plan.tasks.order_by("number")[0]
    tell(plan, "code_generation_progress", task=task.short_id, title=task.title, done=3, total=8, lines=9, success=True)
    expect(page.locator("#stages [aria-current]")).to_contain_text("3 of 8")
    atoms = cut(plan, atoms=40)
    tell(plan, "atomization_complete", atoms=40, tasks=8)
    expect(page.locator("#waves .cell")).to_have_count(40)
    waves = ordered(plan, atoms, waves=2)
    tell(plan, "dependency_graph_ready", graph_id="", atoms=40, edges=60, waves=2, broken_edges=0)
    expect(page.locator(".wave")).to_have_count(2)
    tell(plan, "wave_execution_start", wave_id="", wave_number=1, total_waves=2, total_atoms=24, round=1)
    expect(page.locator("#wave-1")).to_contain_text("round 1")
    members = list(waves[0].members.order_by("number"))
    for atom in members:
        progress(atom, "running")
    expect(page.locator("#wave-1 .c-running")).to_have_count(len(members))
    for atom in members:
        accepted(atom)
    expect(page.locator("#wave-1 .c-accepted")).to_have_count(len(members))
    expect(page.locator("#wave-1")).to_contain_text(f"{len(members)} of {len(members)} accepted")
    tell(plan, "cost_updated", spent="12.5", reserved="0", estimated="20", calls=9, tokens_in=1000, tokens_out=500,
         cache_share=0.5, soft_limit="50", hard_limit="100")  # fmt: skip
    expect(page.locator("#cost")).to_contain_text("$12.50")
    transition(task, "in_progress", actor=SYSTEM)
    expect(page.locator(f"#{task.short_id}")).to_contain_text("In progress")
    tell(plan, "acceptance_test_result", test_id="t", requirement="It runs", priority="must", passed=True, error="")
    tell(plan, "gate_validation_result", wave=2, passed=True, must_rate=1, should_rate=None, reason="All MUST pass.")
    expect(page.locator("#tests")).to_contain_text("✓ Gate passed")
    report = {
        "summary": "It runs.",
        "built": {"files": 3, "lines": 40},
        "tests": {"ran": True, "passed": 5, "failed": 0},
    }
    Run.objects.filter(pk=run.pk).update(report=report, status="completed", stage="finished")
    with change():
        transition(plan, "completed", actor=SYSTEM)
        tell(plan, "complete", totals={}, precision=1, duration=5, cost="12.5", workspace_path="")
    expect(page.locator("#finished")).to_contain_text("It runs.")
    expect(page.get_by_role("link", name="Download the project")).to_be_visible()
    assert buttons(page) == []
    assert was_never_reloaded(page)


def test_a_plan_under_way_is_shown_as_it_is_and_atoms_are_opened_by_keyboard(
    signed_in: Page, server: LiveServer, owner: User
) -> None:
    page = signed_in
    plan = busy_plan(owner)
    open_plan(page, server, plan)
    expect(page.locator("#waves .cell")).to_have_count(300)
    expect(page.locator("#reviews")).to_contain_text("1 atom waits for a person")
    shoot(page, "plan")
    cells = page.locator("#wave-5 .cell")
    cells.first.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_contain_text("part_")
    expect(page.locator("#panel")).to_contain_text("Needs a decision")
    assert "atom=" in page.url
    shoot(page, "panel")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(cells.nth(8)).to_be_focused()
    page.locator("#legend [data-state=decision]").click()
    assert "atoms=decision" in page.url
    expect(page.locator("#waves")).to_have_class("only only-decision")
    page.locator("#tree-filter [data-state=in_progress]").click()
    assert "tasks=in_progress" in page.url
    expect(page.locator("#tree .task:visible")).to_have_count(7)


def test_graph_and_timeline_are_looked_at_walked_through_and_linked_to(
    signed_in: Page, server: LiveServer, owner: User
) -> None:
    page = signed_in
    plan = busy_plan(owner, atoms=100)
    edges(plan)
    page.goto(f"{server.url}/plans/{plan.pk}/?view=graph")
    live(page)
    mark(page)
    canvas = page.locator("#graph canvas").last
    expect(canvas).to_have_attribute("data-drawn", "100")
    expect(page.locator("#graph-said")).to_contain_text("100 atoms, 90 edges, 8 waves")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    first = canvas.get_attribute("data-chosen")
    page.keyboard.press("ArrowRight")
    expect(canvas).not_to_have_attribute("data-chosen", first or "")
    shoot(page, "graph")
    chosen = canvas.get_attribute("data-chosen")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_contain_text("part_")
    assert f"atom={chosen}" in page.url
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Timeline", exact=True).click()
    assert "view=timeline" in page.url
    expect(page.get_by_role("button", name="Wave 1, completed, 1 round")).to_be_visible()
    width = page.locator(".tl-body").evaluate("element => element.clientWidth")
    page.get_by_role("button", name="Shorter stretch of time").click()
    assert page.locator(".tl-body").evaluate("element => element.clientWidth") > width
    shoot(page, "timeline")
    page.locator(".tl-task button").first.click()
    expect(page.locator("#panel h2")).to_have_text("Models of tasks")
    expect(page.locator("#panel")).to_contain_text("task_002 Schemas of tasks")
    assert "task=" in page.url
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Wave 4, completed").click()
    expect(page.locator("#wave-4.pointed-at")).to_be_visible()
    assert was_never_reloaded(page)


def edges(plan: MasterPlan) -> None:
    """Each atom of the later waves needs one of the wave before."""
    graph = DependencyGraph.objects.get(plan=plan)
    members = list(Atom.objects.filter(memberships__graph=graph).order_by("number"))
    AtomDependency.objects.bulk_create(
        AtomDependency(graph=graph, source=members[number // 2], target=atom, type="control", broken=number == 99)
        for number, atom in enumerate(members)
        if number >= 10
    )


def test_what_happened_while_the_line_was_cut_is_caught_up(
    signed_in: Page, server: LiveServer, owner: User, complaints: list[str]
) -> None:
    page = signed_in
    plan = busy_plan(owner, atoms=100)
    open_plan(page, server, plan)
    before = page.locator("#log li").count()
    server.stop()
    expect(page.locator("#connection")).to_have_attribute("data-state", "lost")
    expect(page.locator("#connection")).to_contain_text("Not live")
    waiting = list(Atom.objects.filter(plan=plan, status="pending").order_by("number")[:5])
    for atom in waiting:
        progress(atom, "running")
    server.start()
    expect(page.locator("#connection")).to_have_attribute("data-state", "live", timeout=30_000)
    for atom in waiting:
        expect(page.locator(f"[data-atom='{atom.pk}']").first).to_have_class("cell c-running")
    expect(page.locator("#log li")).to_have_count(before + 5)
    numbers = [int(line.get_attribute("data-seq") or 0) for line in page.locator("#log li").all()]
    assert numbers == sorted(set(numbers), reverse=True)
    assert was_never_reloaded(page)
    # Chromium itself tells of the sockets that it could not open, which is what was wanted here.
    complaints[:] = [text for text in complaints if "WebSocket connection to" not in text]


def test_a_laptop_that_slept_catches_up_on_a_new_line(signed_in: Page, server: LiveServer, owner: User) -> None:
    page = signed_in
    plan = busy_plan(owner, atoms=100)
    page.clock.install()
    open_plan(page, server, plan)
    page.evaluate(
        "const Line = WebSocket; WebSocket = class extends Line"
        " { constructor(...a) { super(...a); document.body.dataset.line = 'anew'; } }; 0"
    )
    page.clock.fast_forward("30:00")  # as a lid that was closed for half an hour
    expect(page.locator("body[data-line=anew]")).to_have_count(1)
    live(page)
    atom = plan.atoms.filter(status="pending").first()
    assert atom is not None
    progress(atom, "running")
    expect(page.locator(f"[data-atom='{atom.pk}']").first).to_have_class("cell c-running")
    assert was_never_reloaded(page)


def test_a_plan_deleted_while_watched_says_so_and_keeps_what_was_seen(
    signed_in: Page, server: LiveServer, owner: User
) -> None:
    page = signed_in
    plan = busy_plan(owner, atoms=100)
    open_plan(page, server, plan)
    plan.delete()
    expect(page.locator("#connection")).to_have_attribute("data-state", "gone")
    expect(page.locator("#ended")).to_contain_text("What you see is how it was last.")
    expect(page.locator("#waves .cell")).to_have_count(100)
    assert was_never_reloaded(page)


def test_who_looks_elsewhere_is_told_that_a_person_is_needed(signed_in: Page, server: LiveServer, owner: User) -> None:
    page = signed_in
    page.context.grant_permissions(["notifications"], origin=server.url)
    page.add_init_script(
        "document.hasFocus = () => false;"
        "window.Notification = class extends EventTarget { static permission = 'granted';"
        " static requestPermission = async () => 'granted';"
        " constructor(title, more) { super(); document.body.dataset.told = `${title}: ${more.body}`; } close() {} }"
    )
    plan = readable_plan(tasks=8, discovery__conversation__workspace__owner=owner)
    run = started(plan)
    cut(plan, atoms=4)
    open_plan(page, server, plan)
    notify = page.get_by_role("button", name="Notify me")
    notify.click()
    expect(notify).to_have_attribute("aria-pressed", "true")
    pause_now(run, reason="cost_limit", detail="100 of 100 dollars are spent.", actor=SYSTEM)
    expect(page).to_have_title("(!) Task tracker · DevMatrix")
    expect(page.locator("body")).to_have_attribute("data-told", "Task tracker is paused: 100 of 100 dollars are spent.")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#ask")).to_contain_text("Accepted work is never repeated.")
    page.get_by_role("button", name="Go on").click()
    expect(page).to_have_title("Task tracker · DevMatrix")


def test_a_failure_is_decided_and_a_plan_is_cancelled_after_a_question(
    signed_in: Page, server: LiveServer, owner: User
) -> None:
    page = signed_in
    plan = busy_plan(owner, atoms=100)
    open_plan(page, server, plan)
    page.get_by_role("button", name="Do this").first.click()
    expect(page.locator("#ask")).to_contain_text("It becomes the hint of one more attempt.")
    expect(page.locator("#ask")).to_contain_text("for 1 call to a model; 3 attempts left.")
    shoot(page, "ask")
    page.get_by_role("button", name="Do this, about").click()
    expect(page.locator("#failures")).to_contain_text("All decided")
    expect(page.locator("#waves .c-decision")).to_have_count(0)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Pause it").click()
    expect(page.locator("#status")).to_have_text("Pausing")
    page.get_by_role("button", name="Cancel…").click()
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("#status")).to_have_text("Pausing")
    page.get_by_role("button", name="Cancel…").click()
    page.get_by_label("Reason (may be left out)").fill("Too <b>dear</b>")
    page.get_by_role("button", name="Cancel it").click()
    expect(page.locator("#status")).to_have_text("Cancelled")
    expect(page.locator("#waiting")).to_contain_text("Too <b>dear</b>")
    assert buttons(page) == []
    assert was_never_reloaded(page)


def test_a_failed_task_is_tried_again_or_left_out_after_a_question(
    signed_in: Page, server: LiveServer, owner: User
) -> None:
    page = signed_in
    plan = readable_plan(tasks=8, discovery__conversation__workspace__owner=owner)
    run = started(plan)
    tasks = list(plan.tasks.order_by("number"))
    open_plan(page, server, plan)
    for task in (tasks[0], tasks[6]):
        move_task(move_task(task, TaskStatus.IN_PROGRESS, actor=SYSTEM), TaskStatus.FAILED, actor=SYSTEM, reason="No.")
    pause_now(run, reason="pending_decision", detail="No code could be made.", actor=SYSTEM)
    expect(page.locator(".task-failed")).to_have_count(2)
    expect(page.locator(f"#{tasks[0].short_id} .task-failed")).to_contain_text("No.")
    page.locator(f"#{tasks[0].short_id}").get_by_role("button", name="Retry…").click()
    page.get_by_role("button", name="Try again, about").click()
    expect(page.locator(".task-failed")).to_have_count(1)
    skip = page.locator(f"#{tasks[6].short_id}").get_by_role("button", name="Skip…")
    skip.click()
    expect(page.locator("#ask li")).to_have_text([tasks[6].label(), tasks[7].label()])
    page.get_by_role("button", name="Keep it").click()
    expect(skip).to_be_enabled()
    skip.click()
    page.get_by_role("button", name="Leave it out").click()
    expect(page.locator(".task.t-skipped")).to_have_count(2)
    assert was_never_reloaded(page)


def test_a_completed_plan_shows_its_small_run(signed_in: Page, server: LiveServer, owner: User) -> None:
    page = signed_in
    plan = readable_plan(tasks=8, discovery__conversation__workspace__owner=owner)
    run = started(plan)
    atom = cut(plan, atoms=1)[0]
    Atom.objects.update(status="accepted", accepted=F("current"), attempts=1)
    Run.objects.filter(pk=run.pk).update(status="completed", stage="finished")
    plan.__class__.objects.filter(pk=plan.pk).update(status="completed", progress_percent=100)
    open_plan(page, server, plan)
    assert buttons(page) == []
    try_again(atom=atom, hint="shorter", actor=SYSTEM)
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator("#status")).to_have_text("Completed")
    expect(page.locator(".stage-now")).to_contain_text("Waves")
    pause_now(Run.objects.exclude(pk=run.pk).get(), reason="pending_decision", detail="Say how.", actor=SYSTEM)
    expect(page.locator("#waiting")).to_contain_text("Say how.")
    assert buttons(page) == ["Resume", "Cancel…"]
    page.get_by_role("link", name="Earlier states…").click()
    expect(page.get_by_role("heading", name="Earlier states of the build")).to_be_visible()
    expect(page.get_by_role("button", name="Go on from here…").first).to_be_visible()


def test_a_paused_plan_says_why_it_waits(signed_in: Page, server: LiveServer, owner: User) -> None:
    plan = busy_plan(owner, atoms=100)
    open_plan(signed_in, server, plan)
    export = signed_in.locator("#export")
    expect(export).to_be_hidden()
    pause_now(Run.objects.get(plan=plan), reason="cost_limit", detail="100 of 100 dollars are spent.", actor=SYSTEM)
    waiting = signed_in.locator("#waiting")
    expect(waiting).to_contain_text("Paused at the cost limit")
    expect(waiting).to_contain_text("100 of 100 dollars are spent.")
    expect(waiting).to_contain_text("Staff raise the plan's limit, then resume.")
    assert buttons(signed_in) == ["Resume", "Cancel…"]
    with signed_in.expect_download() as download:
        export.click()
    assert download.value.suggested_filename == f"task-tracker-{plan.pk}.json"
    with signed_in.expect_download() as download:
        signed_in.get_by_role("link", name="Jira CSV").click()
    assert download.value.suggested_filename == "task-tracker-jira.csv"
    expect(signed_in.locator("#to-jira")).to_have_count(0)  # no settings for it


def test_a_plan_is_brought_to_jira_from_its_page(
    signed_in: Page, server: LiveServer, owner: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []
    monkeypatch.setattr("planning.dispatch.export_to_jira", sent.append)
    configure(settings, base_url="https://jira.example")
    plan = readable_plan(tasks=8, discovery__conversation__workspace__owner=owner)
    open_plan(signed_in, server, plan)
    signed_in.get_by_role("button", name="To Jira…").click()
    signed_in.get_by_role("button", name="Export", exact=True).click()
    expect(signed_in.locator("#ask")).to_be_hidden()
    assert sent == [plan.pk]
    assert JiraExport.objects.get(plan_id=plan.pk).asked_by == "ana"
    tell(plan, "jira_export_complete", created=9, updated=0, failed=0, board_url="https://jira.example/browse/SHOP")
    expect(signed_in.locator("#log")).to_contain_text("In Jira: 9 made, 0 changed, 0 failed. https://jira.example")


def test_a_refusal_is_said_in_words(signed_in: Page, server: LiveServer, owner: User, complaints: list[str]) -> None:
    plan = readable_plan(tasks=8, discovery__conversation__workspace__owner=owner)
    open_plan(signed_in, server, plan)
    signed_in.evaluate("document.querySelector('[data-action=pause]').hidden = false")
    signed_in.get_by_role("button", name="Pause").click()
    signed_in.get_by_role("button", name="Pause it").click()
    expect(signed_in.locator("#ask [role=alert]")).to_contain_text("is draft and cannot become paused")
    signed_in.get_by_role("button", name="Not now").click()
    expect(signed_in.locator("#ask")).to_be_hidden()
    # Chromium tells of the 409 itself.
    complaints[:] = [text for text in complaints if "409" not in text]


def test_a_session_that_ended_is_said_plainly(
    signed_in: Page, server: LiveServer, owner: User, complaints: list[str]
) -> None:
    plan = readable_plan(tasks=8, discovery__conversation__workspace__owner=owner)
    open_plan(signed_in, server, plan)
    signed_in.context.clear_cookies()
    signed_in.evaluate("dispatchEvent(new Event('offline'))")
    expect(signed_in.locator("#connection")).to_contain_text("signed out", timeout=15_000)


def test_the_documentation_of_the_api_is_read_under_the_policy(signed_in: Page, server: LiveServer) -> None:
    signed_in.goto(f"{server.url}/api/docs/")
    expect(signed_in.get_by_role("heading", name="DevMatrix")).to_be_visible()
    expect(signed_in.get_by_text("/api/v1/masterplans/").first).to_be_visible()
