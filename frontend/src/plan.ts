// The live page of a plan: starts from the document in the page, then follows the log.

import { showLine } from "./connection";
import { byId, documentOf } from "./dom";
import { Painter } from "./frame";
import { getJson, Refused } from "./requests";
import { LiveSocket, type LiveEvent } from "./socket";
import { followTheme } from "./theme";
import { drawFailures, drawFinished, drawWaiting } from "./plan/attention";
import { control, retry, skip, toJira } from "./plan/doing";
import { GraphView } from "./plan/graph/view";
import { drawFigures, drawHead, drawStages } from "./plan/head";
import { goToWhatIsNamed } from "./plan/links";
import { drawLog, listenToLog } from "./plan/log";
import { Notices } from "./plan/notices";
import { Panel } from "./plan/panel";
import { drawCost, drawReviews, drawTests } from "./plan/side";
import { doAsStaff, type Deed } from "./plan/staff";
import { PlanStore } from "./plan/store";
import { Timeline } from "./plan/timeline";
import { buildTree, drawTree, listenToTree } from "./plan/tree";
import type { PlanDocument } from "./plan/types";
import { listenToViews } from "./plan/views";
import { takeWayOut, writeTask } from "./plan/waysout";
import { buildWaves, drawAtoms, drawWaves, listenToWaves } from "./plan/waves";

const page = byId("plan");
const address = page.dataset.address!;
const staff = "staff" in page.dataset;
const may = !("watching" in byId("actions").dataset);
const store = new PlanStore(documentOf<PlanDocument>("document"));
const painter = new Painter();

followTheme();

painter.part("head", () => drawHead(store));
painter.part("waiting", () => drawWaiting(store, staff));
painter.part("stages", () => drawStages(store));
painter.part("figures", () => drawFigures(store));
painter.part("waves", () => {
  drawWaves(store);
  timeline.draw();
});
painter.part("atoms", () => {
  panel.refresh(store.changedAtoms);
  drawAtoms(store);
  void graph.update();
});
painter.part("tree", () => {
  panel.refresh(store.changedItems);
  drawTree(store);
  timeline.draw();
});
painter.part("notices", () => notices.draw());
painter.part("cost", () => drawCost(store, staff));
painter.part("tests", () => drawTests(store, staff));
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
    // Who is signed out, or whose plan is gone, is told so by the line.
    if (![401, 403, 404].includes(error.problem.status)) setTimeout(() => void fetchDocument(), 3000);
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
  painter.mark(...parts, "notices");
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

byId("actions").addEventListener("click", (event) => {
  const button = (event.target as HTMLElement).closest<HTMLButtonElement>("[data-action]");
  if (button) void press(button, () => control(store, address, button.dataset.action!));
});

document.querySelector<HTMLButtonElement>("#to-jira")?.addEventListener("click", (event) => void press(event.currentTarget as HTMLButtonElement, () => toJira(store)));

byId("failures").addEventListener("click", (event) => {
  const button = (event.target as HTMLElement).closest<HTMLButtonElement>("[data-failure]");
  if (!button) return;
  const failure = store.document.failures.find((one) => one.id === button.dataset.failure);
  if (failure) void press(button, () => takeWayOut(address, failure, button.dataset.way!));
});

page.addEventListener("click", (event) => {
  const button = (event.target as HTMLElement).closest<HTMLButtonElement>("[data-deed]");
  if (button) void press(button, () => doAsStaff(store, button.dataset.deed as Deed));
});

byId("tree").addEventListener("click", (event) => {
  const button = (event.target as HTMLElement).closest<HTMLButtonElement>("[data-choice]");
  if (!button) return;
  const { choice, task } = button.dataset;
  const place = `${address}tasks/${task}/${choice}/`;
  if (choice === "fix") void press(button, () => writeTask(store.tasks.get(task!)!));
  else void press(button, () => (choice === "skip" ? skip(place) : retry(place)));
});

byId("panel").addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (!form.dataset.retry) return;
  event.preventDefault();
  const hint = (form.elements.namedItem("hint") as HTMLInputElement).value;
  void press(form.querySelector("button")!, () => retry(form.dataset.retry!, hint)).then(() => panel.reload());
});

page.addEventListener("click", (event) => {
  const { open, openTask } = (event.target as HTMLElement).closest<HTMLElement>("[data-open], [data-open-task]")?.dataset ?? {};
  if (open) void panel.open("atom", open);
  else if (openTask) void panel.open("task", openTask);
});

const panel = new Panel(address, (named) => [...store.tasks.values()].find((task) => task.short_id === named)?.id ?? named);
const graph = new GraphView(store, address, (atom) => void panel.open("atom", atom));
const timeline = new Timeline(store, ({ view, id }) => {
  if (view === "task") void panel.open("task", id);
  else location.hash = `wave-${id}`;
});
const notices = new Notices(store);
drawEverything();
listenToWaves(
  (atom) => void panel.open("atom", atom),
  (state) => void graph.update(state),
);
listenToTree(store);
listenToLog(() => painter.mark("log"));
const show = listenToViews((view) => {
  graph.show(view === "graph");
  timeline.show(view === "timeline");
});
const go = () => goToWhatIsNamed(() => show("waves"));
addEventListener("hashchange", go);
go();
setInterval(() => {
  if (store.state !== "in_progress") return;
  painter.mark("figures", "waiting");
  timeline.draw();
}, 1000);

const socket = new LiveSocket({
  join: { action: "join_masterplan", masterplan_id: store.document.plan.id },
  since: () => store.last,
  onEvent: take,
  onLine: showLine,
  onBehind: () => location.reload(),
});
