// The parts of the page, one at a time, kept in the address. On a small screen the conversation is one of them.

import { byId, h } from "../dom";

const PARTS: [part: string, words: string][] = [
  ["talk", "Chat"],
  ["discovery", "Discovery"],
  ["plan", "Plan"],
  ["changes", "Changes"],
  ["versions", "Versions"],
  ["history", "History"],
];

interface Offer {
  discovery: boolean;
  plan: boolean;
  working: boolean;
}

export class Tabs {
  current = "nothing";
  private readonly narrow = matchMedia("(max-width: 900px)");
  private chosen: string | null = new URLSearchParams(location.search).get("show");
  private offered = new Set<string>();
  private fallback = "nothing";

  constructor(private readonly onShow: (part: string) => void) {
    byId("chat").addEventListener("click", (event) => {
      const link = (event.target as HTMLElement).closest<HTMLAnchorElement>("a[data-show]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.choose(link.dataset.show!);
    });
    this.narrow.addEventListener("change", () => this.show());
    addEventListener("popstate", () => {
      this.chosen = new URLSearchParams(location.search).get("show");
      this.show();
    });
  }

  /** What there is to show. Nothing chosen: what is under way, else the plan. */
  offer({ discovery, plan, working }: Offer): void {
    const parts = ["talk", ...(discovery ? ["discovery"] : []), ...(plan ? ["plan", "changes", "versions", "history"] : [])];
    const first = discovery && working ? "discovery" : plan ? "plan" : discovery ? "discovery" : "nothing";
    this.offered = new Set(parts);
    this.fallback = first;
    byId("tabs").replaceChildren(
      ...PARTS.filter(([part]) => this.offered.has(part)).map(([part, words]) => h("a", { href: this.addressOf(part), "data-show": part }, words)),
    );
    this.show();
  }

  private choose(part: string): void {
    this.chosen = part;
    history.pushState(null, "", this.addressOf(part));
    this.show();
    this.onShow(this.current);
  }

  /** On a small screen the conversation hides what waits for a person. */
  invite(part: string, words: string): void {
    const link = byId<HTMLAnchorElement>("next-step");
    link.hidden = words === "";
    link.dataset.show = part;
    link.href = this.addressOf(part);
    link.textContent = words;
  }

  private addressOf(part: string): string {
    const address = new URL(location.href);
    address.searchParams.set("show", part);
    return address.pathname + address.search;
  }

  private show(): void {
    const wanted = this.chosen !== null && this.offered.has(this.chosen) ? this.chosen : null;
    const talking = wanted === null || wanted === "talk";
    this.current = talking ? this.fallback : wanted;
    const page = byId("chat");
    page.dataset.show = talking ? "talk" : "work";
    for (const part of document.querySelectorAll<HTMLElement>("#work > [data-part]")) part.hidden = part.dataset.part !== this.current;
    for (const link of document.querySelectorAll<HTMLElement>("#tabs [data-show]")) {
      if (link.dataset.show === (talking && this.narrow.matches ? "talk" : this.current)) {
        link.setAttribute("aria-current", "page");
        link.scrollIntoView({ block: "nearest", inline: "nearest" });
      }
      else link.removeAttribute("aria-current");
    }
  }
}
