"""Two thousand atoms on the live page; ``ATOMS=10000 pytest -n0 -s`` on this file tells figures of as many.

What makes a page of thousands stutter is work that grows with all of them: elements made anew, cells touched that did
not change, a picture fetched again. That is what is asserted; times are only told, since they are the machine's.
"""

from __future__ import annotations

import os
import sys
import time

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from common.changes import change
from execution.models import Atom, AtomDependency, DependencyGraph, Run
from planning.models import MasterPlan
from tests.live.browsing import BROWSER, live, mark, was_never_reloaded
from tests.live.building import cut, halfway, ordered, readable_plan, started, tell
from tests.live.serving import LiveServer

pytestmark = [*BROWSER, pytest.mark.slow, pytest.mark.timeout(600)]

ATOMS = int(os.environ.get("ATOMS", "2000"))
CHANGED = 300
MINUTE = 60_000
WATCH = """() => {
  for (const cell of document.querySelectorAll('#waves .cell')) cell.seen = true;
  window.touched = 0;
  new MutationObserver((changes) => (window.touched += changes.filter((one) => one.attributeName === 'class').length))
    .observe(document.querySelector('#waves'), { attributes: true, subtree: true });
  window.frames = [];
  let before = performance.now();
  const measure = (now) => (window.frames.push(now - before), (before = now), requestAnimationFrame(measure));
  requestAnimationFrame(measure);
}"""
TAKE = """() => {
  const frames = window.frames.splice(0).sort((a, b) => a - b);
  const at = (share) => Math.round(frames[Math.min(frames.length - 1, Math.floor(frames.length * share))]);
  return { frames: frames.length, median: at(0.5), p95: at(0.95), longest: at(1) };
}"""
KEPT = "[...document.querySelectorAll('#waves .cell')].filter((cell) => cell.seen).length"


def large_plan(owner: User) -> tuple[MasterPlan, list[Atom]]:
    plan = readable_plan(tasks=80, discovery__conversation__workspace__owner=owner)
    run = started(plan)
    atoms = cut(plan, atoms=ATOMS)
    halfway(plan, ordered(plan, atoms, waves=12))
    Run.objects.filter(pk=run.pk).update(stage="waves")
    graph = DependencyGraph.objects.get(plan=plan)
    kinds = ("control", "data", "import")
    AtomDependency.objects.bulk_create(
        (
            AtomDependency(graph=graph, source=atoms[(7 * at + 13 * turn) % (at // 2)], target=atom, type=kind)
            for at, atom in enumerate(atoms)
            if at >= 20
            for turn, kind in enumerate(kinds)
        ),
        batch_size=2000,
    )
    return plan, atoms


def told(page: Page, what: str) -> None:
    sys.stdout.write(f"{what}: {page.evaluate(TAKE)}\n")


def test_thousands_of_atoms_are_watched_drawn_and_moved_about(signed_in: Page, server: LiveServer, owner: User) -> None:
    page = signed_in
    plan, atoms = large_plan(owner)
    layouts: list[str] = []
    page.on("request", lambda sent: layouts.append(sent.url) if "/graphs/" in sent.url else None)
    begun = time.monotonic()
    page.goto(f"{server.url}/plans/{plan.pk}/")
    expect(page.locator("#waves .cell")).to_have_count(ATOMS, timeout=MINUTE)
    live(page)
    sys.stdout.write(f"{ATOMS} atoms, loaded and live after {time.monotonic() - begun:.2f} s\n")
    mark(page)
    page.evaluate(WATCH)
    changed = [atom for atom in atoms if atom.status == "pending"][-CHANGED:]
    with change():
        for atom in changed:
            tell(
                plan,
                "atom_execution_progress",
                item=str(atom.pk),
                label=atom.label(),
                **{"from": "x", "to": "retrying"},
            )
    expect(page.locator("#legend [data-state=retrying]")).to_contain_text(f"{CHANGED + 1} to be tried", timeout=MINUTE)
    told(page, f"{CHANGED} changes at once")
    assert page.evaluate(KEPT) == ATOMS, "no cell was made anew"
    assert page.evaluate("window.touched") <= CHANGED, "only what changed was touched"

    page.get_by_role("button", name="Graph", exact=True).click()
    canvas = page.locator("#graph canvas").last
    expect(canvas).to_have_attribute("data-drawn", str(ATOMS), timeout=MINUTE)
    told(page, "graph opened")
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(30):
        page.mouse.move(x + 12 * (step % 10), y + 9 * (step % 7))
    page.mouse.up()
    told(page, "moved about")
    page.keyboard.down("Control")
    for _ in range(10):
        page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    told(page, "zoomed")
    with change():
        for atom in changed:
            tell(
                plan, "atom_execution_progress", item=str(atom.pk), label=atom.label(), **{"from": "x", "to": "running"}
            )
    expect(page.locator("#legend [data-state=running]")).to_contain_text(f"{CHANGED + 5} being", timeout=MINUTE)
    told(page, f"{CHANGED} changes on the graph")
    canvas.focus()
    page.keyboard.press("0")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_contain_text("part_")
    assert len(layouts) == 1, "places come from the server once"
    assert page.locator("#log li").count() <= 300
    assert was_never_reloaded(page)
