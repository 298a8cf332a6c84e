// Changes of a plan that is approved or being built: asked for in plain words, shown with all they touch, decided on.

import { bdi, byId, h, pill, timeOf } from "../dom";
import { count, dollars, duration, human } from "../plan/words";
import { call, getJson, newKey } from "../requests";
import { askIn, field } from "./dialog";
import { diffView } from "./diff";
import type { Impact, Modification, Page, Plan, TouchedItem } from "./types";

/** Longer lists are closed at first. */
const FEW = 6;
export const CHANGEABLE = ["approved", "in_progress", "paused", "completed"];

export class ChangesPart {
  private plan: Plan | null = null;
  private rows: Modification[] = [];
  private drawn = "";
  private key = newKey();

  constructor(
    private readonly may: boolean,
    private readonly act: (what: () => Promise<unknown>) => void,
    private readonly reload: () => void,
  ) {
    const place = byId("changes-part");
    place.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask(new FormData(event.target as HTMLFormElement));
    });
    place.addEventListener("input", () => (this.key = newKey()));
    place.addEventListener("click", (event) => this.decide((event.target as HTMLElement).closest<HTMLElement>("[data-decide]")?.dataset.decide));
  }

  async show(plan: Plan): Promise<void> {
    this.rows = (await getJson<Page<Modification>>(`/api/v1/masterplans/${plan.id}/modifications/`)).results;
    this.plan = plan;
    const key = JSON.stringify([plan.id, plan.status, this.rows.map((one) => [one.id, one.status, one.analysed, one.error])]);
    if (key === this.drawn) return;
    this.drawn = key;
    const written = byId("changes-part").querySelector("textarea")?.value ?? "";
    byId("changes-part").replaceChildren(this.head(written), ...this.earlier());
  }

  private get open(): Modification | undefined {
    return this.rows.find((one) => one.status === "proposed");
  }

  private head(written: string): HTMLElement {
    if (this.open) return this.proposal(this.open);
    const may = this.may && CHANGEABLE.includes(this.plan!.status);
    return h(
      "section",
      { class: "card", "aria-labelledby": "changes-title" },
      h("h2", { id: "changes-title" }, "Ask for a change"),
      may
        ? h(
            "form",
            { class: "composer" },
            h("label", { for: "requirement" }, "What should be different?"),
            h("textarea", { id: "requirement", name: "requirement", rows: 3, required: true, dir: "auto", placeholder: "Add a price to the books", "aria-describedby": "requirement-help" }, written),
            h("div", { class: "row" }, h("small", { class: "muted", id: "requirement-help" }, "You see what it touches before anything is changed; a build pauses until you decide."), h("button", { type: "submit", class: "primary" }, "Show what it would touch")),
          )
        : h("p", { class: "muted" }, this.plan!.status === "draft" ? "A draft is edited directly, on its own page." : this.may ? "Nothing can be changed here now." : "Only its owner asks for changes."),
    );
  }

  private proposal(open: Modification): HTMLElement {
    return h(
      "section",
      { class: "card waiting proposal", "aria-labelledby": "changes-title" },
      h("h2", { id: "changes-title" }, open.analysed ? "A change waits for your decision" : open.error ? "The change cannot be shown yet" : "Looking at what the change touches"),
      h("blockquote", { class: "request" }, bdi(open.requirement), open.adjustment ? h("p", {}, bdi(open.adjustment)) : ""),
      open.error ? h("p", { class: "alert" }, bdi(problemWords(open.error))) : "",
      open.analysed ? "" : h("progress", { "aria-label": "Looking at the plan" }),
      this.may ? h("div", { class: "actions" }, open.analysed ? choiceOf("approve", "Approve the change", "primary") : "", open.analysed && open.restores === null ? choiceOf("adjust", "Adjust…", "") : "", choiceOf("reject", "Reject…", "danger")) : "",
      open.expires_at ? h("p", { class: "muted" }, "Lapses by itself on ", timeOf(open.expires_at), ".") : "",
      open.analysed ? impactView(open.impact) : "",
    );
  }

  private earlier(): HTMLElement[] {
    const rows = this.rows.filter((one) => one !== this.open);
    if (!rows.length) return [];
    const list = rows.map((one) =>
      h(
        "li",
        {},
        h("p", {}, bdi(one.requirement), " ", pill(one.status === "approved" ? "completed" : one.status, human(one.status))),
        one.reason || one.error ? h("p", {}, bdi(one.reason || problemWords(one.error!))) : "",
        h("p", { class: "muted" }, bdi(one.decided_by || one.requested_by), ", ", timeOf(one.decided_at ?? one.created_at), one.made_version ? `, version ${one.made_version}` : ""),
        one.analysed ? h("details", { class: "more-of" }, h("summary", {}, "What it touched"), impactView(one.impact)) : "",
      ),
    );
    return [h("section", { class: "card", "aria-labelledby": "earlier-title" }, h("h2", { id: "earlier-title" }, "Earlier changes"), h("ol", { class: "history" }, ...list))];
  }

  private ask(form: FormData): void {
    const requirement = String(form.get("requirement") ?? "");
    this.act(async () => {
      await call("POST", `/api/v1/masterplans/${this.plan!.id}/modifications/`, { requirement }, this.key);
      // An event may have been quicker, and the proposal stands where the form was.
      const sent = byId("changes-part").querySelector("textarea");
      if (sent) sent.value = "";
    });
  }

  private decide(decision: string | undefined): void {
    const { open, plan } = this;
    if (!decision || !open) return;
    const send = (content: object) => call("POST", `/api/v1/modifications/${open.id}/${decision}/`, content);
    const common = { version: plan!.version, done: this.reload };
    const words = (form: FormData, name: string) => String(form.get(name) ?? "");
    if (decision === "approve") this.act(() => send({}));
    if (decision === "reject") {
      const fields = [h("p", {}, "The plan stays as it is; a build that paused for it goes on."), field("reason", "Reason (may be left out)", "", { maxlength: 2000, lines: 2 })];
      askIn({ ...common, title: "Reject the change?", fields, words: "Reject the change", danger: true, send: (form) => send({ reason: words(form, "reason") }) });
    }
    if (decision === "adjust") {
      const fields = [h("p", {}, "A new proposal follows in the place of this one."), field("adjustment", "What should be otherwise?", "", { required: true, lines: 3 })];
      askIn({ ...common, title: "Adjust the change", fields, words: "Propose it anew", send: (form) => send({ adjustment: words(form, "adjustment") }) });
    }
  }
}

