// What buttons do: each asks first, with what it means and what it costs.

import { call, getJson, newKey, post } from "../requests";
import { ask } from "./asking";
import type { PlanStore } from "./store";
import { count, dollars, human } from "./words";

export interface RetryCost {
  cost: string;
  calls: number;
  attempts_left: number;
  fits: boolean;
  unpriced: boolean;
}

interface Snapshot {
  id: string;
  reason: string;
  detail: string;
  can_resume: boolean;
  created_at: string;
  tasks: Record<string, string>;
}

const AT_ONCE = new Set(["approve", "approve_and_build", "execute"]);

export async function control(store: PlanStore, address: string, action: string): Promise<void> {
  const place = `${address}control/${action}/`;
  // Who approves says which version they read.
  if (AT_ONCE.has(action)) await post(place, { version: String(store.document.plan.version) });
  else if (action === "pause") await pause(place);
  else if (action === "resume") await resume(store, place);
  else await cancel(store, place);
}

async function pause(place: string): Promise<void> {
  await ask(
    {
      title: "Pause the build?",
      words: ["What runs is finished and recorded first; nothing new begins. Accepted work is kept."],
      fields: [{ name: "reason", label: "Why (may be left out)" }],
      yes: "Pause it",
    },
    ({ reason }) => post(place, { reason: reason ?? "" }),
  );
}

async function resume(store: PlanStore, place: string): Promise<void> {
  const snapshots = await earlier(store);
  await ask(
    {
      title: "Go on?",
      words: [
        "Accepted work is never repeated.",
        `${dollars(store.document.cost.spent)} of ${dollars(store.document.cost.hard_limit)} are spent.`,
        snapshots.length ? "From an earlier point the plan goes on as a new version; what came after it is made again, and nothing is lost." : "",
      ],
      ...(snapshots.length ? { choices: [{ value: "", words: "From where it stands", detail: "" }, ...snapshots.map(choiceOf)] } : {}),
      yes: "Go on",
    },
    ({ choice }) => post(place, choice ? { snapshot: choice } : {}),
  );
}

async function earlier(store: PlanStore): Promise<Snapshot[]> {
  const page = await getJson<{ results: Snapshot[] }>(`/api/v1/masterplans/${store.document.plan.id}/snapshots/`);
  return page.results.filter((snapshot) => snapshot.can_resume).slice(1, 12);
}

function choiceOf(snapshot: Snapshot): { value: string; words: string; detail: string } {
  const done = Object.values(snapshot.tasks).filter((status) => status === "done").length;
  const at = new Date(snapshot.created_at).toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return { value: snapshot.id, words: `${at}, ${human(snapshot.reason).toLowerCase()}`, detail: `${count(done, "task")} done. ${snapshot.detail}` };
}

async function cancel(store: PlanStore, place: string): Promise<void> {
  const small = store.document.plan.status === "completed";
  await ask(
    {
      title: small ? "Cancel this change?" : "Cancel this plan?",
      words: [small ? "What it has made so far is taken back; the plan stays completed." : "It stops for good. Files made so far stay and can be downloaded."],
      fields: [{ name: "reason", label: "Reason (may be left out)" }],
      yes: "Cancel it",
      no: "Keep it",
      danger: true,
    },
    ({ reason }) => post(place, { reason: reason ?? "" }),
  );
}

/** One more attempt: says what it costs, then asks. */
export async function retry(place: string, hint = ""): Promise<void> {
  const cost = await post<RetryCost>(place, { dry_run: "1" });
  await ask({ title: "Try it again?", words: costWords(cost), yes: `Try again, ${priceOf(cost)}` }, () => post(place, { hint }));
}

/** Leave a task out; `send` does it in another way than by its address. */
export async function skip(place: string, send: () => Promise<unknown> = () => post(place)): Promise<void> {
  const { skipped } = await post<{ skipped: string[] }>(place, { dry_run: "1" });
  await ask({ title: "Leave it out?", words: ["This leaves out, with all their code:"], list: skipped, yes: "Leave it out", no: "Keep it", danger: true }, send);
}

/** Bring the plan to Jira; how it goes is told in the log. */
export async function toJira(store: PlanStore): Promise<void> {
  const key = newKey();
  await ask(
    {
      title: "Bring it to Jira?",
      words: [
        "Phases, milestones, tasks and subtasks as they are now. What is there already is changed or left alone; nothing is made twice.",
        "How it goes is told under Events.",
      ],
      yes: "Export",
    },
    () => call("POST", `/api/v1/masterplans/${store.document.plan.id}/export/jira/`, { format: "api" }, key),
  );
}

export const priceOf = (cost: RetryCost): string => `about ${dollars(cost.cost)}`;

export function costWords(cost: RetryCost): string[] {
  return [
    `About ${dollars(cost.cost)} for ${count(cost.calls, "call")} to a model; ${count(cost.attempts_left, "attempt")} left.`,
    cost.unpriced ? "A model has no price; it is counted at the highest known one." : "",
    cost.fits ? "" : "That would pass a cost limit: the run would pause before it.",
  ];
}
