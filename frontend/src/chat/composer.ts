// Where one writes. What is written survives a reload, a refusal and the end of a session; a second try has no second effect.

import { byId, h } from "../dom";
import { call, newKey, Refused } from "../requests";
import type { Message } from "./types";

export class Composer {
  private readonly form = byId<HTMLFormElement>("composer");
  private readonly field = byId<HTMLTextAreaElement>("say");
  private key = newKey();

  constructor(
    private readonly conversation: string,
    private readonly onSaid: (message: Message) => void,
  ) {
    this.field.value = sessionStorage.getItem(this.place()) ?? "";
    this.field.addEventListener("input", () => this.changed());
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.form.requestSubmit();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    this.grow();
  }

  /** Words that were offered. */
  put(words: string): void {
    this.field.value = words;
    this.changed();
    this.field.focus();
  }

  private place(): string {
    return `unsent ${this.conversation}`;
  }

  private changed(): void {
    this.key = newKey();
    try {
      sessionStorage.setItem(this.place(), this.field.value);
    } catch {
      // The store of the browser is full; the text is still in the field.
    }
    const most = Number(this.field.dataset.most);
    const length = [...this.field.value].length;
    this.refuse(length > most ? [`This has ${length.toLocaleString("en")} characters; at most ${most.toLocaleString("en")} are read. Shorten it to what matters.`] : []);
    this.grow();
  }

  private grow(): void {
    this.field.rows = Math.min(10, Math.max(2, this.field.value.slice(0, 5000).split("\n").length));
  }

  private async send(): Promise<void> {
    const content = this.field.value;
    const button = this.form.querySelector("button")!;
    if (!content.trim() || button.disabled) return;
    button.disabled = true;
    this.refuse([]);
    try {
      const said = await call<Message>("POST", `/api/v1/conversations/${this.conversation}/messages/`, { content }, this.key);
      this.key = newKey();
      sessionStorage.removeItem(this.place());
      if (this.field.value === content) this.field.value = "";
      this.grow();
      this.onSaid(said!);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const signIn = h("a", { href: `/login/?next=${encodeURIComponent(location.pathname + location.search)}` }, "Sign in");
      this.refuse([error.message, ...(error.problem.status === 401 ? [" ", signIn, "; what you wrote stays."] : [])]);
    } finally {
      button.disabled = false;
      this.field.focus();
    }
  }

  private refuse(words: (string | Node)[]): void {
    const place = byId("unsent");
    place.hidden = words.length === 0;
    place.replaceChildren(...words);
    this.field.toggleAttribute("aria-invalid", false);
    if (words.length) this.field.setAttribute("aria-invalid", "true");
  }
}
