// Phases, milestones and tasks. Built once; after that only what changed is touched.

import { fromAddress, keepInAddress } from "../address";
import { bdi, byId, h, pill, setText } from "../dom";
import type { PlanStore } from "./store";
import type { Milestone, Phase, Task } from "./types";
import { ITEM_GLYPHS, human } from "./words";

const marks = new Map<string, HTMLElement>();
let only = fromAddress("tasks");

let mayChoose = false;

export function buildTree(store: PlanStore, may: boolean): void {
  mayChoose = may;
  marks.clear();
  const before = new Map([...document.querySelectorAll<HTMLDetailsElement>(".phase")].map((one) => [one.dataset.phase, one.open]));
  const phases = store.document.phases.map((phase) => phaseOf(phase));
  for (const phase of phases) phase.open = before.get(phase.dataset.phase) ?? phase.open;
  byId("tree").replaceChildren(
    ...(phases.length ? phases : [h("p", { class: "empty" }, "This plan has no phases.")]),
  );
  countTasks(store);
  filter(store);
}

export function drawTree(store: PlanStore): void {
  for (const id of store.changedItems) {
    const mark = marks.get(id);
    const task = store.tasks.get(id);
    const item = store.milestones.get(id) ?? store.phases.get(id);
    if (mark && item) mark.replaceChildren(...markOf(item.status));
    if (mark && task) mark.closest(".task")?.replaceWith(taskOf(task));
  }
  store.changedItems.clear();
  countTasks(store);
  filter(store);
}

/** Filter by state, kept in the address. */
export function listenToTree(store: PlanStore): void {
  byId("tree-filter").addEventListener("click", (event) => {
    const state = (event.target as HTMLElement).closest<HTMLElement>("[data-state]")?.dataset.state;
    if (state === undefined) return;
    only = state === only ? "" : state;
    keepInAddress("tasks", only);
    filter(store);
  });
}

function filter(store: PlanStore): void {
  const counts = new Map<string, number>();
  for (const task of store.tasks.values()) counts.set(task.status, (counts.get(task.status) ?? 0) + 1);
  if (only && !(only in ITEM_GLYPHS)) only = "";
  const place = byId("tree-filter");
  const states = Object.keys(ITEM_GLYPHS).filter((state) => counts.has(state) || state === only);
  place.hidden = states.length < 2 && !only;
  const key = JSON.stringify([only, states.map((state) => counts.get(state))]) + states.join();
  if (place.dataset.key !== key) {
    place.dataset.key = key;
    const focused = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>("#tree-filter [data-state]")?.dataset.state;
    place.replaceChildren(
      ...states.map((state) =>
        h("button", { type: "button", "data-state": state, "aria-pressed": String(state === only) }, pill(state, ITEM_GLYPHS[state]!), h("span", {}, `${counts.get(state) ?? 0} ${human(state).toLowerCase()}`)),
      ),
    );
    if (focused) place.querySelector<HTMLElement>(`[data-state="${focused}"]`)?.focus();
  }
  for (const group of document.querySelectorAll<HTMLElement>("#tree .phase, #tree .milestone")) {
    group.hidden = only !== "" && !group.querySelector(`.t-${CSS.escape(only)}`);
    if (only && group instanceof HTMLDetailsElement && !group.hidden) group.open = true;
  }
  for (const task of document.querySelectorAll<HTMLElement>("#tree .task")) task.hidden = only !== "" && !task.classList.contains(`t-${only}`);
}

function countTasks(store: PlanStore): void {
  const { settled, total } = store.progress();
  setText(byId("tree-count"), total ? `${settled} of ${total} tasks done` : "");
}

function marked(id: string, status: string): HTMLElement {
  const mark = h("span", { class: "mark" }, ...markOf(status));
  marks.set(id, mark);
  return mark;
}

function markOf(status: string): HTMLElement[] {
  return [pill(status, `${ITEM_GLYPHS[status] ?? ""} ${human(status)}`.trim())];
}

function phaseOf(phase: Phase): HTMLDetailsElement {
  return h(
    "details",
    { class: "phase", open: phase.status !== "completed", "data-phase": phase.id },
    h("summary", {}, h("span", { class: "name" }, bdi(phase.name)), marked(phase.id, phase.status)),
    ...phase.milestones.map((milestone) => milestoneOf(milestone)),
  );
}

function milestoneOf(milestone: Milestone): HTMLElement {
  return h(
    "div",
    { class: "milestone" },
    h("h3", {}, bdi(milestone.name), marked(milestone.id, milestone.status)),
    h("ul", { class: "tasks" }, ...milestone.tasks.map((task) => taskOf(task))),
  );
}

function taskOf(task: Task): HTMLElement {
  return h(
    "li",
    { class: `task t-${task.status}`, id: task.short_id },
    h("span", { class: "short muted" }, task.short_id.replace("task_", "")),
    h("span", { class: "name" }, h("button", { type: "button", class: "link plain-link", "data-open-task": task.id }, bdi(task.title)), h("small", { class: "muted" }, bdi(task.target_files.join(", ")))),
    marked(task.id, task.status),
    STOPPED.includes(task.status) ? stopped(task) : "",
  );
}

/** No code comes of these by themselves. */
const STOPPED = ["failed", "blocked"];

/** Why, and the ways out. */
function stopped(task: Task): HTMLElement {
  const buttons = mayChoose
    ? [
        h("button", { type: "button", "data-task": task.id, "data-choice": "retry" }, "Retry…"),
        task.drafted_at ? "" : h("button", { type: "button", "data-task": task.id, "data-choice": "fix" }, "Write it…"),
        h("button", { type: "button", class: "danger", "data-task": task.id, "data-choice": "skip" }, "Skip…"),
      ]
    : [];
  return h("div", { class: "task-failed" }, h("p", { class: "muted" }, bdi(task.last_error)), ...buttons);
}