function choiceOf(name: string, words: string, kind: string): HTMLElement {
  return h("button", { type: "button", class: kind, "data-decide": name }, words);
}

const problemWords = (error: Record<string, unknown>): string => [error.detail, error.hint].filter(Boolean).map(String).join(" ");

/** Everything that the change touches, and what it leaves alone. */
function impactView(impact: Impact): HTMLElement {
  const facts: [string, string][] = [
    ["Written anew", count(impact.new_tasks.length + impact.changed_tasks.length, "task")],
    ["Left alone", count(impact.kept_tasks, "task")],
    ["More work", duration(impact.extra_minutes * 60)],
    ["About", dollars(impact.estimated_cost_usd)],
  ];
  return h(
    "div",
    { class: "impact" },
    h("p", {}, bdi(impact.summary || impact.words)),
    h("dl", { class: "facts wide" }, ...facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    touched("New", impact.new_tasks, impact.summary),
    touched("Changed", impact.changed_tasks, impact.summary),
    touched("Removed", impact.removed_tasks, impact.summary),
    touched("Kept, and checked again", impact.dependents, impact.summary),
    listed("Already done, and touched", impact.completed_touched),
    listed("Would no longer be covered", impact.uncovered ?? []),
    listed("Not understood, and left out", impact.not_understood),
    listed("Taken for granted; adjust the change to say otherwise", impact.questions),
    impact.diff ? h("details", { class: "more-of" }, h("summary", {}, "Field by field"), diffView(impact.diff)) : "",
  );
}

/** A reason that is the whole change's own is said once, above. */
function touched(title: string, items: TouchedItem[], said: string): HTMLElement | "" {
  if (!items.length) return "";
  const why = (item: TouchedItem) => (said.includes(item.why) ? "" : h("span", { class: "muted" }, ": ", bdi(item.why)));
  const lines = items.map((item) => h("li", {}, h("code", {}, bdi(item.id)), " ", bdi(item.title), why(item)));
  return h("details", { class: "more-of", open: items.length <= FEW }, h("summary", {}, `${title} (${items.length})`), h("ul", {}, ...lines));
}

function listed(title: string, items: string[]): HTMLElement | "" {
  return items.length ? h("div", {}, h("h3", {}, title), h("ul", {}, ...items.map((one) => h("li", {}, bdi(one))))) : "";
}
