// The edits of a draft, each a form: a task added, changed, moved, removed; the plan itself changed; the plan rejected.

import { h } from "../dom";
import { call } from "../requests";
import { askIn, choice, field, type Question } from "./dialog";
import type { Criterion, Milestone, Plan, Task } from "./types";

const TYPES = ["setup", "implementation", "testing", "documentation", "deployment", "refactoring"];
const LEVELS = ["critical", "high", "medium", "low"];
type Values = Record<string, unknown>;

const pairs = (values: string[]): [string, string][] => values.map((value) => [value, value]);
const milestonesOf = (plan: Plan): Milestone[] => plan.phases.flatMap((phase) => phase.milestones);
const textOf = (form: FormData, name: string): string => String(form.get(name) ?? "").trim();
const linesOf = (text: string): string[] => text.split("\n").map((line) => line.trim()).filter(Boolean);
const idsOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

export function addTask(plan: Plan, milestone: Milestone, done: () => void): void {
  askIn({
    title: `A new task in ${milestone.name}`,
    fields: taskFields(),
    words: "Add the task",
    version: plan.version,
    send: (form, version) => call("POST", `/api/v1/masterplans/${plan.id}/tasks/`, { ...valuesOf(form), milestone: milestone.short_id, version }),
    done,
  });
}

export function changeTask(plan: Plan, task: Task, done: () => void): void {
  askIn({
    title: `${task.short_id}: ${task.title}`,
    fields: taskFields(task),
    words: "Change the task",
    version: plan.version,
    send: (form, version) => call("PATCH", `/api/v1/tasks/${task.id}/`, { ...changed(valuesOf(form, task), task), version }),
    done,
  });
}

export function moveTask(plan: Plan, task: Task, done: () => void): void {
  const home = milestonesOf(plan).find((one) => one.tasks.some((other) => other.id === task.id))!;
  const milestones = choice("milestone", "Milestone", milestonesOf(plan).map((one) => [one.short_id, one.name]), home.short_id);
  const position = h("select", { id: "field-position", name: "position" });
  const select = milestones.querySelector("select")!;
  const fill = () => {
    const others = milestonesOf(plan).find((one) => one.short_id === select.value)!.tasks.filter((one) => one.id !== task.id);
    const before = home.short_id === select.value ? home.tasks.findIndex((one) => one.id === task.id) : others.length;
    const words = ["first", ...others.map((one) => `after ${one.short_id} ${one.title}`)];
    position.replaceChildren(...words.map((one, index) => h("option", { value: index, selected: index === before }, one)));
  };
  select.addEventListener("change", fill);
  fill();
  askIn({
    title: `Move ${task.short_id}: ${task.title}`,
    fields: [milestones, h("div", { class: "field" }, h("label", { for: "field-position" }, "Place"), position)],
    words: "Move the task",
    version: plan.version,
    send: (form, version) => call("POST", `/api/v1/tasks/${task.id}/move/`, { milestone: textOf(form, "milestone"), position: Number(form.get("position")), version }),
    done,
  });
}

export function removeTask(plan: Plan, task: Task, done: () => void): void {
  /** Asked again with what else is lost by it, until nothing is left to say. */
  const question = (more: string[], lost: string[]): Question => ({
    title: `Remove ${task.short_id}: ${task.title}?`,
    fields: [
      more.length ? h("p", {}, `These need it and go too: ${more.join(", ")}.`) : h("p", {}, "An earlier version of the plan brings it back."),
      lost.length ? h("ul", {}, ...lost.map((one) => h("li", {}, h("bdi", {}, one)))) : "",
    ],
    words: more.length ? `Remove ${more.length + 1} tasks` : lost.length ? "Remove it all the same" : "Remove the task",
    danger: true,
    version: plan.version,
    send: (_, version) => call("DELETE", `/api/v1/tasks/${task.id}/?version=${version}${more.length ? "&with_dependents=true" : ""}${lost.length ? "&uncover=true" : ""}`),
    otherwise: (error) => {
      const { dependents, uncovered } = error.problem;
      if (Array.isArray(dependents)) return question(dependents, lost);
      return Array.isArray(uncovered) && uncovered.length ? question(more, uncovered) : null;
    },
    done,
  });
  askIn(question([], []));
}

