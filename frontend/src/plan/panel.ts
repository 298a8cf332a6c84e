// The side panel: one atom with its code, attempts and diagnostics. Its HTML is made and escaped by the server.

import { byId, h } from "../dom";
import { getHtml } from "../requests";

export class AtomPanel {
  private opened = "";
  private before: HTMLElement | null = null;

  constructor(private readonly address: string) {
    const panel = byId("panel");
    panel.addEventListener("click", (event) => {
      const target = event.target as HTMLElement;
      if (target.closest("[data-close]")) this.close();
      const other = target.closest<HTMLElement>("[data-atom]")?.dataset.atom;
      if (other) void this.open(other);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !panel.hidden && !document.querySelector("dialog[open]")) this.close();
    });
    const wanted = new URLSearchParams(location.search).get("atom");
    if (wanted) void this.open(wanted);
  }

  async open(atom: string): Promise<void> {
    const panel = byId("panel");
    if (panel.hidden) this.before = document.activeElement as HTMLElement | null;
    this.opened = atom;
    this.remember(atom);
    panel.hidden = false;
    panel.setAttribute("aria-busy", "true");
    await this.load(atom, true);
  }

  /** What is shown may have changed. */
  refresh(changed: Set<string>): void {
    if (this.opened && changed.has(this.opened)) void this.load(this.opened, false);
  }

  private async load(atom: string, focus: boolean): Promise<void> {
    const panel = byId("panel");
    try {
      const html = await getHtml(`${this.address}atoms/${encodeURIComponent(atom)}/`);
      if (this.opened !== atom) return;
      const template = document.createElement("template");
      template.innerHTML = html;
      panel.replaceChildren(template.content);
    } catch (error) {
      if (this.opened !== atom) return;
      const close = h("button", { type: "button", class: "quiet", "data-close": true, "aria-label": "Close" }, "✕");
      panel.replaceChildren(h("header", { class: "panel-head" }, h("p", { class: "alert" }, String((error as Error).message)), close));
    }
    panel.removeAttribute("aria-busy");
    if (focus) {
      panel.scrollTop = 0;
      panel.focus();
    }
  }

  close(): void {
    this.opened = "";
    this.remember("");
    byId("panel").hidden = true;
    this.before?.focus();
  }

  private remember(atom: string): void {
    const address = new URL(location.href);
    if (atom) address.searchParams.set("atom", atom);
    else address.searchParams.delete("atom");
    history.replaceState(null, "", address);
  }
}
