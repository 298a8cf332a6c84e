// The ways out of a failure: what the DebugAgent proposes, code by hand, leaving its task out, a pause to think.

import { bdi, h } from "../dom";
import { call, getJson, post } from "../requests";
import { ask } from "./asking";
import { costWords, priceOf, skip, type RetryCost } from "./doing";
import type { Failure, Proposal, Task } from "./types";

/** What was written by hand and not taken yet, by failure or task and file: a dialog that was left keeps it. */
const unsent = new Map<string, string>();

const HINT = "modify_task_context";
const KEYS = "Ctrl and Enter sends it; Escape, then Tab, leaves the editor.";
const NEW_TASK = "create_dependency_task";

/** Do one of them, after a question. `way` is the number of a proposal, or a name. */
export async function takeWayOut(address: string, failure: Failure, way: string): Promise<void> {
  const place = `${address}failures/${failure.id}/choose/`;
  const task = `${address}tasks/${failure.task}/`;
  if (way === "fix") await fix(place, failure);
  else if (way === "skip") await skip(`${task}skip/`, () => post(place, { action: "skip" }));
  else if (way === "pause") await pause(place);
  else await propose(place, failure, Number(way), failure.proposals[Number(way)]!, address);
}

/** A proposal that gives more context is a hint; any other changes the plan, and its task is written anew. */
async function propose(place: string, failure: Failure, index: number, proposal: Proposal, address: string): Promise<void> {
  const hint = proposal.action === HINT;
  const costs = hint ? `${address}atoms/${failure.atom}/retry/` : `${address}tasks/${failure.task}/retry/`;
  const cost = await post<RetryCost>(costs, { dry_run: "1", ...(hint ? {} : { anew: "1" }) });
  const what = hint ? "It becomes the hint of one more attempt." : "It makes a new version of the plan, in which the task is written anew. The build pauses for that, and goes on by itself.";
  const asksFile = proposal.action === NEW_TASK && !proposal.target_file;
  await ask(
    {
      title: proposal.title,
      words: [proposal.detail, what, ...costWords(cost)],
      ...(asksFile ? { fields: [{ name: "target_file", label: "File that the new task writes", needed: true }] } : {}),
      yes: `Do this, ${priceOf(cost)}`,
    },
    (answer) => post(place, { proposal: String(index), ...answer }),
  );
}

async function fix(place: string, failure: Failure): Promise<void> {
  const atom = await getJson<{ code: string; path: string; start_line: number }>(`/api/v2/atoms/${failure.atom}/`);
  await ask(
    {
      title: "Write it yourself",
      words: [`The whole text of ${failure.label}. It is checked with the rest of the project before it is taken.`, KEYS],
      fields: [{ name: "code", label: `Code in ${atom.path}`, value: unsent.get(failure.id) ?? atom.code, needed: true, code: { path: atom.path, firstLine: atom.start_line } }, { name: "reason", label: "Why (may be left out)" }],
      yes: "Check and use it",
      busy: "Checking…",
      written: ({ code }) => unsent.set(failure.id, code ?? ""),
    },
    async ({ code, reason }) => {
      await post(place, { action: "fix", code: code ?? "", reason: reason ?? "" });
      unsent.delete(failure.id);
    },
  );
}

async function pause(place: string): Promise<void> {
  await ask(
    {
      title: "Pause before you decide?",
      words: ["What runs is finished and recorded first; nothing new begins. The failure stays open, to be decided any time."],
      fields: [{ name: "reason", label: "Why (may be left out)" }],
      yes: "Pause it",
    },
    ({ reason }) => post(place, { action: "pause", reason: reason ?? "" }),
  );
}

/** All files of a task for which no code could be made. */
export async function writeTask(task: Task): Promise<void> {
  const key = (path: string) => `${task.id} ${path}`;
  await ask(
    {
      title: `Write ${task.short_id} yourself`,
      words: [task.title, "Every file, whole. They are checked before they are taken; the build goes on with them as with a model's.", KEYS],
      fields: task.target_files.map((path, index) => ({ name: `file-${index}`, label: path, value: unsent.get(key(path)) ?? "", needed: true, code: { path, firstLine: 1 } })),
      yes: "Check and use it",
      busy: "Checking…",
      written: (answer) => task.target_files.forEach((path, index) => unsent.set(key(path), answer[`file-${index}`] ?? "")),
    },
    async (answer) => {
      await call("POST", `/api/v1/tasks/${task.id}/fix/`, { files: task.target_files.map((path, index) => ({ path, text: answer[`file-${index}`] ?? "" })) });
      for (const path of task.target_files) unsent.delete(key(path));
    },
  );
}

/** The ways as buttons. What nobody proposed is offered below the proposals. */
export function waysOf(failure: Failure, may: boolean, running: boolean): HTMLElement[] {
  const button = (way: string, words: string, label: string) => h("button", { type: "button", class: "small", "data-failure": failure.id, "data-way": way, "aria-label": label }, words);
  const ways = may && failure.atom !== null;
  const others = h(
    "div",
    { class: "other-ways", role: "group", "aria-label": `Other ways out for ${failure.label}` },
    h("span", { class: "muted" }, "Or"),
    button("fix", "Write it yourself…", `Write ${failure.label} yourself`),
    button("skip", "Leave its task out…", `Leave the task of ${failure.label} out`),
    running ? button("pause", "Pause to think…", "Pause the build before deciding") : "",
  );
  return [h("ol", { class: "proposals" }, ...failure.proposals.map((proposal, index) => proposalOf(failure, proposal, index, ways))), ...(ways ? [others] : [])];
}

function proposalOf(failure: Failure, proposal: Proposal, index: number, ways: boolean): HTMLElement {
  const means = { [HINT]: "one more attempt", [NEW_TASK]: "a new task", modify_task_scope: "the task written anew" }[proposal.action] ?? "one more attempt";
  return h(
    "li",
    {},
    h("div", {}, h("strong", {}, bdi(proposal.title)), h("p", { class: "muted" }, bdi(proposal.detail)), h("small", { class: "muted" }, `${Math.round(100 * proposal.probability)}% likely to help, about ${proposal.minutes} min, ${means}`)),
    ways ? h("button", { type: "button", "data-failure": failure.id, "data-way": index, "aria-label": `Do this: ${proposal.title}` }, "Do this…") : "",
  );
}

/** What was chosen, in words. */
export function chosenWords(failure: Failure): string {
  const { action, proposal, by } = failure.choice!;
  const words = action === "fix" ? "code written by hand" : action === "skip" ? "its task left out" : (failure.proposals[proposal ?? -1]?.title ?? "a way out");
  return `Chosen: ${words}${by ? `, by ${by}` : ""}`;
}
