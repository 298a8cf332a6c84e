// The messages: what was said, what is being written, and what is not answered yet. Follows the end unless one reads above it.

import { byId, h, timeOf } from "../dom";
import { getJson } from "../requests";
import type { LiveEvent } from "../socket";
import { markdown } from "./markdown";
import type { ChatDocument, Message } from "./types";

const NEAR = 80;
const NAMES = { user: "You", assistant: "DevMatrix", system: "DevMatrix" };

export class Talk {
  private messages: Message[] = [];
  private readonly drawn = new Map<string, HTMLElement>();
  private writing: { id: string; text: string } | null = null;
  private awaits = false;

  constructor(
    private readonly address: string,
    private readonly person: string,
    document: ChatDocument,
  ) {
    byId("earlier").addEventListener("click", () => void this.earlier());
    byId("earlier").hidden = !document.earlier;
    this.replace(document);
    this.toEnd();
    new ResizeObserver(() => this.toEnd()).observe(byId("messages"));
  }

  /** As the server knows it; earlier messages that were asked for stay. */
  replace(document: ChatDocument): void {
    const first = document.messages[0];
    const kept = first ? this.messages.filter((one) => one.created_at < first.created_at) : [];
    this.messages = [...kept, ...document.messages];
    this.awaits = document.awaits;
    if (document.writing || !this.awaits) this.writing = document.writing;
    this.draw();
  }

  /** Says whether the event told something that only the document knows more of. */
  take(event: LiveEvent): boolean {
    const { message_id: id, role, content, delta, done } = event.data;
    if (!done) {
      const before = this.writing?.id === id ? this.writing!.text : "";
      this.writing = { id, text: before + delta };
      this.draw();
      return false;
    }
    if (!this.messages.some((one) => one.id === id)) this.messages.push({ id, role, content, suggestions: [], created_at: event.ts });
    if (role !== "user") [this.writing, this.awaits] = [null, false];
    this.draw();
    return true;
  }

  /** A message that the server has taken. */
  said(message: Message, awaits: boolean): void {
    const known = this.messages.some((one) => one.id === message.id);
    if (!known && message.role === "user") {
      this.messages.push({ ...message, suggestions: [] });
      this.awaits = awaits;
    }
    this.draw();
    this.toEnd();
  }

  private async earlier(): Promise<void> {
    const first = this.messages[0];
    if (!first) return;
    const found = await getJson<{ messages: Message[]; earlier: boolean }>(`${this.address}earlier/${first.id}/`);
    const place = byId("messages");
    const below = place.scrollHeight - place.scrollTop;
    this.messages = [...found.messages, ...this.messages];
    byId("earlier").hidden = !found.earlier;
    this.draw();
    place.scrollTop = place.scrollHeight - below;
  }

  private draw(): void {
    const place = byId("messages");
    const follows = place.scrollHeight - place.scrollTop - place.clientHeight < NEAR;
    const last = this.messages.at(-1);
    const wanted = this.messages.map((message) => this.elementOf(message));
    for (const element of wanted) element.querySelector(".suggestions")?.toggleAttribute("hidden", true);
    if (last) wanted.at(-1)!.querySelector(".suggestions")?.toggleAttribute("hidden", this.awaits);
    if (this.writing) wanted.push(this.beingWritten(this.writing.text));
    else if (this.awaits) wanted.push(h("li", { class: "said assistant waits" }, h("span", { class: "dots", role: "status" }, "An answer is on its way")));
    wanted.forEach((element, index) => {
      if (place.children[index] !== element) place.insertBefore(element, place.children[index] ?? null);
    });
    while (place.children.length > wanted.length) place.lastElementChild!.remove();
    if (follows) this.toEnd();
  }

  private toEnd(): void {
    const place = byId("messages");
    place.scrollTop = place.scrollHeight;
  }

  private elementOf(message: Message): HTMLElement {
    const key = `${message.id}|${message.suggestions.length}`;
    let element = this.drawn.get(key);
    if (!element) {
      element = saidOf(message, this.person);
      this.drawn.set(key, element);
    }
    return element;
  }

  /** Not read aloud word by word: the whole is, when it is there. */
  private beingWritten(text: string): HTMLElement {
    const content = h("div", { class: "content" });
    content.append(markdown(text));
    return h("li", { class: "said assistant writing", "aria-hidden": "true" }, h("span", { class: "by" }, NAMES.assistant), content);
  }
}

function saidOf(message: Message, person: string): HTMLElement {
  const content = h("div", { class: "content", dir: "auto" });
  if (message.role === "assistant") content.append(markdown(message.content));
  else content.append(h("p", { dir: "auto" }, message.content));
  const suggestions = message.suggestions.map((words) => h("button", { type: "button", "data-say": words }, h("bdi", {}, words)));
  return h(
    "li",
    { class: `said ${message.role}`, "data-message": message.id },
    h("span", { class: "by" }, message.role === "user" ? person : NAMES[message.role], " ", timeOf(message.created_at, "time")),
    content,
    suggestions.length ? h("div", { class: "suggestions", role: "group", "aria-label": "What you could say next" }, ...suggestions) : "",
  );
}
