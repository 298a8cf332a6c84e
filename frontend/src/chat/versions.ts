// The versions of a plan: what each changed, any two compared, an earlier one brought back. Of a plan that is paused
// also the states that were kept while it was built, to go on from; likewise of a completed one whose change is paused.

import { bdi, byId, h, timeOf } from "../dom";
import { human } from "../plan/words";
import { call, getJson, newKey } from "../requests";
import { CHANGEABLE } from "./changes";
import { askIn } from "./dialog";
import { diffView } from "./diff";
import type { Page, Plan, PlanDiff, Snapshot, Version } from "./types";

export class VersionsPart {
  private plan: Plan | null = null;
  private versions: Version[] = [];
  private snapshots: Snapshot[] = [];
  private chosen: { before: number; after: number } | null = null;
  private drawn = "";

  constructor(
    private readonly may: boolean,
    private readonly act: (what: () => Promise<unknown>) => void,
    private readonly reload: () => void,
  ) {
    const place = byId("versions-part");
    place.addEventListener("change", () => this.choose());
    place.addEventListener("click", (event) => {
      const { restore, state } = (event.target as HTMLElement).closest<HTMLElement>("[data-restore], [data-state]")?.dataset ?? {};
      if (restore) this.restore(Number(restore));
      if (state) this.goOnFrom(this.snapshots.find((one) => one.id === state)!);
    });
  }

  async show(plan: Plan): Promise<void> {
    this.plan = plan;
    const versions: Version[] = [];
    let address: string | null = `/api/v1/masterplans/${plan.id}/versions/?page_size=500`;
    while (address) {
      const page: Page<Version> = await getJson(address);
      versions.push(...page.results);
      address = page.next && new URL(page.next).pathname + new URL(page.next).search;
    }
    this.versions = versions;
    this.snapshots = (await this.paused(plan)) ? (await getJson<Page<Snapshot>>(`/api/v1/masterplans/${plan.id}/snapshots/`)).results : [];
    const last = versions.at(-1)?.number ?? 1;
    if (!this.chosen || this.chosen.after > last) this.chosen = { before: Math.max(1, last - 1), after: last };
    const state = JSON.stringify([plan.id, plan.status, plan.version, versions, this.snapshots.map((one) => one.id)]);
    if (state === this.drawn) return; // what is the same stays, with the focus and the press of a button on it
    this.drawn = state;
    this.draw();
    await this.compare().catch((error: unknown) => {
      this.drawn = "";
      throw error;
    });
  }

  private async paused(plan: Plan): Promise<boolean> {
    if (plan.status !== "completed") return plan.status === "paused";
    return (await getJson<{ run_status: string }>(`/api/v1/masterplans/${plan.id}/progress/`)).run_status === "paused";
  }

  private draw(): void {
    const { before, after } = this.chosen!;
    const several = this.versions.length > 1;
    byId("versions-part").replaceChildren(
      h(
        "section",
        { class: "card", "aria-labelledby": "versions-title" },
        h("h2", { id: "versions-title" }, "Versions"),
        h("ol", { class: "versions", reversed: true }, ...[...this.versions].reverse().map((version) => this.row(version))),
      ),
      several
        ? h(
            "section",
            { class: "card", "aria-labelledby": "compare-title" },
            h("div", { class: "row section-head" }, h("h2", { id: "compare-title" }, "What differs"), h("div", { class: "compare" }, this.select("before", "From version", before), h("span", { "aria-hidden": "true" }, "→"), this.select("after", "To version", after))),
            h("div", { id: "difference", "aria-live": "polite" }),
          )
        : h("p", { class: "muted" }, "Every edit makes a version; two of them can be compared here."),
      this.states(),
    );
  }

  private states(): HTMLElement | "" {
    if (!this.snapshots.length) return "";
    return h(
      "section",
      { class: "card", "aria-labelledby": "states-title" },
      h("h2", { id: "states-title" }, "Earlier states of the build"),
      h("p", { class: "muted" }, "A paused plan goes on from where it stands, or from one of these."),
      h("ol", { class: "versions states" }, ...this.snapshots.map((snapshot) => this.state(snapshot))),
    );
  }

  private state(snapshot: Snapshot): HTMLElement {
    const statuses = Object.values(snapshot.tasks);
    const done = statuses.filter((status) => status === "done").length;
    return h(
      "li",
      {},
      h("div", { class: "row" }, h("span", {}, h("strong", {}, timeOf(snapshot.created_at)), ` ${human(snapshot.reason)}`), this.may ? h("button", { type: "button", class: "small", "data-state": snapshot.id }, "Go on from here…") : ""),
      h("p", { class: "muted" }, `${done} of ${statuses.length} tasks done`, snapshot.detail ? ": " : "", bdi(snapshot.detail)),
    );
  }

  private goOnFrom(snapshot: Snapshot): void {
    const plan = this.plan!;
    askIn({
      title: "Go on from this earlier state?",
      fields: [h("p", {}, "Code has the text that it had then; what was accepted later is made again. It becomes a new version, and nothing is lost.")],
      words: "Go on from here",
      version: plan.version,
      send: () => call("POST", `/api/v1/masterplans/${plan.id}/resume/`, { snapshot: snapshot.id }, newKey()),
      done: this.reload,
    });
  }

  private row(version: Version): HTMLElement {
    const now = version.number === this.plan!.version;
    const earlier = this.may && ["draft", ...CHANGEABLE].includes(this.plan!.status) && !now;
    return h(
      "li",
      { value: version.number },
      h("div", { class: "row" }, h("span", {}, h("strong", {}, `Version ${version.number}`), " ", now ? h("span", { class: "pill s-approved" }, "now") : ""), earlier ? h("button", { type: "button", class: "small", "data-restore": version.number, "aria-label": `Bring version ${version.number} back` }, "Bring back…") : ""),
      h("p", {}, bdi(version.summary || human(version.type))),
      h("p", { class: "muted" }, bdi(version.author ?? "DevMatrix"), ", ", timeOf(version.created_at)),
    );
  }

  private select(name: string, label: string, chosen: number): HTMLElement {
    const options = this.versions.map((version) => h("option", { value: version.number, selected: version.number === chosen }, String(version.number)));
    return h("label", {}, h("span", { class: "hidden-label" }, label), h("select", { id: `compare-${name}` }, ...options));
  }

  private choose(): void {
    const of = (name: string) => Number(byId<HTMLSelectElement>(`compare-${name}`).value);
    this.chosen = { before: of("before"), after: of("after") };
    this.act(() => this.compare());
  }

  private async compare(): Promise<void> {
    const { before, after } = this.chosen!;
    if (this.versions.length < 2) return;
    const diff = await getJson<PlanDiff>(`/api/v1/masterplans/${this.plan!.id}/versions/${before}/diff/${after}/`);
    if (this.chosen!.before === before && this.chosen!.after === after) byId("difference").replaceChildren(diffView(diff));
  }

  private restore(number: number): void {
    const plan = this.plan!;
    askIn({
      title: `Bring version ${number} back?`,
      fields: [
        h("p", {}, `It becomes version ${plan.version + 1}; no version is lost.`),
        plan.status === "draft" ? "" : h("p", {}, "You see under Changes what that touches, and decide there; a build pauses until then."),
      ],
      words: "Bring it back",
      version: plan.version,
      send: (_, version) => call("POST", `/api/v1/masterplans/${plan.id}/versions/${number}/restore/`, { version }, newKey()),
      done: this.reload,
    });
  }
}
