// The side panel: an atom or a task with what is known of it. Its HTML is made and escaped by the server.

import { fromAddress, keepInAddress } from "../address";
import { byId, h } from "../dom";
import { getHtml } from "../requests";

export type Shown = "atom" | "task";

export class Panel {
  private kind: Shown = "atom";
  private opened = "";
  private before: HTMLElement | null = null;

  constructor(
    private readonly address: string,
    private readonly taskOf: (named: string) => string,
  ) {
    const panel = byId("panel");
    panel.addEventListener("click", (event) => {
      const target = event.target as HTMLElement;
      if (target.closest("[data-close]")) this.close();
      const { atom, task } = target.closest<HTMLElement>("[data-atom], [data-task]")?.dataset ?? {};
      if (atom) void this.open("atom", atom);
      else if (task) void this.open("task", task);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !panel.hidden && !document.querySelector("dialog[open]")) this.close();
    });
    const [atom, task] = [fromAddress("atom"), fromAddress("task")];
    if (atom) void this.open("atom", atom);
    else if (task) void this.open("task", this.taskOf(task));
  }

  async open(kind: Shown, id: string): Promise<void> {
    const panel = byId("panel");
    if (panel.hidden) this.before = document.activeElement as HTMLElement | null;
    this.kind = kind;
    this.opened = id;
    this.remember();
    panel.hidden = false;
    panel.setAttribute("aria-label", kind === "atom" ? "Atom" : "Task");
    panel.setAttribute("aria-busy", "true");
    await this.load(true);
  }

  /** What is shown may have changed. What is being typed into it is not taken away. */
  refresh(changed: Set<string>): void {
    const typing = byId("panel").contains(document.activeElement) && document.activeElement instanceof HTMLInputElement;
    if (this.opened && changed.has(this.opened) && !typing) void this.load(false);
  }

  async reload(): Promise<void> {
    if (this.opened) await this.load(false);
  }

  private async load(focus: boolean): Promise<void> {
    const panel = byId("panel");
    const [kind, id] = [this.kind, this.opened];
    const same = () => this.kind === kind && this.opened === id;
    try {
      const html = await getHtml(`${this.address}${kind}s/${encodeURIComponent(id)}/`);
      if (!same()) return;
      const template = document.createElement("template");
      template.innerHTML = html;
      panel.replaceChildren(template.content);
    } catch (error) {
      if (!same()) return;
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
    this.remember();
    byId("panel").hidden = true;
    this.before?.focus();
  }

  private remember(): void {
    keepInAddress("atom", this.kind === "atom" ? this.opened : "");
    keepInAddress("task", this.kind === "task" ? this.opened : "");
  }
}