export function changePlan(plan: Plan, done: () => void): void {
  askIn({
    title: "Change the plan",
    fields: [
      field("project_name", "Name", plan.project_name, { required: true, maxlength: 80 }),
      field("description", "Description", plan.description, { lines: 3 }),
      field("business_logic", "Business logic", plan.business_logic, { lines: 4 }),
      field("conventions", "Conventions, one in each line", plan.conventions.join("\n"), { lines: 5 }),
    ],
    words: "Change the plan",
    version: plan.version,
    send: (form, version) => {
      const names = ["project_name", "description", "business_logic"];
      const values = { ...Object.fromEntries(names.map((name) => [name, textOf(form, name)])), conventions: linesOf(textOf(form, "conventions")) };
      return call("PATCH", `/api/v1/masterplans/${plan.id}/`, { ...changed(values, plan), version });
    },
    done,
  });
}

export function rejectPlan(plan: Plan, done: () => void): void {
  askIn({
    title: "Reject this plan?",
    fields: [h("p", {}, "It is closed for good; the conversation goes on."), field("reason", "Reason", "", { required: true, maxlength: 2000, lines: 3 })],
    words: "Reject the plan",
    danger: true,
    version: plan.version,
    send: (form) => call("POST", `/api/v1/masterplans/${plan.id}/reject/`, { reason: textOf(form, "reason") }),
    done,
  });
}

function taskFields(task?: Task): HTMLElement[] {
  return [
    field("title", "Title", task?.title ?? "", { required: true, maxlength: 300 }),
    field("description", "What it does", task?.description ?? "", { lines: 3, required: true }),
    h(
      "div",
      { class: "fields" },
      choice("type", "Kind", pairs(TYPES), task?.type ?? "implementation"),
      choice("priority", "Priority", pairs(LEVELS), task?.priority ?? "medium"),
      choice("complexity", "Complexity", pairs(LEVELS), task?.complexity ?? "low"),
      field("estimated_minutes", "Minutes", task?.estimated_minutes ?? 10, { type: "number", min: 1, max: 100000, required: true }),
    ),
    field("target_files", "Files, one in each line", task?.target_files.join("\n") ?? "", { lines: 2, required: true, dir: "ltr" }),
    field("depends_on", "Depends on (such as task_002, task_004)", task?.depends_on.join(", ") ?? "", { dir: "ltr" }),
    field("covers", "Covers (such as entity_Book)", task?.covers.join(", ") ?? "", { dir: "ltr" }),
    field("acceptance_criteria", "Criteria, one in each line; those that begin with should: may fail", criteriaText(task?.acceptance_criteria ?? []), { lines: 4 }),
  ];
}

const criteriaText = (criteria: Criterion[]): string => criteria.map((one) => (one.priority === "should" ? `should: ${one.text}` : one.text)).join("\n");

function criteriaOf(text: string, before: Criterion[]): Criterion[] {
  return linesOf(text).map((line) => {
    const words = line.replace(/^(should|must):\s*/i, "");
    return { text: words, priority: /^should:/i.test(line) ? "should" : "must", test: before.find((one) => one.text === words)?.test ?? null };
  });
}

function valuesOf(form: FormData, task?: Task): Values {
  const plain = ["title", "description", "type", "priority", "complexity"].map((name) => [name, textOf(form, name)]);
  return {
    ...Object.fromEntries(plain),
    estimated_minutes: Number(form.get("estimated_minutes")),
    target_files: linesOf(textOf(form, "target_files")),
    depends_on: idsOf(textOf(form, "depends_on")),
    covers: idsOf(textOf(form, "covers")),
    acceptance_criteria: criteriaOf(textOf(form, "acceptance_criteria"), task?.acceptance_criteria ?? []),
  };
}

/** Only what has another value, so that two people change different things of one task. */
function changed(values: Values, before: object): Values {
  const old = before as Values;
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name])));
}
