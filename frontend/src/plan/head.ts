// Status, buttons, stages and figures.

import { byId, h, setText } from "../dom";
import type { PlanStore } from "./store";
import { STACKS, STAGES, count, dollars, duration, human } from "./words";

export function drawHead(store: PlanStore): void {
  const { plan, offered } = store.document;
  const status = byId("status");
  status.className = `pill s-${plan.status}`;
  setText(status, plan.pause_asked && store.state === "in_progress" ? "Pausing" : human(plan.status));
  for (const button of document.querySelectorAll<HTMLButtonElement>("#actions [data-action]")) {
    const statuses = offered[button.dataset.action ?? ""] ?? [];
    button.hidden = !statuses.includes(store.state);
    if (button.dataset.action === "pause") button.disabled = plan.pause_asked !== "";
  }
  byId("earlier-states").hidden = store.state !== "paused";
  byId("change").hidden = ["draft", "rejected", "cancelled"].includes(plan.status);
  byId("export").hidden = store.state === "in_progress"; // refused while it is worked on
  const accepted = [...store.atoms.values()].some((atom) => atom.status === "accepted");
  byId("download").hidden = !plan.started_at || plan.status === "completed" || !(accepted || ["paused", "failed", "cancelled"].includes(plan.status));
}

export function drawStages(store: PlanStore): void {
  const { plan } = store.document;
  const list = byId("stages");
  list.hidden = plan.stage === "";
  const shown = plan.stage === "gate" ? "waves" : plan.stage; // the gate between waves is a part of them
  const current = shown === "finished" ? STAGES.length : STAGES.findIndex(([stage]) => stage === shown);
  list.replaceChildren(
    ...STAGES.map(([, words], index) => {
      const state = index < current ? "done" : index === current ? (store.state === "in_progress" ? "now" : "held") : "next";
      const told = { done: "done", now: "under way", held: "stopped here", next: "to come" }[state];
      return h(
        "li",
        { class: `stage-${state}`, "aria-current": index === current ? "step" : null },
        h("span", { class: "stage-mark", "aria-hidden": "true" }, state === "done" ? "✓" : index + 1),
        h("span", {}, words, h("small", {}, detail(store, index, state) ?? told)),
      );
    }),
  );
}

function detail(store: PlanStore, index: number, state: string): string | null {
  if (index === 0 && state === "now" && store.drafts) return `${store.drafts.done} of ${store.drafts.total}`;
  if (index === 3 && (state === "now" || state === "held") && store.waves.size) {
    const done = [...store.waves.values()].filter((wave) => wave.status === "completed").length;
    return `${done} of ${store.waves.size}`;
  }
  return null;
}

export function drawFigures(store: PlanStore): void {
  const { plan, cost, reviews } = store.document;
  const { settled, total, percent } = store.progress();
  const atoms = [...store.atoms.values()];
  const accepted = atoms.filter((atom) => atom.status === "accepted").length;
  const rows: [string, string, string][] = [
    ["Progress", `${percent}%`, `${settled} of ${count(total, "task")}`],
    ["Atoms accepted", atoms.length ? String(accepted) : "–", atoms.length ? `of ${atoms.length}` : "not cut yet"],
    ["Spent", dollars(cost.spent), `of ${dollars(cost.hard_limit)} at most`],
    ["Tokens", (cost.tokens_in + cost.tokens_out).toLocaleString("en"), count(cost.calls, "call")],
    ["Reviews waiting", String(reviews.length), reviews.length ? "somebody should look" : "nobody is needed"],
    ["Time", elapsed(plan.started_at, plan.finished_at ?? (store.state === "in_progress" ? null : (store.events.at(-1)?.ts ?? null))), left(store) ?? `${STACKS[plan.stack] ?? human(plan.stack)}, mode ${plan.mode}`],
  ];
  const list = byId("figures");
  rows.forEach(([name, value, more], index) => {
    const tile = (list.children[index] as HTMLElement | undefined) ?? list.appendChild(tileOf(name));
    setText(tile.querySelector(".figure")!, value);
    setText(tile.querySelector(".more")!, more);
    const bar = tile.querySelector("progress");
    if (bar) bar.value = percent;
  });
}

/** What the drafts or the waves still take at the observed rate. */
function left(store: PlanStore): string | null {
  const { plan } = store.document;
  if (store.state !== "in_progress") return null;
  if (plan.stage === "code_generation" && store.drafts) {
    const rest = store.draftPace.secondsFor(store.drafts.total - store.drafts.done);
    return rest === null ? null : `about ${duration(Math.ceil(rest))} left in the drafts`;
  }
  if (plan.stage !== "waves") return null;
  const open = [...store.atoms.values()].filter((atom) => atom.status !== "accepted" && atom.status !== "skipped").length;
  const seconds = store.pace.secondsFor(open);
  return seconds === null ? null : `about ${duration(Math.ceil(seconds))} left in the waves`;
}

function tileOf(name: string): HTMLElement {
  const bar = name === "Progress" ? h("progress", { max: 100, value: 0, "aria-label": "Progress of the plan" }) : null;
  return h("div", {}, h("dt", {}, name), h("dd", {}, h("span", { class: "figure" }), h("span", { class: "more muted" }), bar));
}

function elapsed(from: string | null, to: string | null): string {
  if (!from) return "–";
  const seconds = ((to ? Date.parse(to) : Date.now()) - Date.parse(from)) / 1000;
  return duration(seconds < 60 ? Math.max(0, Math.floor(seconds)) : seconds);
}
