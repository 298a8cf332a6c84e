// What a discovery knows and asks, drawn into the places of its page; follows events, sends what a person decides.

import { bdi, byId, h } from "../dom";
import { Painter } from "../frame";
import { getJson, post, Refused } from "../requests";
import type { LiveEvent } from "../socket";
import { contextPicture } from "./picture";
import { answersIn, questionForm, type Way } from "./questions";
import type { Discovery } from "./types";

const STEPS = ["Understand", "Ask", "Model", "Confirm", "Plan"];
const WORKING = ["Reading the request", "", "Modelling the domain", "", "Making the plan"];
const SMALL = /_tokens_progress$|_entity_discovered$|^message$/;

export class DiscoveryView {
  private readonly painter = new Painter();
  private tokens: { received: number; total: number } | null = null;
  private found: string[] = [];
  private drawn = "";
  private way: Way = "together";
  private answered = false;
  private last: number;
  private fetching = false;
  private again = false;

  /** `page` hears the buttons; `onState` is told of every new state. */
  constructor(
    page: HTMLElement,
    private state: Discovery,
    private readonly may: boolean,
    private readonly onState: (state: Discovery) => void,
  ) {
    this.last = state.seq;
    state.events.forEach((event) => this.note(event));
    this.painter.part("steps", () => this.drawSteps());
    this.painter.part("now", () => this.drawNow());
    this.painter.part("understood", () => this.drawUnderstood());
    this.painter.part("found", () => this.drawFound());
    this.painter.all();
    page.addEventListener("click", (event) => this.clicked(event.target as HTMLElement));
    page.addEventListener("submit", (event) => this.submitted(event));
  }

  get seq(): number {
    return this.last;
  }

  get id(): string {
    return this.state.id;
  }

  take(event: LiveEvent): void {
    if (event.seq <= this.last) return;
    this.last = event.seq;
    this.note(event);
    this.painter.mark("now", "found");
    if (!SMALL.test(event.type)) void this.fetch();
  }

  /** Another discovery of the same conversation, or the same as it is now. */
  replace(state: Discovery): void {
    if (state.id !== this.state.id) [this.tokens, this.found] = [null, []];
    this.state = state;
    this.painter.all();
  }

  /** What an event alone tells; the rest is in the document. */
  private note(event: LiveEvent): void {
    if (event.type.endsWith("_tokens_progress")) {
      this.tokens = { received: event.data.tokens_received, total: event.data.estimated_total };
    } else if (event.type.endsWith("_generation_start")) {
      this.tokens = null;
    } else if (event.type.endsWith("_entity_discovered")) {
      this.found.push(`${event.data.entity_type.replace("_", " ")}: ${event.data.name}`);
    }
  }

  private step(): number {
    const { status, understood } = this.state;
    if (status === "awaiting_answers") return 1;
    if (status === "awaiting_validation") return 3;
    if (status === "completed") return STEPS.length;
    if (status === "validated") return 4;
    return understood ? 2 : 0;
  }

  private drawSteps(): void {
    const now = this.step();
    const held = this.state.error || this.state.status === "cancelled";
    byId("steps").replaceChildren(
      ...STEPS.map((words, index) => {
        const told = index < now ? "done" : index > now ? "next" : held ? "held" : "now";
        return h(
          "li",
          { class: `stage-${told}`, "aria-current": told === "now" ? "step" : null },
          h("span", { class: "stage-mark", "aria-hidden": "true" }, told === "done" ? "✓" : index + 1),
          h("span", {}, words),
        );
      }),
    );
  }

  private drawNow(): void {
    const { status, error, questions } = this.state;
    const key = JSON.stringify([status, error, this.way, questions.map((one) => [one.key, one.answer])]);
    const waiting = status === "in_progress" || status === "validated";
    if (key === this.drawn && !waiting) return;
    this.drawn = key;
    const card = this.card();
    byId("now").replaceChildren(...(card ? [card] : []));
    if (this.answered) byId("now").querySelector("input")?.focus();
    this.answered = false;
  }

