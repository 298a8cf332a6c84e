// Phases, milestones and tasks. Built once; after that only what changed is touched.

import { bdi, byId, h, pill, setText } from "../dom";
import type { PlanStore } from "./store";
import type { Milestone, Phase, Task } from "./types";
import { ITEM_GLYPHS, human } from "./words";

const marks = new Map<string, HTMLElement>();

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
    h("span", { class: "name" }, bdi(task.title), h("small", { class: "muted" }, bdi(task.target_files.join(", ")))),
    marked(task.id, task.status),
    task.status === "failed" ? failed(task) : "",
  );
}

/** Why, and the two ways out. */
function failed(task: Task): HTMLElement {
  const buttons = mayChoose
    ? [
        h("button", { type: "button", "data-task": task.id, "data-choice": "retry" }, "Retry"),
        h("button", { type: "button", class: "danger", "data-task": task.id, "data-choice": "skip" }, "Skip…"),
      ]
    : [];
  return h("div", { class: "task-failed" }, h("p", { class: "muted" }, bdi(task.last_error)), ...buttons);
}
