// A conversation and all that came of it: what is said, the discovery, the plan, its versions and its history.

import { ChangesPart } from "./chat/changes";
import { Composer } from "./chat/composer";
import { HistoryPart } from "./chat/history";
import { PlanPart } from "./chat/plan";
import { Tabs } from "./chat/tabs";
import { Talk } from "./chat/talk";
import type { ChatDocument, Plan, PlanName } from "./chat/types";
import { VersionsPart } from "./chat/versions";
import { showLine } from "./connection";
import { byId, documentOf } from "./dom";
import { DiscoveryView } from "./discovery/view";
import { getJson, Refused } from "./requests";
import { LiveSocket, type LiveEvent } from "./socket";
import { followTheme } from "./theme";

const page = byId("chat");
const address = page.dataset.address!;
const may = "control" in page.dataset;
let state = documentOf<ChatDocument>("document");
let last = state.seq;

followTheme();

const talk = new Talk(address, may ? "You" : page.dataset.owner!, state);
const composer = may
  ? new Composer(state.id, (message) => {
      talk.said(message, true);
      refresh();
    })
  : null;
let discovery: DiscoveryView | null = null;

/** What is refused is said above the part that one looks at. */
function act(what: () => Promise<unknown>): void {
  byId("refused").hidden = true;
  void what()
    .then(() => refresh())
    .catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error;
      byId("refused").textContent = error.message;
      byId("refused").hidden = false;
    });
}

const show = (what: () => Promise<unknown>): void => {
  void what().catch((error: unknown) => {
    if (!(error instanceof Refused)) throw error;
    byId("refused").textContent = error.message;
    byId("refused").hidden = false;
  });
};

const planPart = new PlanPart(may, act, () => refresh());
const changes = new ChangesPart(may, act, () => refresh());
const versions = new VersionsPart(may, show, () => refresh());
const history = new HistoryPart(show);
const tabs = new Tabs((part) => drawPart(part));
let shown: PlanName | undefined;
let plan: Plan | null = null;

/** The plan that the address names, or the latest one. */
function planShown(): PlanName | undefined {
  const wanted = new URLSearchParams(location.search).get("plan");
  return state.plans.find((one) => one.id === wanted) ?? state.plans[0];
}

function takeState(): void {
  if (state.discovery && !discovery) discovery = new DiscoveryView(byId("work"), state.discovery, may, () => refresh());
  else if (state.discovery) discovery!.replace(state.discovery);
  const before = shown;
  shown = planShown();
  const working = state.discovery !== null && !["completed", "cancelled"].includes(state.discovery.status);
  tabs.offer({ discovery: state.discovery !== null, plan: shown !== undefined, working });
  tabs.invite(...invitation());
  if (shown && shown.id !== before?.id) follow(shown.id);
  if (shown) void loadPlan();
}

/** What waits for a person, and where. */
function invitation(): [part: string, words: string] {
  const { discovery } = state;
  if (!may) return ["", ""];
  if (discovery?.error) return ["discovery", "A step did not work. See why"];
  if (discovery?.status === "awaiting_answers") return ["discovery", "Some questions wait for you"];
  if (discovery?.status === "awaiting_validation") return ["discovery", "Confirm what was understood"];
  if (shown?.change_waits) return ["changes", "A change waits for your decision"];
  if (shown?.status === "draft") return ["plan", "The plan waits for your approval"];
  return ["", ""];
}

async function loadPlan(): Promise<void> {
  show(async () => {
    plan = await getJson<Plan>(`/api/v1/masterplans/${shown!.id}/`);
    drawPart(tabs.current);
  });
}

function drawPart(part: string): void {
  if (!plan) return;
  const now = plan;
  if (part === "plan") planPart.draw(now);
  if (part === "changes") show(() => changes.show(now));
  if (part === "versions") show(() => versions.show(now));
  if (part === "history") show(() => history.show(now.id));
}

// The document anew, never two at a time.
let fetching = false;
let again = false;

function refresh(): void {
  again = true;
  if (!fetching) void fetchState();
}

async function fetchState(): Promise<void> {
  fetching = true;
  try {
    while (again) {
      again = false;
      await new Promise((resolve) => setTimeout(resolve, 150));
      state = await getJson<ChatDocument>(`${address}state/`);
      talk.replace(state);
      takeState();
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.problem.status !== 401) setTimeout(refresh, 3000);
  } finally {
    fetching = false;
  }
}

const SMALL = /_tokens_progress$|_entity_discovered$/;

function take(event: LiveEvent): void {
  if (event.seq <= last) return;
  last = event.seq;
  if (event.type === "message") {
    if (talk.take(event)) refresh();
    return;
  }
  discovery?.take(event);
  if (!SMALL.test(event.type)) refresh();
}

const OF_THE_PLAN = /^masterplan_|^modification_|^complete$|^error$/;
const OF_ITS_ITEMS = /^(phase|milestone|task)_status_changed$/;
let soon: number | undefined;

/** A build moves many tasks a second; the whole plan is read once a second. */
function refreshSoon(): void {
  soon ??= setTimeout(() => {
    soon = undefined;
    refresh();
  }, 1000);
}

/** The plan's own events say that it is to be read anew. */
function follow(id: string): void {
  show(async () => {
    let { last_seq: seq } = await getJson<{ last_seq: number }>(`/api/v1/masterplans/${id}/events/?since=${Number.MAX_SAFE_INTEGER}`);
    socket.watch({
      join: { action: "join_masterplan", masterplan_id: id },
      since: () => seq,
      onEvent: (event) => {
        seq = Math.max(seq, event.seq);
        if (OF_THE_PLAN.test(event.type) && event.data.reason !== "progress") refresh();
        else if (OF_ITS_ITEMS.test(event.type) || event.data.reason === "progress") refreshSoon();
      },
      onBehind: () => location.reload(),
    });
    refresh();
  });
}

const socket = new LiveSocket({
  join: { action: "join_chat", conversation_id: state.id },
  since: () => last,
  onEvent: take,
  onLine: showLine,
  onBehind: () => location.reload(),
});

page.addEventListener("click", (event) => {
  const words = (event.target as HTMLElement).closest<HTMLElement>("[data-say]")?.dataset.say;
  if (words) composer?.put(words);
});

takeState();
