// What differs between two states of a plan: added, removed, changed; with a word besides each colour.

import { bdi, h } from "../dom";
import type { FieldChange, ItemChanges, PlanDiff } from "./types";

const LEVELS: [level: "phases" | "milestones" | "tasks" | "entities", words: string][] = [
  ["phases", "Phases"],
  ["milestones", "Milestones"],
  ["tasks", "Tasks"],
  ["entities", "Entities"],
];

export function isEmpty(diff: PlanDiff): boolean {
  return diff.plan.length === 0 && LEVELS.every(([level]) => sizeOf(diff[level]) === 0);
}

const sizeOf = (changes: ItemChanges): number => changes.added.length + changes.removed.length + changes.modified.length;

export function diffView(diff: PlanDiff): HTMLElement {
  if (isEmpty(diff)) return h("p", { class: "empty" }, "Nothing differs.");
  return h(
    "div",
    { class: "plan-diff" },
    ...(diff.plan.length ? [h("h3", {}, "The plan itself"), h("dl", { class: "field-changes" }, ...diff.plan.map(fieldOf))] : []),
    ...LEVELS.filter(([level]) => sizeOf(diff[level])).flatMap(([level, words]) => [h("h3", {}, words), itemsOf(diff[level])]),
  );
}

function itemsOf(changes: ItemChanges): HTMLElement {
  const line = (kind: string, mark: string, word: string, id: string, title: string, ...more: HTMLElement[]) =>
    h(
      "li",
      { class: `change-${kind}` },
      h("p", {}, h("span", { class: "mark", "aria-hidden": "true" }, mark), h("span", { class: "word" }, word), " ", h("code", {}, bdi(id)), " ", title === id ? "" : bdi(title)),
      ...more,
    );
  return h(
    "ul",
    { class: "item-changes" },
    ...changes.added.map((item) => line("added", "+", "added", item.id, item.title)),
    ...changes.removed.map((item) => line("removed", "−", "removed", item.id, item.title)),
    ...changes.modified.map((item) => line("modified", "~", "changed", item.id, item.title, h("dl", { class: "field-changes" }, ...item.fields.map(fieldOf)))),
  );
}

function fieldOf(field: FieldChange): HTMLElement {
  return h("div", {}, h("dt", {}, field.name.replaceAll("_", " ")), ...(Array.isArray(field.before) && Array.isArray(field.after) ? listOf(field.before, field.after) : wholeOf(field)));
}

function wholeOf(field: FieldChange): HTMLElement[] {
  return [h("dd", {}, h("del", {}, bdi(words(field.before)))), h("dd", {}, h("ins", {}, bdi(words(field.after))))];
}

/** Of lists only what came and went; where neither did, their order did. */
function listOf(before: unknown[], after: unknown[]): HTMLElement[] {
  const [old, now] = [before.map(words), after.map(words)];
  const gone = old.filter((one) => !now.includes(one)).map((one) => h("dd", {}, h("del", {}, bdi(one))));
  const come = now.filter((one) => !old.includes(one)).map((one) => h("dd", {}, h("ins", {}, bdi(one))));
  return gone.length + come.length ? [...gone, ...come] : [h("dd", { class: "muted" }, "in another order")];
}

/** A JSON value as people read it. */
export function words(value: unknown): string {
  if (value === null || value === undefined || value === "") return "nothing";
  if (Array.isArray(value)) return value.length ? value.map(words).join(", ") : "nothing";
  if (typeof value !== "object") return String(value);
  return Object.entries(value)
    .filter(([, one]) => one !== null && one !== "" && !(Array.isArray(one) && one.length === 0))
    .map(([name, one]) => `${name.replaceAll("_", " ")}: ${words(one)}`)
    .join("; ");
}