  private card(): HTMLElement | null {
    const { error, status } = this.state;
    if (error) {
      return h(
        "section",
        { class: "card waiting" },
        h("h2", {}, "This step did not work"),
        h("p", {}, bdi(error.detail)),
        h("p", { class: "muted" }, bdi(error.hint)),
        this.choices(["retry", "Try again"]),
      );
    }
    if (status === "cancelled") return h("section", { class: "card" }, h("h2", {}, "Given up"), h("p", {}, h("a", { href: "/" }, "All plans")));
    if (status === "completed") return null;
    if (status === "awaiting_answers") return questionForm(this.state.questions, this.way, this.may);
    if (status === "awaiting_validation") {
      return h(
        "section",
        { class: "card waiting" },
        h("h2", {}, "Is this what you mean?"),
        h("p", {}, "The plan is made from what is understood below."),
        this.choices(["confirm", "Yes, make the plan"]),
      );
    }
    return this.working();
  }

  private choices(first?: [name: string, words: string]): HTMLElement | "" {
    if (!this.may) return "";
    const button = (name: string, words: string, kind: string) => h("button", { type: "button", class: kind, "data-step": name }, words);
    return h("div", { class: "row" }, first ? button(...first, "primary") : "", button("cancel", "Give up", "quiet"));
  }

  private working(): HTMLElement {
    const { tokens } = this;
    const share = tokens && tokens.total ? Math.min(tokens.received / tokens.total, 0.99) : null;
    return h(
      "section",
      { class: "card working" },
      h("h2", {}, WORKING[this.step()] || "Working"),
      h("progress", { max: 1, ...(share === null ? {} : { value: share }), "aria-label": "Progress of this step" }),
      h("p", { class: "muted" }, tokens ? `${tokens.received.toLocaleString("en")} of about ${tokens.total.toLocaleString("en")} tokens` : "Waiting for the first words"),
      this.choices(),
    );
  }

  private drawUnderstood(): void {
    const { understood, not_understood } = this.state;
    const place = byId("understood");
    place.hidden = !understood && !not_understood.length;
    place.replaceChildren(
      h("h2", { id: "understood-title" }, "What was understood"),
      h("p", {}, bdi(understood)),
      ...(not_understood.length ? [h("h3", {}, "Not understood, and left out"), h("ul", {}, ...not_understood.map((one) => h("li", {}, bdi(one))))] : []),
    );
  }

  private drawFound(): void {
    const place = byId("found");
    const { domain } = this.state;
    const entities = domain?.entities ?? [];
    place.hidden = entities.length === 0 && this.found.length === 0;
    const cards = entities.map((entity) => h("div", { class: "entity" }, h("h3", {}, bdi(entity.name)), h("p", { class: "muted" }, bdi(entity.fields.join(", ")))));
    const names = this.found.slice(-40).map((name) => h("li", {}, bdi(name)));
    place.replaceChildren(
      h("h2", { id: "found-title" }, entities.length ? "The domain" : "Found"),
      domain?.map.boxes.length ? contextPicture(domain.map) : "",
      entities.length ? h("div", { class: "entities" }, ...cards) : h("ul", { class: "chips" }, ...names),
    );
  }

  private async fetch(): Promise<void> {
    if (this.fetching) {
      this.again = true;
      return;
    }
    this.fetching = true;
    this.again = false;
    await new Promise((resolve) => setTimeout(resolve, 150));
    try {
      const state = await getJson<Discovery>(`${this.address()}state/`);
      if (state.id === this.state.id) {
        this.state = state;
        this.onState(state);
        this.painter.all();
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      setTimeout(() => void this.fetch(), 3000);
    } finally {
      this.fetching = false;
    }
    if (this.again) await this.fetch();
  }

  private async send(name: string, fields: Record<string, string> = {}): Promise<void> {
    const place = byId("refused");
    place.hidden = true;
    try {
      await post(`${this.address()}${name}/`, fields);
      await this.fetch();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      place.textContent = error.message;
      place.hidden = false;
    }
  }

  private address(): string {
    return `/discoveries/${this.state.id}/`;
  }

  private clicked(target: HTMLElement): void {
    const step = target.closest<HTMLElement>("[data-step]")?.dataset.step;
    if (step) void this.send(step);
    const way = target.closest<HTMLElement>("button[data-way]")?.dataset.way as Way | undefined;
    if (!way) return;
    this.way = way;
    this.painter.mark("now");
  }

  private submitted(event: SubmitEvent): void {
    const form = event.target as HTMLFormElement;
    if (form.id !== "questions") return;
    event.preventDefault();
    this.answered = true;
    void this.send("answer", answersIn(form));
  }
}
