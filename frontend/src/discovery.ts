// A request on its way to a plan: follows the conversation, asks what is to be asked, goes to the plan when it is made.

import { showLine } from "./connection";
import { bdi, byId, documentOf, h } from "./dom";
import { Painter } from "./frame";
import { getJson, post, Refused } from "./requests";
import { LiveSocket, type LiveEvent } from "./socket";
import { followTheme } from "./theme";

interface Question {
  key: string;
  category: string;
  question: string;
  why: string;
  examples: string[];
  options: string[];
  default: string;
  answer: string;
}

interface Discovery {
  seq: number;
  id: string;
  conversation: string;
  status: string;
  understood: string;
  not_understood: string[];
  questions: Question[];
  domain: { contexts: { name: string; entities: string[] }[]; entities: { name: string; fields: string[] }[] } | null;
  error: { detail: string; hint: string } | null;
  plan: string | null;
  events: LiveEvent[];
}

const page = byId("discovery");
const address = page.dataset.address!;
const may = "control" in page.dataset;
const painter = new Painter();
let state = documentOf<Discovery>("document");
let last = state.seq;
let tokens: { received: number; total: number } | null = null;
let found: string[] = [];
let drawnForm = "";

followTheme();
state.events.forEach(note);

/** What an event alone tells; the rest is in the document. */
function note(event: LiveEvent): void {
  if (event.type.endsWith("_tokens_progress")) {
    tokens = { received: event.data.tokens_received, total: event.data.estimated_total };
  } else if (event.type.endsWith("_generation_start")) {
    tokens = null;
  } else if (event.type.endsWith("_entity_discovered")) {
    found.push(`${event.data.entity_type}: ${event.data.name}`);
  }
}

const STEPS = ["Understand", "Ask", "Model", "Confirm", "Plan"];

function step(): number {
  if (state.status === "awaiting_answers") return 1;
  if (state.status === "awaiting_validation") return 3;
  if (state.status === "validated" || state.status === "completed") return 4;
  return state.understood ? 2 : 0;
}

function drawSteps(): void {
  byId("steps").replaceChildren(
    ...STEPS.map((words, index) => {
      const told = index < step() ? "done" : index > step() ? "next" : state.error || state.status === "cancelled" ? "held" : "now";
      return h(
        "li",
        { class: `stage-${told}`, "aria-current": told === "now" ? "step" : null },
        h("span", { class: "stage-mark", "aria-hidden": "true" }, told === "done" ? "✓" : index + 1),
        h("span", {}, words),
      );
    }),
  );
}

function drawNow(): void {
  const key = `${state.status}|${JSON.stringify(state.error)}|${state.questions.map((one) => one.key + one.answer).join()}`;
  const waiting = state.status === "in_progress" || state.status === "validated";
  if (key === drawnForm && !waiting) return;
  drawnForm = key;
  byId("now").replaceChildren(card());
}

function card(): HTMLElement {
  if (state.error) {
    return h(
      "section",
      { class: "card waiting" },
      h("h2", {}, "This step did not work"),
      h("p", {}, bdi(state.error.detail)),
      h("p", { class: "muted" }, bdi(state.error.hint)),
      may ? h("div", { class: "row" }, action("retry", "Try again", true), action("cancel", "Give up", false)) : "",
    );
  }
  if (state.status === "cancelled") return h("section", { class: "card" }, h("h2", {}, "Given up"), h("p", {}, h("a", { href: "/" }, "All plans")));
  if (state.status === "awaiting_answers") return questions();
  if (state.status === "awaiting_validation") {
    return h(
      "section",
      { class: "card waiting" },
      h("h2", {}, "Is this what you mean?"),
      h("p", {}, "The plan is made from what is understood below."),
      may ? h("div", { class: "row" }, action("confirm", "Yes, make the plan", true), action("cancel", "Give up", false)) : "",
    );
  }
  return working();
}

function working(): HTMLElement {
  const share = tokens && tokens.total ? Math.min(tokens.received / tokens.total, 0.99) : null;
  return h(
    "section",
    { class: "card working" },
    h("h2", {}, ["Reading the request", "", "Modelling the domain", "", "Making the plan"][step()] || "Working"),
    h("progress", { max: 1, ...(share === null ? {} : { value: share }), "aria-label": "Progress of this step" }),
    h("p", { class: "muted" }, tokens ? `${tokens.received.toLocaleString("en")} of about ${tokens.total.toLocaleString("en")} tokens` : "Waiting for the first words"),
    may ? action("cancel", "Give up", false) : "",
  );
}

