// Who changed what of a plan, latest first.

import { bdi, byId, h, timeOf } from "../dom";
import { human } from "../plan/words";
import { getJson } from "../requests";
import { words } from "./diff";
import type { Change, Page } from "./types";

export class HistoryPart {
  private more: string | null = null;

  constructor(private readonly act: (what: () => Promise<unknown>) => void) {
    byId("history-part").addEventListener("click", (event) => {
      if ((event.target as HTMLElement).closest("[data-more]")) this.act(() => this.load(this.more!));
    });
  }

  async show(plan: string): Promise<void> {
    const list = h("ol", { class: "history", id: "history-list" });
    const button = h("button", { type: "button", class: "quiet", "data-more": true, hidden: true }, "Earlier changes");
    const first = await this.page(`/api/v1/masterplans/${plan}/history/?page_size=50`);
    list.append(...first.map(changeOf));
    byId("history-part").replaceChildren(h("section", { class: "card", "aria-labelledby": "history-title" }, h("h2", { id: "history-title" }, "History"), list, button));
    this.offer();
  }

  private async load(address: string): Promise<void> {
    byId("history-list").append(...(await this.page(address)).map(changeOf));
    this.offer();
  }

  private async page(address: string): Promise<Change[]> {
    const page = await getJson<Page<Change>>(address);
    this.more = page.next && new URL(page.next).pathname + new URL(page.next).search;
    return page.results;
  }

  private offer(): void {
    byId("history-part").querySelector<HTMLElement>("[data-more]")!.hidden = this.more === null;
  }
}

function changeOf(change: Change): HTMLElement {
  return h(
    "li",
    {},
    h("p", {}, h("strong", {}, human(change.change_type)), " ", bdi(change.item_label)),
    ...told(change).map((text) => h("p", { class: "lines" }, bdi(text))),
    h("p", { class: "muted" }, bdi(change.actor_name || change.actor_kind), ", ", timeOf(change.created_at), change.reason ? h("span", {}, ": ", bdi(change.reason)) : ""),
  );
}

/** A new version has its own words; of others what was and what is. */
function told(change: Change): string[] {
  if (typeof change.after.summary === "string") return [`Version ${change.after.version}: ${change.after.summary}`];
  const names = [...new Set([...Object.keys(change.before), ...Object.keys(change.after)])];
  return names.map((name) => `${human(name)}: ${name in change.before ? `${words(change.before[name])} → ` : ""}${words(change.after[name])}`);
}
