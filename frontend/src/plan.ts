// The live page of a plan: starts from the document in the page, then follows the log.

import { showLine } from "./connection";
import { byId, documentOf } from "./dom";
import { Painter } from "./frame";
import { getJson, post, Refused } from "./requests";
import { LiveSocket, type LiveEvent } from "./socket";
import { followTheme } from "./theme";
import { drawFailures, drawFinished, drawWaiting } from "./plan/attention";
import { drawFigures, drawHead, drawStages } from "./plan/head";
import { drawLog, listenToLog } from "./plan/log";
import { AtomPanel } from "./plan/panel";
import { drawCost, drawReviews, drawTests } from "./plan/side";
import { PlanStore } from "./plan/store";
import { buildTree, drawTree } from "./plan/tree";
import type { PlanDocument } from "./plan/types";
import { buildWaves, drawAtoms, drawWaves, listenToWaves } from "./plan/waves";

const page = byId("plan");
const address = page.dataset.address!;
const staff = "staff" in page.dataset;
const may = !("watching" in byId("actions").dataset);
const store = new PlanStore(documentOf<PlanDocument>("document"));
const painter = new Painter();

followTheme();

painter.part("head", () => drawHead(store));
painter.part("waiting", () => drawWaiting(store));
painter.part("stages", () => drawStages(store));
painter.part("figures", () => drawFigures(store));
painter.part("waves", () => drawWaves(store));
painter.part("atoms", () => {
  panel.refresh(store.changedAtoms);
  drawAtoms(store);
});
painter.part("tree", () => drawTree(store));
painter.part("cost", () => drawCost(store));
painter.part("tests", () => drawTests(store));
painter.part("reviews", () => drawReviews(store, staff));
painter.part("failures", () => drawFailures(store, may));
painter.part("finished", () => drawFinished(store));
painter.part("log", () => drawLog(store));

function drawEverything(): void {
  buildTree(store, may);
  buildWaves(store);
  painter.all();
}

// The document anew, at most once in half a second and never two at a time.
let fetching = false;
let again = false;

async function fetchDocument(): Promise<void> {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  again = false;
  await new Promise((resolve) => setTimeout(resolve, 300));
  try {
    store.replace(await getJson<PlanDocument>(`${address}state/`));
    drawEverything();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    setTimeout(() => void fetchDocument(), 3000);
  } finally {
    fetching = false;
  }
  if (again) await fetchDocument();
}

function take(event: LiveEvent): void {
  if (event.seq > store.last + 1) {
    socket.join();
    return;
  }
  const parts = store.apply(event);
  painter.mark(...parts);
  if (parts.includes("document")) void fetchDocument();
}

function say(error: unknown): void {
  const place = byId("refused");
  place.textContent = error instanceof Error ? error.message : "";
  place.hidden = !(error instanceof Error);
}

async function press(button: HTMLButtonElement, what: () => Promise<void>): Promise<void> {
  button.disabled = true;
  say(null);
  try {
    await what();
    await fetchDocument();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(error);
  } finally {
    button.disabled = false;
    painter.mark("head");
  }
}

/** Of a completed plan it is the small run that is cancelled. */
function askForReason(): Promise<string | null> {
  const dialog = byId<HTMLDialogElement>("confirm");
  const small = store.document.plan.status === "completed";
  byId("confirm-title").textContent = small ? "Cancel this change?" : "Cancel this plan?";
  byId("confirm-words").textContent = small ? "What it has made so far is taken back; the plan stays completed." : "It stops for good. Files made so far stay and can be downloaded.";
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    const closed = () => resolve(dialog.returnValue === "yes" ? byId<HTMLInputElement>("confirm-reason").value : null);
    dialog.addEventListener("close", closed, { once: true });
  });
}

byId("actions").addEventListener("click", async (event) => {
  const button = (event.target as HTMLElement).closest<HTMLButtonElement>("[data-action]");
  if (!button) return;
  const action = button.dataset.action!;
  const reason = action === "cancel" ? await askForReason() : "";
  if (reason !== null) await press(button, () => post(`${address}control/${action}/`, { reason, version: String(store.document.plan.version) }));
});

byId("failures").addEventListener("click", (event) => {
  const button = (event.target as HTMLElement).closest<HTMLButtonElement>("[data-failure]");
  if (!button) return;
  const { failure, proposal } = button.dataset;
  void press(button, () => post(`${address}failures/${failure}/choose/`, { proposal: proposal! }));
});

byId("tree").addEventListener("click", (event) => {
  const button = (event.target as HTMLElement).closest<HTMLButtonElement>("[data-choice]");
  if (!button) return;
  const place = `${address}tasks/${button.dataset.task}/${button.dataset.choice}/`;
  void press(button, async () => {
    if (button.dataset.choice === "skip" && !(await mayBeLeftOut(place))) return;
    await post(place);
  });
});

/** Says which tasks would be left out, and asks. */
async function mayBeLeftOut(place: string): Promise<boolean> {
  const { skipped } = await post<{ skipped: string[] }>(place, { dry_run: "1" });
  return window.confirm(`This leaves out:\n\n${skipped.join("\n")}`);
}

page.addEventListener("click", (event) => {
  const atom = (event.target as HTMLElement).closest<HTMLElement>("[data-open]")?.dataset.open;
  if (atom) void panel.open(atom);
});

const panel = new AtomPanel(address);
drawEverything();
listenToWaves((atom) => void panel.open(atom));
listenToLog(() => painter.mark("log"));
setInterval(() => {
  if (store.state === "in_progress") painter.mark("figures");
}, 1000);

const socket = new LiveSocket({
  join: { action: "join_masterplan", masterplan_id: store.document.plan.id },
  since: () => store.last,
  onEvent: take,
  onLine: showLine,
  onBehind: () => location.reload(),
});