function action(name: string, words: string, primary: boolean): HTMLElement {
  return h("button", { type: "button", class: primary ? "primary" : "quiet", "data-step": name }, words);
}

function questions(): HTMLElement {
  return h(
    "form",
    { class: "card questions", id: "questions" },
    h("h2", {}, "Some questions first"),
    h("p", { class: "muted" }, "What you leave empty is decided by the usual default."),
    ...state.questions.map((question) => fieldOf(question)),
    may
      ? h("div", { class: "row" }, h("button", { type: "submit", class: "primary" }, "Answer and go on"), action("defaults", "Take all defaults", false))
      : h("p", {}, "Only the owner answers."),
  );
}

function fieldOf(question: Question): HTMLElement {
  const name = `answer.${question.key}`;
  const list = question.options.length ? `options-${question.key}` : null;
  return h(
    "div",
    { class: "question" },
    h("label", { for: name }, bdi(question.question)),
    question.why ? h("p", { class: "muted", id: `${name}-why` }, bdi(question.why)) : "",
    h("input", { id: name, name, maxlength: 4000, value: question.answer, placeholder: question.default, list, "aria-describedby": question.why ? `${name}-why` : null, autocomplete: "off", disabled: !may }),
    list ? h("datalist", { id: list }, ...question.options.map((option) => h("option", { value: option }))) : "",
    question.examples.length ? h("p", { class: "muted" }, "For example: ", bdi(question.examples.join(" · "))) : "",
  );
}

function drawUnderstood(): void {
  const place = byId("understood");
  place.hidden = !state.understood && !state.not_understood.length;
  place.replaceChildren(
    h("h2", { id: "understood-title" }, "What was understood"),
    h("p", {}, bdi(state.understood)),
    ...(state.not_understood.length ? [h("h3", {}, "Not understood, and left out"), h("ul", {}, ...state.not_understood.map((one) => h("li", {}, bdi(one))))] : []),
  );
}

function drawFound(): void {
  const place = byId("found");
  const entities = state.domain?.entities ?? [];
  place.hidden = entities.length === 0 && found.length === 0;
  const cards = entities.map((entity) => h("div", { class: "entity" }, h("h3", {}, bdi(entity.name)), h("p", { class: "muted" }, bdi(entity.fields.join(", ")))));
  const names = found.slice(-40).map((name) => h("li", {}, bdi(name)));
  place.replaceChildren(
    h("h2", { id: "found-title" }, "Found"),
    entities.length ? h("div", { class: "entities" }, ...cards) : h("ul", { class: "chips" }, ...names),
  );
}

painter.part("steps", drawSteps);
painter.part("now", drawNow);
painter.part("understood", drawUnderstood);
painter.part("found", drawFound);
painter.all();

let fetching = false;
let again = false;

async function fetchState(): Promise<void> {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  again = false;
  await new Promise((resolve) => setTimeout(resolve, 150));
  try {
    state = await getJson<Discovery>(`${address}state/`);
    if (state.plan) location.assign(`/plans/${state.plan}/`);
    painter.all();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    setTimeout(() => void fetchState(), 3000);
  } finally {
    fetching = false;
  }
  if (again) await fetchState();
}

const SMALL = /_tokens_progress$|_entity_discovered$/;

function take(event: LiveEvent): void {
  if (event.seq <= last) return;
  last = event.seq;
  note(event);
  painter.mark("now", "found");
  if (!SMALL.test(event.type)) void fetchState();
}

async function send(name: string, fields: Record<string, string> = {}): Promise<void> {
  const place = byId("refused");
  place.hidden = true;
  try {
    await post(`${address}${name}/`, fields);
    await fetchState();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    place.textContent = error.message;
    place.hidden = false;
  }
}

page.addEventListener("click", (event) => {
  const button = (event.target as HTMLElement).closest<HTMLButtonElement>("[data-step]");
  if (button) void send(button.dataset.step!);
});

page.addEventListener("submit", (event) => {
  event.preventDefault();
  const given = new FormData(event.target as HTMLFormElement);
  void send("answer", Object.fromEntries([...given].map(([key, value]) => [key, String(value)])));
});

new LiveSocket({
  join: { action: "join_chat", conversation_id: state.conversation },
  since: () => last,
  onEvent: take,
  onLine: showLine,
  onBehind: () => location.reload(),
});
